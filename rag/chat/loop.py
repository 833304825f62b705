"""The loop of a chat: greet, read, answer or obey, until the user leaves.

Ctrl-C stops an answer and empties a line, never the chat; Ctrl-D leaves. In a pipe every
line is answered, and the exit code tells the worst that happened.
"""

from rag.chat.commands import PLAIN_WORDS, run_command
from rag.chat.conversation import Chat
from rag.chat.lines import Lines
from rag.chat.steering import model_line
from rag.errors import PapersError

INCOMPLETE = 4


def greet(chat: Chat) -> None:
    """Say in three lines what is asked, who answers, and what to type."""
    papers = chat.app.index.catalogue.counts().papers
    dates = chat.app.index.catalogue.values("published")
    span = f", {min(dates)[:4]} to {max(dates)[:4]}" if dates else ""
    chat.screen.note(f"Asking the abstracts of {papers:,} papers{span}.")
    chat.screen.note(model_line(chat))
    chat.screen.note("Type a question, and follow-ups as they come; /help, or Ctrl-D to leave.")


def run(chat: Chat, lines: Lines) -> int:
    """Talk until the end; return the exit code: 0 on a terminal, else that of the last failure."""
    code = 0
    while not chat.leaving:
        try:
            line = lines.read().strip()
        except EOFError:
            break
        except KeyboardInterrupt:
            if not lines.interactive:
                raise
            chat.screen.note("Ctrl-D leaves.")
            continue
        if line:
            code = _obey(chat, line, interactive=lines.interactive) or code
    chat.close()
    return 0 if lines.interactive else code


def _obey(chat: Chat, line: str, *, interactive: bool) -> int:
    """Answer a line; a failure costs a line of complaint and not the chat."""
    line = PLAIN_WORDS.get(line.lower(), line)
    try:
        chat.notice_changes()
        if line.startswith("/"):
            run_command(chat, line)
            return 0
        answer = chat.ask(line)
    except PapersError as exc:
        chat.screen.note(f"papers: {exc}")
        return exc.exit_code
    except KeyboardInterrupt:
        if not interactive:
            raise
        chat.screen.note(" stopped")  # the terminal has shown ^C
        return 0
    return INCOMPLETE if answer is not None and not answer.complete else 0

"""The slash commands: what there is, what each takes, and how a line finds its command.

The commands themselves stand in ``looking`` (read the conversation and its papers) and
``steering`` (change how it goes on).
"""

import difflib
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.chat import looking, steering
from rag.chat.conversation import Chat
from rag.errors import UsageError


def _no_words(_chat: Chat) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command: how it is typed, what it does, what completes its arguments."""

    name: str
    usage: str
    summary: str
    run: Callable[[Chat, Sequence[str]], None]
    words: Callable[[Chat], Iterable[str]] = _no_words


def _help(chat: Chat, arguments: Sequence[str]) -> None:
    for name in arguments[:1]:
        command = find(name if name.startswith("/") else f"/{name}")
        chat.screen.show_text(f"{command.name} {command.usage}".strip(), "bold")
        chat.screen.show_text(command.summary)
        return
    chat.screen.show_text("Type a question. A follow-up may lean on what was said before.")
    for command in COMMANDS.values():
        chat.screen.show_text(f"{command.name} {command.usage}".strip(), "bold")
        chat.screen.show_text(f"    {command.summary}")
    chat.screen.show_text("Ctrl-C stops an answer, Ctrl-D leaves, Alt-Enter starts a new line.")


def _names(_chat: Chat) -> Iterable[str]:
    return COMMANDS


def _numbers(chat: Chat) -> Iterable[str]:
    return (str(n) for n in range(1, len(chat.session.papers) + 1))


_ALL = (
    Command("/sources", "", "List every source of the conversation by its number.", looking.sources),
    Command(
        "/why", "N",
        "Why source N: quotes and verdicts, its rank with each retriever, weights, filters.",
        looking.why, _numbers,
    ),
    Command("/open", "N", "Show the abstract and the link of source N.", looking.open_, _numbers),
    Command(
        "/similar", "N", "List the papers nearest to source N in meaning.", looking.similar, _numbers
    ),
    Command(
        "/compare", "N M …", "Compare what the abstracts state on the same points.",
        looking.compare, _numbers,
    ),
    Command("/themes", "[QUESTION]", "Show the themes of the corpus or of a question.", looking.themes),
    Command(
        "/filter", "[KEY=VALUE … | clear]",
        "Show, set or clear filters for all that follows, e.g. /filter since=2025 org=google",
        steering.filter_, steering.filter_words,
    ),
    Command(
        "/retry", "[asis|rules]",
        "Ask the last question again; asis: exactly as typed; rules: reworded without the model.",
        steering.retry, steering.retry_words,
    ),
    Command("/undo", "", "Take back the last question or change of filters.", steering.undo),
    Command("/strict", "[on|off]", "Drop unsupported claims instead of marking them.",
            steering.strict, steering.on_off),
    Command("/model", "[NAME|none]", "Show or change the chat model; none quotes abstracts.",
            steering.model, steering.model_words),
    Command("/cost", "", "Tokens and cost of the last answer and of the conversation.", steering.cost),
    Command("/export", "FILE [--force]", "Write the conversation to FILE.md, FILE.bib or FILE.json.",
            steering.export),
    Command("/save", "NAME", "Name this conversation, to find it again.", steering.save),
    Command("/load", "NAME|NUMBER", "Go on with an earlier conversation.", steering.load,
            steering.saved_words),
    Command("/help", "[COMMAND]", "Show this list, or the help of one command.", _help, _names),
    Command("/quit", "", "Leave; Ctrl-D does the same.", steering.quit_),
)  # fmt: skip
COMMANDS: dict[str, Command] = {command.name: command for command in _ALL}


# What people type who do not know yet that commands begin with a slash.
PLAIN_WORDS = {"?": "/help", "help": "/help", "exit": "/quit", "quit": "/quit", ":q": "/quit"}


def find(name: str) -> Command:
    """Return the command of that name or unambiguous beginning. Raises UsageError."""
    name = name.lower()
    if name in COMMANDS:
        return COMMANDS[name]
    beginning = [c for n, c in COMMANDS.items() if n.startswith(name) and len(name) > 1]
    if len(beginning) == 1:
        return beginning[0]
    if beginning:
        listed = ", ".join(command.name for command in beginning)
        raise UsageError(f"{name} may be {listed}; type one more letter")
    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else ";"
    raise UsageError(f"unknown command {name[:40]}{hint} /help lists all")


def run_command(chat: Chat, line: str) -> None:
    """Run a line that begins with a slash. Raises PapersError."""
    name, _, rest = line.strip().partition(" ")
    command = find(name)
    try:
        arguments = shlex.split(rest)
    except ValueError:
        arguments = rest.split()
    command.run(chat, arguments)


def complete(chat: Chat, line: str) -> list[str]:
    """Return what the last word of a command line may become."""
    name, space, rest = line.partition(" ")
    if not space:
        return [known for known in COMMANDS if known.startswith(name.lower())]
    if name.lower() not in COMMANDS:
        return []
    last = rest.rpartition(" ")[2]
    fitting = [word for word in COMMANDS[name.lower()].words(chat) if word.startswith(last)]
    # What may stand behind "org=" is offered once that much is typed.
    return [word for word in fitting if "=" in last or not word.partition("=")[2]]

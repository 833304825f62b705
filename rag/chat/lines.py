"""Where lines come from: an editor on a terminal, else plain reading.

The editor has history, completion and several lines; a dumb terminal and a pipe get none
of it, in plain order. prompt_toolkit is imported nowhere else.
"""

import io
import os
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from rag.text.safe import for_terminal

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings

PROMPT = "> "
DUMB = ("", "dumb", "unknown")
SHORTEST_TITLE_WORD = 3  # letters from which titles are offered
MOST_TITLES = 12

Complete = Callable[[str], Sequence[str]]


class Lines(Protocol):
    """Reads what the user types, one entry at a time."""

    interactive: bool

    def read(self) -> str:
        """Return the next entry. Raises EOFError at the end, KeyboardInterrupt on Ctrl-C."""


class PlainLines:
    """Lines of a pipe, a file or a terminal that can do no more."""

    def __init__(self, stream: TextIO, out: TextIO) -> None:
        """``out`` gets the prompt when ``stream`` is a terminal."""
        self._stream = stream
        self._out = out
        self.interactive = stream.isatty()

    def read(self) -> str:
        """Return the next line; a line that ends in a backslash goes on in the next."""
        parts = [self._line(PROMPT)]
        while parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1]
            parts.append(self._line("  "))
        return "\n".join(parts)

    def _line(self, prompt: str) -> str:
        if self.interactive:
            self._out.write(prompt)
            self._out.flush()
        try:
            line = self._stream.readline()
        except KeyboardInterrupt:
            if self.interactive:
                self._out.write("\n")
            raise
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


class EditedLines:
    """Lines edited with prompt_toolkit."""

    interactive = True

    def __init__(self, complete: Complete, titles: "Titles", history: Path | None) -> None:
        """``history`` is the file of earlier entries, None to keep them in memory only."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory, InMemoryHistory
        from prompt_toolkit.output.color_depth import ColorDepth

        plain = ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(_private(history)) if history else InMemoryHistory(),
            completer=_completer(complete, titles),
            complete_while_typing=_commands_only(),
            key_bindings=_keys(),
            color_depth=plain,
            enable_history_search=False,
        )

    def read(self) -> str:
        """Return the next entry; Alt-Enter puts a line break into it."""
        return self._session.prompt(PROMPT, prompt_continuation="  ")


def open_lines(complete: Complete, titles: "Titles", history: Path | None) -> Lines:
    """Return the best way of reading that stdin, stdout and TERM allow."""
    able = sys.stdin.isatty() and sys.stdout.isatty()
    if not able or os.environ.get("TERM", "") in DUMB:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        return PlainLines(sys.stdin, sys.stdout)
    return EditedLines(complete, titles, history)


class Titles:
    """The titles of the corpus by the beginnings of their words, read when first needed."""

    def __init__(self, read: Callable[[], Iterable[str]]) -> None:
        """``read`` gives all titles."""
        self._read = read
        self._words: list[tuple[str, str]] | None = None

    def beginning(self, prefix: str) -> list[str]:
        """Return some titles with a word that begins with ``prefix``, best known order."""
        if self._words is None:
            self._words = sorted((w.lower(), t) for t in self._read() for w in t.split())
        wanted = prefix.lower()
        start = bisect_left(self._words, (wanted, ""))
        found: dict[str, None] = {}
        for word, title in self._words[start:]:
            if not word.startswith(wanted) or len(found) == MOST_TITLES:
                break
            found[title] = None
        return list(found)


def completions(line: str, complete: Complete, titles: Titles) -> Iterator[tuple[str, int]]:
    """Yield (text, length of what it replaces) for the end of ``line``."""
    last = line.rpartition(" ")[2]
    if line.startswith("/"):
        yield from ((word, len(last)) for word in complete(line))
    elif len(last) >= SHORTEST_TITLE_WORD:
        known = titles.beginning(last.lstrip('“"'))
        yield from ((f"“{for_terminal(title)}”", len(last)) for title in known)


def _completer(complete: Complete, titles: Titles) -> "Completer":
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class _Words(Completer):
        def get_completions(
            self, document: Document, _event: CompleteEvent
        ) -> Iterator[Completion]:
            for text, length in completions(document.text_before_cursor, complete, titles):
                yield Completion(text, start_position=-length)

    return _Words()


def _commands_only() -> "Condition":
    """Offer commands while typing; titles only when asked for with Tab."""
    from prompt_toolkit.application.current import get_app
    from prompt_toolkit.filters import Condition

    return Condition(lambda: get_app().current_buffer.text.startswith("/"))


def _keys() -> "KeyBindings":
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _line_break(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _private(path: Path) -> str:
    """Return the file's name, made readable for its owner alone."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    return str(path)

"""What every command shares: the global options, the two consoles, machine output.

Answers go to stdout, everything else to stderr. Nothing heavy is imported here.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from rag.app import App
    from rag.index.index import Progress

    console: Console
    notes: Console


@dataclass
class Context:
    """The global options of one call."""

    home: str | None = None
    config: Path | None = None
    preset: str | None = None
    json: bool = False
    quiet: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)

    def open_app(self, **overrides: Any) -> "App":
        """Return the app; ``overrides`` name settings with ``__`` for the dot."""
        from rag.app import open_app

        dotted = {key.replace("__", "."): value for key, value in overrides.items()}
        return open_app(
            home=self.home,
            overrides={**self.overrides, **dotted},
            config=self.config,
            preset=self.preset,
        )

    def open_with_corpus(self, **overrides: Any) -> "App":
        """Return the app, its home filled with the sample corpus when it never held any."""
        app = self.open_app(**overrides)
        if app.ensure_corpus(lambda: show_progress(self, "Reading the sample corpus")):
            self.note(f"Ready: {app.index.catalogue.counts().papers} papers.")
        return app

    def note(self, text: str) -> None:
        """Print a line to stderr unless ``--quiet``."""
        if not self.quiet:
            from rag.text.safe import for_terminal

            _console(stderr=True).print(for_terminal(text), style="dim")


def show_progress(context: Context, title: str, total: int | None = None) -> "Progress":
    """Return a progress callback: a bar with time left on a terminal, else lines on stderr."""
    if context.quiet:
        return lambda _stage, _done, _total: None
    from rag.cli.progress import ProgressDisplay

    return ProgressDisplay(_console(stderr=True), title, total).update


def print_json(value: Any) -> None:
    """Print one JSON object on a line of its own: pure ASCII, whatever the locale."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def read_questions(words: Sequence[str]) -> str:
    """Return the question given as arguments, or else on standard input."""
    if words and list(words) != ["-"]:
        return " ".join(words)
    if not words and sys.stdin.isatty():
        from rag.errors import UsageError

        raise UsageError("no question; e.g. papers ask 'What shortens reasoning?'")
    return sys.stdin.read()


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    class Screen(Console):
        """Leaves a reader that has gone to the one place that knows what it means."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Screen(
        stderr=stderr, markup=False, highlight=False, emoji=False,
        no_color=bool(os.environ.get("NO_COLOR")) or None,
    )  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("console", "notes"):
        return _console(stderr=name == "notes")
    raise AttributeError(name)

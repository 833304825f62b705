"""``papers chat``: the conversation of ``rag.chat`` on this terminal."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import Context, print_json

if TYPE_CHECKING:
    from rag.app import App
    from rag.chat.conversation import Chat
    from rag.records import Answer, Paper

_STYLES = {"quote": "italic", "note": "dim"}
TABLE_WIDTH = 80  # columns from which a table reads better than a list


def chat(
    ctx: typer.Context,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the latest conversation.")
    ] = False,
    load: Annotated[
        str | None, typer.Option(help="Go on with a conversation by name or number.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="US dollars that this chat may spend at most.")
    ] = None,
    filter_: Annotated[
        list[str] | None, typer.Option("--filter", "-f", help="A filter that holds throughout.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Drop unsupported claims.")] = False,
    transcript: Annotated[
        bool | None,
        typer.Option(
            "--transcripts/--no-transcripts",
            "--transcript/--no-transcript",
            help="Write the chat down, privately.",
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Plain lines in reading order, for screen readers.")
    ] = False,
) -> None:
    """Ask questions in a conversation; Ctrl-C stops an answer, Ctrl-D leaves.

    \b
    papers chat
    papers chat --resume
    papers chat --max-cost 0.50 --filter since=2025
    printf '%s\\n' "What is DINO-WM?" "does it need rewards?" | papers chat
    """
    from rag.chat.lines import Titles, open_lines
    from rag.chat.loop import greet, run
    from rag.chat.steering import show_resumed

    context: Context = ctx.obj
    if plain:  # what a dumb terminal gets: no editor, no tables, no colours, no moving parts
        os.environ.update(TERM="dumb", NO_COLOR="1")
    talk = _open(context, strict=strict, max_cost=max_cost, transcript=transcript)
    if filter_:
        talk.set_filters(filter_)
    if not context.quiet:
        greet(talk)
    if resume or load:
        talk.resume(load or "")
        show_resumed(talk)
    code = run(talk, open_lines(_completion(talk), Titles(lambda: _titles(talk)), _history(talk)))
    if code:
        raise typer.Exit(code)


def _open(
    context: Context, *, strict: bool, max_cost: float | None, transcript: bool | None
) -> "Chat":
    from rag.chat.budget import Budget
    from rag.chat.conversation import Chat
    from rag.pricing import load_prices

    app = context.open_with_corpus(answer__strict=strict or None)
    home = app.settings.index.folder
    budget = Budget(load_prices(home), max_cost)
    budget.check(app.settings.model)
    screen = JsonScreen() if context.json else TerminalScreen()

    def reopen(changes: dict[str, Any]) -> "App":
        from rag.app import open_app

        overrides = {**context.overrides, "answer.strict": strict or None, **changes}
        return open_app(
            home=context.home, overrides=overrides, config=context.config,
            preset=context.preset, embedder=app.embedder,
        )  # fmt: skip

    kept = app.settings.chat.transcripts if transcript is None else transcript
    transcripts = _transcripts(context, app) if kept else None
    return Chat(app, screen, budget=budget, transcripts=transcripts, reopen=reopen)


def _transcripts(context: Context, app: "App") -> Any:
    from rag.chat.transcripts import FILE, Transcripts
    from rag.errors import StorageError
    from rag.outside.address import secrets_of

    key = app.settings.model.api_key
    secrets = [key.get_secret_value()] if key else []
    secrets += secrets_of(app.settings.model.base_url)
    try:
        return Transcripts(app.settings.index.folder / FILE, secrets=secrets)
    except StorageError as exc:
        context.note(f"{exc}; this chat is not written down")
        return None


def _completion(talk: "Chat") -> Any:
    from rag.chat.commands import complete

    return lambda line: complete(talk, line)


def _titles(talk: "Chat") -> Iterator[str]:
    return (paper.title for _, paper in talk.app.index.catalogue.iter_papers())


def _history(talk: "Chat") -> Any:
    """Return the file of earlier entries; nowhere when the chat is not to be written down."""
    if talk.transcripts is None or not talk.app.index.writable:
        return None
    return talk.app.settings.index.folder / "chat_history"


class TerminalScreen:
    """Answers and what was asked for on stdout, remarks on stderr."""

    def __init__(self) -> None:
        from rag.cli.common import console, notes

        self._console = console
        self._notes = notes

    def show_answer(self, states: "Iterator[Answer]") -> "Answer":
        """Print an answer claim by claim; the papers near an abstention follow by number."""
        from rag.cli.render import print_answer

        last: list[Answer] = []

        def watched() -> "Iterator[Answer]":
            for state in states:
                last[:] = [state]
                yield replace(state, nearest=())

        print_answer(watched(), self._console)
        return last[0]

    def show_text(self, text: str, style: str = "") -> None:
        """Print text literally."""
        from rag.cli.render import safe

        self._console.print(safe(text, _STYLES.get(style, style)))

    def show_papers(self, numbered: "Sequence[tuple[int, Paper]]") -> None:
        """Print papers with their numbers."""
        from rag.cli.render import safe

        for n, paper in numbered:
            line = safe(f"[{n}] ", "cyan")
            line.append_text(safe(paper.title or paper.paper_id))
            about = [paper.published or "", *paper.organisations]
            line.append_text(safe("".join(f" · {part}" for part in about if part), "dim"))
            self._console.print(line)

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table on a wide terminal, else the same as a list, in plain order."""
        wide = self._console.is_terminal and self._console.width >= TABLE_WIDTH
        if wide and os.environ.get("TERM") != "dumb":
            self._print_table(columns, rows)
            return
        for row in rows:
            self.show_text(row[0], "bold")
            for column, cell in zip(columns[1:], row[1:], strict=True):
                self.show_text(f"  {column} {cell}")

    def _print_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.table import Table

        from rag.cli.render import safe

        table = Table(show_lines=True)
        for column in columns:
            table.add_column(safe(column))
        for row in rows:
            table.add_row(*(safe(cell) for cell in row))
        self._console.print(table)

    def note(self, text: str) -> None:
        """Print a remark to stderr."""
        from rag.cli.render import safe

        self._notes.print(safe(text, "dim"))


class JsonScreen:
    """One JSON object a line: answers as ``papers ask --json`` prints them, the rest as text."""

    def show_answer(self, states: "Iterator[Answer]") -> "Answer":
        """Print the last state of an answer."""
        from rag.errors import PapersError
        from rag.records import answer_to_dict

        seen = list(states)
        if not seen:
            raise PapersError("no answer was made")
        print_json(answer_to_dict(seen[-1]))
        return seen[-1]

    def show_text(self, text: str, style: str = "") -> None:
        """Print an object with the text."""
        del style
        print_json({"schema": 1, "text": text})

    def show_papers(self, numbered: "Sequence[tuple[int, Paper]]") -> None:
        """Print an object with the papers."""
        listed = [{"n": n, "paper_id": p.paper_id, "title": p.title} for n, p in numbered]
        print_json({"schema": 1, "papers": listed})

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print an object with the table."""
        print_json({"schema": 1, "columns": list(columns), "rows": [list(row) for row in rows]})

    def note(self, text: str) -> None:
        """Print a remark to stderr."""
        TerminalScreen().note(text)

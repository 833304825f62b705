"""``papers log``: the conversations that were written down."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import Context, print_json

if TYPE_CHECKING:
    from rag.chat.session import Session
    from rag.chat.transcripts import Transcripts
    from rag.records import Paper

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Read, search, export and delete earlier conversations.

\b
papers log list
papers log show            the latest
papers log search GRPO
papers log export 3 notes.md
papers log delete 3""",
)
Which = Annotated[str, typer.Argument(help="Number or name; the latest when left out.")]


@app.command(name="list")
def list_(ctx: typer.Context) -> None:
    """List the conversations, latest first."""
    context: Context = ctx.obj
    known = _transcripts(context).conversations()
    if context.json:
        rows = [
            {"number": c.number, "name": c.name, "started": c.started, "questions": c.questions,
             "first": c.first}
            for c in known
        ]  # fmt: skip
        print_json({"schema": 1, "conversations": rows})
        return
    for c in known:
        name = f" “{c.name}”" if c.name else ""
        _say(
            f"{c.number:>4}{name}  {c.started[:16].replace('T', ' ')}  {c.questions} × {_one_line(c.first)}"
        )
    if not known:
        _say("No conversation yet; begin one with: papers chat")


@app.command()
def show(ctx: typer.Context, conversation: Which = "") -> None:
    """Show a conversation as it was shown."""
    from rag.cli.render import print_answer

    context: Context = ctx.obj
    session = _session(context, conversation)
    if context.json:
        from rag.chat.exports import to_dict

        print_json(to_dict(session))
        return
    from rag.cli.common import console

    for turn in session.turns:
        _say(f"> {turn.typed}", "bold")
        if turn.rewrite.changed:
            _say(f"asked as: {turn.rewrite.question}", "dim")
        print_answer(iter([turn.answer]), console)
        _say("")


@app.command()
def search(
    ctx: typer.Context, text: Annotated[str, typer.Argument(help="What to look for.")]
) -> None:
    """Find the questions and answers that contain a text, latest first."""
    context: Context = ctx.obj
    found = _transcripts(context).search(text)
    if context.json:
        rows = [{"number": n, "at": e.at, "kind": e.kind, **_excerpt(e.body)} for n, e in found]
        print_json({"schema": 1, "found": rows})
        return
    for number, event in found:
        _say(f"{number:>4}  {event.at[:16].replace('T', ' ')}  {_excerpt(event.body)['text']}")
    if not found:
        _say("Nothing found.")


@app.command()
def export(
    ctx: typer.Context,
    conversation: Annotated[str, typer.Argument(help="Number or name.")],
    file: Annotated[Path, typer.Argument(help="FILE.md, FILE.bib or FILE.json.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a conversation as Markdown with footnotes, BibTeX or JSON."""
    from rag.chat.exports import export as export_session

    context: Context = ctx.obj
    session = _session(context, conversation)
    count = export_session(session, file, overwrite=force)
    from rag.chat.budget import counted

    context.note(
        f"Wrote {file.name}: {counted(len(session.turns), 'question')}, {counted(count, 'source')}."
    )


@app.command()
def delete(
    ctx: typer.Context,
    conversations: Annotated[list[str] | None, typer.Argument(help="Numbers or names.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Delete every conversation.")] = False,
) -> None:
    """Delete conversations for good."""
    from rag.errors import UsageError

    context: Context = ctx.obj
    if bool(conversations) == all_:
        raise UsageError("give the conversations to delete, or --all: papers log list")
    transcripts = _transcripts(context)
    if all_:
        chosen = transcripts.numbers()
    else:
        chosen = [transcripts.find(wanted) for wanted in conversations or []]
    transcripts.delete(chosen)
    from rag.chat.budget import counted

    context.note(f"Deleted {counted(len(chosen), 'conversation')}.")


def _transcripts(context: Context) -> "Transcripts":
    from rag.chat.transcripts import FILE, Transcripts

    return Transcripts(context.open_app().settings.index.folder / FILE)


def _session(context: Context, wanted: str) -> "Session":
    from rag.chat.restoring import restore

    catalogue = context.open_app().index.catalogue

    def find(paper_id: str) -> "Paper | None":
        found = catalogue.find(paper_id)
        return found[1] if found else None

    transcripts = _transcripts(context)
    return restore(transcripts.events(transcripts.find(wanted)), find)


def _excerpt(body: Any) -> dict[str, str]:
    return {"text": _one_line(str(body.get("typed") or body.get("answer") or ""))}


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _say(text: str, style: str = "") -> None:
    from rag.cli.common import console
    from rag.cli.render import safe

    console.print(safe(text, style))

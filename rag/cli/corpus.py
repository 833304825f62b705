"""``papers index``: add, remove, look at and repair the corpus."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli import dedupe
from rag.cli.common import Context, print_json, show_progress

if TYPE_CHECKING:
    from rag.index.ingest import IngestReport

app = typer.Typer(
    no_args_is_help=True,
    help="""Add, remove, look at and repair the corpus.

\b
papers index add my-papers.jsonl pages/
papers index status
papers index dedupe --explain
papers index verify""",
)
SHOWN_REJECTS = 10
LISTED_REJECTS = 1000


def _named(text: str) -> Path:
    """Return a path that was typed; the empty one would be the current folder."""
    from rag.errors import UsageError

    if not text.strip():
        raise UsageError('index add: a name is empty; give files or folders ("." is this folder)')
    return Path(text)


@app.command()
def add(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of papers.", parser=_named)],
    *,
    column: Annotated[
        list[str] | None, typer.Option(help="Where a field stands: --column abstract=summary.")
    ] = None,
    crawl_year: Annotated[
        int | None, typer.Option(min=1990, max=2100, help="Year of dates without one on a page.")
    ] = None,
) -> None:
    """Read papers into the corpus; what is there already costs nothing.

    An interrupted run goes on where it stopped when it is run again.
    """
    from rag.corpus import ReadOptions
    from rag.errors import InputError

    context: Context = ctx.obj
    options = ReadOptions(columns=_columns(column or []), crawl_year=crawl_year)
    index = context.open_app().index
    progress = show_progress(context, "Adding", _count(paths))
    report = index.add(paths, options=options, progress=progress)
    if context.json:
        print_json({"schema": 1, **report.counts(), "rejects": _rejects(report)})
    else:
        _print_report(context, report)
    if report.read == 0:
        raise InputError("nothing was loaded: no paper in the given files")


def _rejects(report: "IngestReport") -> list[dict[str, Any]]:
    return [
        {"source": r.source, "line": r.line, "reason": r.reason}
        for r in report.rejects[:LISTED_REJECTS]
    ]


def _count(files: list[Path]) -> int | None:
    """Return about how many papers line-based files hold, for the time left; None if unsure."""
    from rag.corpus.opening import open_bytes
    from rag.errors import PapersError

    total = 0
    for path in files:
        try:
            with open_bytes(path) as stream:
                if stream.read(1) != b"{":
                    return None
                while block := stream.read(1 << 20):
                    total += block.count(b"\n")
        except (PapersError, OSError, EOFError):
            return None
    return total or None


def _columns(pairs: list[str]) -> dict[str, str]:
    from rag.errors import UsageError

    found = {}
    for pair in pairs:
        field, equals, name = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--column takes FIELD=COLUMN, got {pair!r}")
        found[field.strip()] = name.strip()
    return found


def _print_report(context: Context, report: "IngestReport") -> None:
    from rag.cli.common import console, notes
    from rag.cli.render import safe

    console.print(
        f"{report.read} papers read: {report.new} new, {report.updated} updated, "
        f"{report.merged} merged, {report.unchanged} already there; "
        f"{report.embedded} texts embedded; {len(report.rejects)} rejected"
    )
    for reject in report.rejects[:SHOWN_REJECTS]:
        notes.print(safe(f"  {reject}", "yellow"))
    if len(report.rejects) > SHOWN_REJECTS:
        context.note(
            f"  … and {len(report.rejects) - SHOWN_REJECTS} more: papers index status --json"
        )


@app.command()
def remove(
    ctx: typer.Context,
    paper_ids: Annotated[list[str], typer.Argument(help="Ids as search --json prints them.")],
) -> None:
    """Remove papers by id."""
    from rag.cli.common import console
    from rag.errors import UsageError

    context: Context = ctx.obj
    removed = context.open_app().index.remove(paper_ids)
    missing = [i for i in paper_ids if i not in removed]
    if context.json:
        print_json({"schema": 1, "removed": removed, "unknown": missing})
    else:
        console.print(f"{len(removed)} removed")
    if missing:
        raise UsageError(f"no such paper: {', '.join(missing[:5])}")


@app.command()
def status(ctx: typer.Context) -> None:
    """Print what the corpus holds and the state of its index."""
    from rag.cli.common import console
    from rag.cli.render import safe

    context: Context = ctx.obj
    facts = context.open_with_corpus().index.status()
    if context.json:
        print_json(facts)
        return
    ingests = facts.pop("ingests")
    for key, value in facts.items():
        if key != "schema":
            console.print(safe(f"{key.replace('_', ' '):<18} {value}"))
    for ingest in ingests[-10:]:
        state = ingest["finished"] or "interrupted: add the file again"
        counts = ", ".join(f"{n} {name}" for name, n in ingest["counts"].items() if n)
        console.print(safe(f"  {ingest['source']}: {counts} ({state})", "dim"))


@app.command()
def verify(ctx: typer.Context) -> None:
    """Compare catalogue, vector store and lexical index; exit 1 when they differ."""
    from rag.cli.common import console
    from rag.cli.render import safe

    context: Context = ctx.obj
    findings = context.open_app().index.verify()
    if context.json:
        print_json({"schema": 1, "sound": not findings, "findings": findings})
    else:
        for finding in findings or ["sound: catalogue, vector store and lexical index agree"]:
            console.print(safe(finding))
    if findings:
        raise typer.Exit(1)


@app.command()
def rebuild(ctx: typer.Context) -> None:
    """Lay the index out anew from the catalogue; embeds only what has no vector yet."""
    from rag.cli.common import console

    context: Context = ctx.obj
    index = context.open_app().index
    embedded = index.rebuild(progress=show_progress(context, "Rebuilding"))
    if context.json:
        print_json({"schema": 1, "embedded": embedded, "generation": index.generation})
    else:
        console.print(f"rebuilt: generation {index.generation}, {embedded} texts embedded")


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Where to; standard output if not given.")
    ] = None,
) -> None:
    """Write the corpus as JSON Lines that ``papers index add`` reads back identically."""
    import sys

    from rag.errors import StorageError

    context: Context = ctx.obj
    lines = context.open_with_corpus().index.export()
    if file is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    try:
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in lines)
    except OSError as exc:
        raise StorageError(f"{file.name} cannot be written: {exc.strerror}") from exc


app.command()(dedupe.dedupe)

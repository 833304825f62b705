"""``papers index dedupe``: which records became one paper and why, and which did not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import Context, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag.app import App
    from rag.corpus.duplicates import Deduplication, LookAlike
    from rag.corpus.merge import Join
    from rag.records import Paper

_LONGEST_VALUE = 60


def dedupe(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files to explain; the corpus if not given.")
    ] = None,
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="List every merged paper and every look-alike.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge the duplicates that the corpus still has.")
    ] = False,
) -> None:
    """Show which records are one paper and why, and which look alike and stay apart.

    With files, these are read (nothing is stored) and the merging that ``add`` would do is
    explained: by arXiv id, DOI or title, from which files, which fields disagree and which
    value is kept. Without, the corpus itself is looked at.
    """
    from rag.errors import UsageError

    context: Context = ctx.obj
    if paths and merge:
        raise UsageError("--merge works on the corpus; add the files first: papers index add")
    app = None if paths else context.open_with_corpus()
    found = _of_corpus(app) if app else _of_files(paths or [])
    merged = merge_duplicates(app, found) if app and merge else 0
    if context.json:
        report = found.to_dict() if explain else found.counts()
        print_json(
            {"schema": 1, "of": "corpus" if app else "files", **report, "merged_now": merged}
        )
        return
    _print_summary(found, in_corpus=app is not None, merged=merged)
    if explain:
        _print_merged(found)
        _print_look_alikes(found.look_alikes)
    elif found.joins or found.earlier or found.look_alikes:
        context.note("Which ones and why: add --explain")


def _of_files(paths: "Iterable[Path]") -> "Deduplication":
    from rag.corpus import read_papers
    from rag.corpus.duplicates import deduplicate
    from rag.records import Paper

    return deduplicate(
        item for path in paths for item in read_papers(path) if isinstance(item, Paper)
    )


def _of_corpus(app: "App") -> "Deduplication":
    from rag.corpus.duplicates import deduplicate

    catalogue = app.index.catalogue
    return deduplicate((paper for _, paper in catalogue.iter_papers()), catalogue.joins())


def merge_duplicates(app: "App", found: "Deduplication") -> int:
    """Write the merged papers and take out the others; return how many were taken out."""
    kept = {paper.paper_id for paper in found.papers}
    gone = [j.other.paper_id for j in found.joins if j.other.paper_id not in kept]
    if gone:  # in this order, so that being stopped between the two loses nothing
        app.index.add_papers([paper for paper, _ in found.merged], "papers index dedupe")
        app.index.remove(gone)
    return len(gone)


def _print_summary(found: "Deduplication", *, in_corpus: bool, merged: int) -> None:
    counts = found.counts()
    several = sum(len(paper.sources) > 1 for paper in found.papers)
    if in_corpus:
        _say(f"{counts['records']} papers, {several} of them seen in more than one file")
        earlier = f"{counts['joined_earlier']} records joined a paper when they were added"
        _say(f"{earlier}{_listed(counts['joined_by'])}")
        _say(f"{merged} merged now" if merged else f"{counts['joined']} duplicates are left")
        if counts["joined"] and not merged:
            _say("mend: papers index dedupe --merge")
    else:
        joined = f"{counts['joined']} joined another{_listed(counts['joined_by'])}"
        _say(f"{counts['records']} records are {counts['papers']} papers: {joined}")
    if counts["conflicts"]:
        _say(f"fields that disagreed{_listed(counts['conflicts'])}")
    apart = _listed(counts["apart_because"])
    _say(f"{counts['look_alikes']} pairs look alike and stay apart{apart}")


def _print_merged(found: "Deduplication") -> None:
    for paper, joins in found.merged:
        _say("")
        _say(f"{paper.paper_id}  {paper.title}", "bold")
        for join in joins:
            _print_join(join)


def _print_join(join: "Join") -> None:
    _say(f"  + {_files(join.other)}: {join.why}")
    for conflict in join.conflicts:
        name = conflict.field.replace("_", " ")
        kept = f"{_short(conflict.kept)} ({', '.join(conflict.kept_from)})"
        other = f"{_short(conflict.other)} ({', '.join(conflict.other_from)})"
        _say(f"    {name}: kept {kept}, not {other}", "yellow")


def _print_look_alikes(pairs: "Iterable[LookAlike]") -> None:
    for pair in pairs:
        overlap = pair.abstracts_alike
        texts = "" if overlap is None else f"; abstracts share {overlap:.0%} of their words"
        _say("")
        _say(f"kept apart: {pair.why} ({pair.alike}{texts})", "bold")
        for paper in (pair.one, pair.other):
            about = " · ".join(part for part in (paper.published, _files(paper)) if part)
            _say(f"  {paper.paper_id}  {paper.title} · {about}")


def _files(paper: "Paper") -> str:
    return ", ".join(paper.sources) or "unknown"


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _listed(counts: "Mapping[str, Any]") -> str:
    parts = (f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
    return f" ({', '.join(parts)})" if counts else ""


def _say(text: str, style: str = "") -> None:
    from rag.cli.common import console
    from rag.cli.render import safe

    console.print(safe(text, style))

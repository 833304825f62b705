"""``papers themes``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.ask import INCOMPLETE
from rag.cli.common import Context, print_json

if TYPE_CHECKING:
    from rag.records import Paper
    from rag.themes.records import ThemeReport
    from rag.themes.space import Vectors


def themes(
    ctx: typer.Context,
    query: Annotated[
        list[str] | None, typer.Argument(help="What the papers must match; all when left out.")
    ] = None,
    *,
    filter_: Annotated[
        list[str] | None,
        typer.Option("--filter", "-f", help="A condition on a field: org=google, authors<=3, …"),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Published on or after.")] = None,
    until: Annotated[str | None, typer.Option(help="Published on or before.")] = None,
    number: Annotated[
        int | None, typer.Option("-n", help="How many themes; chosen when left out.")
    ] = None,
    level: Annotated[int, typer.Option(help="2 also divides large themes.")] = 1,
    markdown: Annotated[bool, typer.Option("--md", help="Print Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a map of the papers to this file.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="With a model: the most that may be spent, in US dollars."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With a model: write without asking first.")
    ] = False,
) -> None:
    """Say what the papers are about, every sentence cited, every paper accounted for.

    \b
    papers themes
    papers themes "self-correction" --since 2025 -n 4
    papers themes --level 2 --html map.html
    papers --model gpt-5-mini themes --max-cost 0.10 --yes

    With a chat model the themes and an overview are written by it, every sentence checked
    against the abstracts it cites; tokens and cost are told first. What was written is
    kept: a run that was stopped goes on where it was.
    """
    from rag.themes.build import build_themes
    from rag.themes.gather import gather_matching
    from rag.themes.records import ThemeOptions

    context: Context = ctx.obj
    app = context.open_with_corpus()
    words = " ".join(query or []).strip()
    conditions = _filters(filter_, since, until)
    papers, vectors = gather_matching(app.index, words, conditions, app.search)
    options = ThemeOptions(count=number, level=level)
    report = build_themes(papers, vectors, options=options, query=words)
    if report.themes and app.settings.model.configured:
        from rag.cli.themes_writing import written

        report = written(context, app, report, max_cost=max_cost, yes=yes)
    if html is not None:
        _write_map(context, html, report, papers, vectors)
    _show(context, report, markdown=markdown)
    if report.writing is not None and not report.writing.complete:
        raise typer.Exit(INCOMPLETE)


def _filters(expressions: list[str] | None, since: str | None, until: str | None) -> Any:
    if not (expressions or since or until):
        return None
    from rag.retrieval.filter_expressions import parse_filters

    bounds = [f"{key}={value}" for key, value in (("since", since), ("until", until)) if value]
    return parse_filters([*(expressions or []), *bounds])


def _show(context: Context, report: "ThemeReport", *, markdown: bool) -> None:
    if context.json:
        print_json(report.to_dict())
    elif markdown:
        from rag.themes.render import to_markdown

        typer.echo(to_markdown(report), nl=False)
    else:
        from rag.cli.common import console
        from rag.themes.render import print_report

        print_report(report, console)


def _write_map(
    context: Context, path: Path, report: "ThemeReport", papers: "list[Paper]", vectors: "Vectors"
) -> None:
    from rag.errors import UsageError
    from rag.themes.map import render_map
    from rag.themes.render import counted

    try:
        path.write_text(render_map(report, papers, vectors), encoding="utf-8")
    except OSError as exc:
        raise UsageError(
            f"cannot write {path.name}: {exc.strerror}; mend: name another file"
        ) from exc
    context.note(f"{path.name}: a map of {counted(len(papers), 'paper')}; open it in a browser")

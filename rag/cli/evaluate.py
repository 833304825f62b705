"""``papers eval …``: measure retrieval and answers, compare two runs, gate a change.

Exit codes: 0 done or passed; ``gate``: 1 regression, 2 invalid, 3 underpowered;
``lint``: 1 the set has faults; any other error 2. Nothing heavy is imported up here.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import Context, print_json, show_progress
from rag.cli.judging import Cassette, JudgeName, Replay, judge, judge_answers

if TYPE_CHECKING:
    from evals.runs import RunFolder

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Benchmark retrieval and answers, compare two runs, gate a change. Needs no key.",
)

app.command(name="judge")(judge)

Questions = Annotated[
    Path | None, typer.Argument(help="A question set; default: the one over the sample corpus.")
]
Beir = Annotated[Path | None, typer.Option(help="A folder in the BEIR layout, instead of a set.")]
Split = Annotated[str | None, typer.Option(help="dev or test; of a BEIR folder: its qrels file.")]
Out = Annotated[Path | None, typer.Option(help="Run folder; default: one named by its content.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Run again even where a run is kept.")]
AllowMissing = Annotated[
    bool, typer.Option("--allow-missing", help="Count judged papers the corpus lacks as missed.")
]

Systems = Annotated[
    str,
    typer.Option(
        "--systems", "--system", help="Systems to compare, as BEFORE:AFTER, e.g. rrf:convex."
    ),
]


@app.command()
def retrieval(
    ctx: typer.Context,
    *,
    questions: Questions = None,
    beir: Beir = None,
    split: Split = None,
    out: Out = None,
    fresh: Fresh = False,
    allow_missing: AllowMissing = False,
) -> None:
    """Search every question, and print the measures beside six baselines.

    \b
    Example: papers eval retrieval --beir beir/scifact
    """
    from evals.session import Wish, retrieval_run

    context: Context = ctx.obj
    wish = Wish("retrieval", questions, beir, split, out, fresh, allow_missing)
    progress = show_progress(context, "Evaluating retrieval")
    folder = retrieval_run(context.open_app, wish, progress)
    progress("done", 0, None)
    _show_run(context, folder)


@app.command()
def answers(
    ctx: typer.Context,
    *,
    questions: Questions = None,
    split: Split = None,
    out: Out = None,
    fresh: Fresh = False,
    allow_missing: AllowMissing = False,
    context_from: Annotated[
        str, typer.Option("--context", help="retrieved; or, to see what limits it, oracle or none.")
    ] = "retrieved",
    judge: JudgeName = None,
    cassette: Cassette = None,
    replay: Replay = False,
) -> None:
    """Answer every question; print nuggets, citations, abstention, and where answers went wrong."""
    from evals.session import Wish, answers_run

    context: Context = ctx.obj
    wish = Wish("answers", questions, None, split, out, fresh, allow_missing, context_from)
    progress = show_progress(context, "Evaluating answers")
    folder = answers_run(context.open_app, wish, progress)
    progress("done", 0, None)
    judge_answers(context, folder.path, judge, cassette=cassette, replay=replay)
    _show_run(context, folder)


@app.command()
def score(
    ctx: typer.Context,
    run: Annotated[Path, typer.Argument(help="A run folder, or a TREC run file.")],
    *,
    qrels: Annotated[Path | None, typer.Option(help="For a run file: TREC or BEIR qrels.")] = None,
    judge: JudgeName = None,
    cassette: Cassette = None,
    replay: Replay = False,
) -> None:
    """Score a run again from its files, ours or anyone's; nothing is answered again."""
    from evals.session import score_again

    judge_answers(ctx.obj, run, judge, cassette=cassette, replay=replay)
    _show_report(ctx.obj, score_again(run, qrels))


@app.command()
def report(
    ctx: typer.Context,
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    against: Annotated[Path | None, typer.Option(help="Show this earlier run beside it.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one offline HTML file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
) -> None:
    """Print a finished run, or write it as HTML, Markdown or JUnit XML."""
    from evals.session import score_again, write_reports

    context: Context = ctx.obj
    found = score_again(run, None)
    written = write_reports(run, against, {"html": html, "markdown": markdown, "junit": junit})
    for path in written:
        context.note(f"wrote {path.name}")
    if not written:
        _show_report(context, found)


@app.command()
def compare(
    ctx: typer.Context,
    before: Annotated[Path, typer.Argument(help="Run folder of the baseline.")],
    after: Annotated[Path, typer.Argument(help="Run folder of the candidate.")],
    *,
    systems: Systems = "papers:papers",
    seed: Annotated[int, typer.Option(help="Of resampling.")] = 0,
    html: Annotated[Path | None, typer.Option(help="Write one offline HTML file too.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown too.")] = None,
) -> None:
    """Print the paired difference of two runs: intervals, p values, wins, the worst questions."""
    from evals.compare import compare_sides, open_sides
    from evals.report.compare_tables import compare_lines, compare_tables
    from evals.report.markdown import to_markdown

    sides = open_sides(before, after, systems)
    found = compare_sides(*sides, seed=seed)
    lines, tables = compare_lines(found), compare_tables(found)
    if html is not None:
        from evals.report.compare_html import compare_to_html

        html.write_text(compare_to_html(*sides, found), encoding="utf-8")
    if markdown is not None:
        markdown.write_text(to_markdown("Comparison", lines, tables), encoding="utf-8")
    _print(ctx.obj, found, lines, tables)


@app.command()
def gate(
    ctx: typer.Context,
    before: Annotated[Path, typer.Argument(help="Run folder of the baseline.")],
    after: Annotated[Path, typer.Argument(help="Run folder of the candidate.")],
    *,
    margin: Annotated[float, typer.Option(help="The largest loss that is no regression.")] = 0.02,
    measure: Annotated[
        list[str] | None, typer.Option(help="Measures that must hold; may be repeated.")
    ] = None,
    systems: Systems = "papers:papers",
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML too.")] = None,
) -> None:
    """Exit 0 when the candidate is not worse, 1 regression, 2 invalid, 3 underpowered."""
    from evals.gate import gate_runs
    from evals.report.compare_tables import gate_lines, gate_tables
    from evals.report.junit import gate_to_junit
    from rag.text.safe import for_file

    found = gate_runs(before, after, measures=measure, margin=margin, systems=systems)
    if junit is not None:
        junit.write_text(for_file(gate_to_junit(found)), encoding="utf-8")
    _print(ctx.obj, found, gate_lines(found), gate_tables(found))
    raise typer.Exit(found["exit_code"])


@app.command()
def lint(
    ctx: typer.Context,
    questions: Questions = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also hold the set to the rules for a large one.")
    ] = False,
) -> None:
    """Check a question set against the corpus; exit 1 when it has faults."""
    from evals.lint import lint_file
    from evals.report.lint_tables import lint_lines, lint_tables
    from evals.session import default_questions

    context: Context = ctx.obj
    application = context.open_with_corpus()
    papers = [paper for _, paper in application.index.catalogue.iter_papers()]
    found = lint_file(questions or default_questions(), papers, full=full)
    _print(context, found, lint_lines(found), lint_tables(found))
    if found["faults"]:
        raise typer.Exit(1)


@app.command()
def pool(
    ctx: typer.Context,
    run: Annotated[Path, typer.Argument(help="A run folder of a question set.")],
    depth: Annotated[int, typer.Option(help="Papers of each system's ranking.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write JSON Lines here, else print.")] = None,
) -> None:
    """List the papers that any system ranked high and nobody judged, in blind order."""
    import json

    from evals.pooling import pool_of

    rows = pool_of(run, depth=depth)
    if out is None:
        print_json({"schema": 1, "pool": rows})
        return
    text = "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
    out.write_text(text, encoding="utf-8")
    ctx.obj.note(f"wrote {len(rows)} unjudged pairs to {out.name}")


def _show_run(context: Context, folder: "RunFolder") -> None:
    from evals.session import score_again

    _show_report(context, score_again(folder.path, None))
    context.note(f"run folder: {folder.path}")


def _show_report(context: Context, found: dict[str, Any]) -> None:
    from evals.report.tables import headline, report_tables

    _print(context, found, headline(found), report_tables(found))


def _print(context: Context, found: dict[str, Any], lines: list[str], tables: list[Any]) -> None:
    if context.json:
        print_json(found)
        return
    from evals.report.terminal import print_report
    from rag.cli.common import console

    print_report(console, lines, tables)

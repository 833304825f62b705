"""``papers eval judge``, and the judge's options of other ``papers eval`` commands."""

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import Context, print_json, show_progress

JudgeName = Annotated[
    str | None,
    typer.Option("--judge", help="Let this chat model judge the answers too; never a default."),
]
Cassette = Annotated[
    Path | None, typer.Option(help="File of the judge's replies; default: one a judge, at home.")
]
Replay = Annotated[
    bool, typer.Option("--replay", help="Ask nobody: a reply that is not on file is an error.")
]


def judge(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(help="A chat model, named as for --model.")],
    *,
    claims: Annotated[
        Path | None, typer.Option(help="Labelled claims; default: those over the sample corpus.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="dev or test.")] = None,
    sample: Annotated[int, typer.Option(help="Claims to draw; 0 is all of them.")] = 100,
    repeats: Annotated[int, typer.Option(help="Times that each claim is asked.")] = 2,
    cassette: Cassette = None,
    replay: Replay = False,
) -> None:
    """Calibrate a judge: its agreement with labelled claims, and with itself.

    \b
    Example: papers eval judge gpt-5-mini --split test --repeats 3
    """
    from evals.judge.opening import JudgeWish
    from evals.report.judge_tables import calibration_lines, calibration_tables
    from evals.report.terminal import print_report
    from evals.session import calibration_run
    from rag.cli.common import console

    context: Context = ctx.obj
    progress = show_progress(context, "Calibrating the judge")
    found = calibration_run(
        context.open_with_corpus(),
        JudgeWish(model, cassette, replay),
        claims,
        (split, sample, repeats),
        progress=progress,
    )
    progress("done", 0, None)
    if context.json:
        print_json(found)
        return
    print_report(console, calibration_lines(found), calibration_tables(found))


def judge_answers(
    context: Context, run: Path, name: str | None, *, cassette: Path | None, replay: bool
) -> None:
    """Let a judge read the answers of a finished run; nothing without one. Raises UsageError."""
    from rag.errors import UsageError

    if name is None:
        if cassette is not None or replay:
            raise UsageError("--cassette and --replay belong to a judge; mend: add --judge MODEL")
        return
    from evals.judge.opening import JudgeWish, open_judge
    from evals.judge.scoring import judge_run
    from evals.runs import open_run

    folder = open_run(run)
    chosen = open_judge(context.open_app().settings, JudgeWish(name, cassette, replay))
    progress = show_progress(context, "Judging answers")
    judge_run(folder, chosen, progress=progress)
    progress("done", 0, None)

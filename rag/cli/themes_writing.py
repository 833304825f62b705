"""The part of ``papers themes`` that has a chat model write: estimate, consent, progress."""

import sys
from typing import TYPE_CHECKING

from rag.cli.common import Context

if TYPE_CHECKING:
    from rag.app import App
    from rag.models import GuardedModel
    from rag.settings import Settings
    from rag.themes.asking import ThriftyModel
    from rag.themes.estimate import Estimate
    from rag.themes.records import ThemeReport


def written(
    context: Context, app: "App", report: "ThemeReport", *, max_cost: float | None, yes: bool
) -> "ThemeReport":
    """Return the report in the model's words, or as it is when there is none or it is not wanted.

    Nothing is sent before the estimate is told and agreed to. Raises BudgetError,
    ConfigError, and ModelError when there is no such model.
    """
    from rag.pricing import load_prices
    from rag.themes.estimate import estimate
    from rag.themes.writing import write_themes

    settings = app.settings
    if app.model is None:
        return report
    model = _thrifty(app.model, settings, max_cost)
    expected = estimate(report, model, as_of=load_prices(settings.index.folder).as_of)
    context.note(str(expected))
    expected.check(max_cost)
    if expected.requests and not (yes or _agreed(context, expected)):
        return report
    # What is known from before takes no time to tell of.
    tell = context.note if expected.requests else lambda _: None
    done = write_themes(
        report, model, strict=settings.answer.strict, tell=lambda text: tell(f"Writing {text}")
    )
    if not model.kept.writable:
        context.note("what was written could not be kept: the home folder is read-only or full")
    return done


def _thrifty(model: "GuardedModel", settings: "Settings", max_cost: float | None) -> "ThriftyModel":
    from rag.pricing import load_prices
    from rag.themes.asking import Purse, ThriftyModel
    from rag.themes.replies import KeptReplies

    home = settings.index.folder
    purse = Purse(load_prices(home).find(model.name), max_cost)
    return ThriftyModel(model, settings.model, KeptReplies(home), purse)


def _agreed(context: Context, expected: "Estimate") -> bool:
    """Ask on a terminal; where nobody can be asked, nothing is spent."""
    import typer

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        context.note(f"The themes are quoted; --yes has {expected.model} write them.")
        return False
    if context.quiet:
        typer.echo(str(expected), err=True)
    return typer.confirm("Write them?", default=True, err=True)

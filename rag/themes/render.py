"""A report on themes in words: lines shared by all forms, Markdown, and the terminal.

Foreign text passes ``for_terminal`` everywhere and is escaped in Markdown.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.records import Claim, Paper, Verdict
from rag.text.safe import for_terminal
from rag.themes.records import Theme, ThemeReport, Trend

if TYPE_CHECKING:
    from rich.console import Console

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
MARKS = {Verdict.SUPPORTED: "✓", Verdict.WEAK: "~", Verdict.UNSUPPORTED: "✗"}
_STYLES = {Verdict.SUPPORTED: "green", Verdict.WEAK: "yellow", Verdict.UNSUPPORTED: "red"}
_UNCOVERED_SHOWN = 12
_DISAGREEMENTS_SHOWN = 3


def accounting_line(report: ThemeReport) -> str:
    """Return how many papers matched, are in themes, and are in none."""
    return (
        f"{counted(report.matched, 'paper')} = {report.covered} in "
        f"{counted(len(report.themes), 'theme')} + {len(report.uncovered)} in none"
    )


def counted(number: int, noun: str) -> str:
    """Return "1 paper", "2 papers"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def trust_line(report: ThemeReport) -> str:
    """Return how far the division can be trusted, beside plain k-means and Ward."""
    stability = report.stability
    if stability is None:
        return ""
    return (
        f"Stability over {stability.subsamples} random 90 % subsamples (adjusted Rand index): "
        f"{stability.themes:.2f}; plain k-means {stability.kmeans:.2f}, Ward {stability.ward:.2f}."
    )


def trend_line(trend: Trend) -> str:
    """Return a theme's direction with the interval that it rests on."""
    if trend.direction == "too few":
        return "Too few dated papers for a trend."
    change = (
        f"{_points(trend.slope)} points a year (95 % {_points(trend.low)} to {_points(trend.high)})"
    )
    if trend.direction == "unclear":
        return f"No clear trend: {change}."
    return f"{trend.direction.capitalize()}: {change}."


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def writing_line(report: ThemeReport) -> str:
    """Return what the model's part took; "" when everything is quoted."""
    made = report.writing
    if made is None:
        return ""
    cost = "cost unknown" if made.cost_usd is None else f"${made.cost_usd:.4f}"
    reused = f" ({made.reused} more known from before)" if made.reused else ""
    dropped = f", {made.dropped} sentences dropped" if made.dropped else ""
    return (
        f"Written by {made.model}, every sentence checked against the abstracts it cites{dropped}: "
        f"{made.requests} requests{reused}, {made.input_tokens:,} tokens read, "
        f"{made.output_tokens:,} written, {cost}."
    )


def quoted_instead(report: ThemeReport, theme: Theme) -> bool:
    """Tell whether a theme is quoted although a model was to write it."""
    return report.writing is not None and not theme.written_by


def disagreement_heading(theme: Theme) -> str:
    """Return the line above the sentences that contradict earlier findings."""
    count = len(theme.disagreements)
    if count == 1:
        return "One paper says that it contradicts what was held before:"
    return f"{count} papers say that they contradict what was held before:"


def disagreeing(theme: Theme) -> tuple[Claim, ...]:
    """Return the sentences of a theme that contradict earlier findings."""
    return tuple(claim for found in theme.disagreements for claim in found.claims)


def report_notes(report: ThemeReport) -> list[str]:
    """Return what a reader should know beside the themes, one sentence each."""
    trends = report.trends
    lines = [report.criterion and f"Number of themes: {report.criterion}.", trust_line(report)]
    if trends:
        apart = (
            f"{counted(trends.dated, 'dated paper')}, by {trends.unit}; {trends.undated} undated"
        )
        apart += f", {trends.imprecise} dated too coarsely" if trends.imprecise else ""
        lines += [
            f"Trends: {apart}, counted in no period.",
            trends.warning and f"{trends.warning}.",
        ]
    return [line for line in (*lines, writing_line(report), *report.notes) if line]


# -- Markdown ----------------------------------------------------------------------------


def to_markdown(report: ThemeReport) -> str:
    """Return the report as Markdown, citations numbered through."""
    title = f"Themes of “{_escaped(report.query)}”" if report.query else "Themes of the corpus"
    lines = [f"# {title}", "", accounting_line(report), ""]
    if report.overview:
        lines += ["## Overview", "", *_claims_markdown(report.overview), ""]
    trends = _trend_of(report)
    for theme in report.themes:
        quoted = ", quoted" if quoted_instead(report, theme) else ""
        lines += [f"## {theme.theme_id}. {_escaped(theme.label)} ({theme.size}{quoted})", ""]
        lines += [*_theme_markdown(theme, trends.get(theme.theme_id)), ""]
    if report.uncovered:
        lines += [f"## In no theme ({len(report.uncovered)})", ""]
        lines += [f"- {_escaped(u.paper.title)}: {u.reason}" for u in report.uncovered]
        lines.append("")
    lines += [f"*{note}*  " for note in report_notes(report)]
    return "\n".join(lines).rstrip() + "\n"


def _trend_of(report: ThemeReport) -> dict[str, Trend]:
    return {trend.theme_id: trend for trend in (report.trends.themes if report.trends else ())}


def _theme_markdown(theme: Theme, trend: Trend | None) -> Iterator[str]:
    yield from _claims_markdown(theme.claims)
    if theme.disagreements:
        yield ""
        yield disagreement_heading(theme)
        yield ""
        yield from _claims_markdown(disagreeing(theme))
        yield ""
    if theme.contrast:
        yield f"  {_escaped(theme.contrast.text)}  "
    for child in theme.children:
        yield f"  - {child.theme_id} {_escaped(child.label)} ({child.size})"
    if theme.children and theme.undivided:
        yield f"  - in none of these: {theme.undivided}"
    if trend:
        yield f"  {trend_line(trend)}"


def _claims_markdown(claims: Sequence[Claim]) -> Iterator[str]:
    """Yield a line for each sentence, then one for each paper that they cite."""
    for claim in claims:
        why = "" if claim.verdict is Verdict.SUPPORTED else f" ({_escaped(claim.why)})"
        yield f"- {MARKS[claim.verdict]} {_escaped(claim.text)} {_marks(claim)}{why}"
    yield ""
    for n, title in _cited(claims).items():
        yield f"  \\[{n}\\] {_escaped(title)}  "


def _cited(claims: Sequence[Claim]) -> dict[int, str]:
    return {c.n: c.title for claim in claims for c in claim.citations}


def _marks(claim: Claim) -> str:
    return "".join(f"\\[{c.n}\\]" for c in claim.citations)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(for_terminal(text).split()))


# -- terminal ----------------------------------------------------------------------------


def print_report(report: ThemeReport, console: "Console") -> None:
    """Print the report; markup in foreign text stays literal."""
    from rich.text import Text

    console.print(Text(accounting_line(report), style="bold"))
    if report.overview:
        console.print()
        console.print(Text("Overview", style="bold cyan"))
        _print_claims(report.overview, console)
    trends = _trend_of(report)
    for theme in report.themes:
        console.print()
        how = " · quoted" if quoted_instead(report, theme) else ""
        heading = Text(f"{theme.theme_id}. {for_terminal(theme.label)}", style="bold cyan")
        heading.append(
            f"  {counted(theme.size, 'paper')} · cohesion {theme.cohesion:.2f}{how}",
            style="dim not bold",
        )
        console.print(heading)
        _print_theme(theme, trends.get(theme.theme_id), console)
    if report.uncovered:
        console.print()
        console.print(Text(f"In no theme: {len(report.uncovered)}", style="bold"))
    for uncovered in report.uncovered[:_UNCOVERED_SHOWN]:
        console.print(Text(f"  {_title(uncovered.paper)}: {uncovered.reason}", style="dim"))
    if len(report.uncovered) > _UNCOVERED_SHOWN:
        more = len(report.uncovered) - _UNCOVERED_SHOWN
        console.print(Text(f"  … and {more} more: --json lists them", style="dim"))
    console.print()
    for note in report_notes(report):
        console.print(Text(for_terminal(note), style="dim"))


def _print_theme(theme: Theme, trend: Trend | None, console: "Console") -> None:
    from rich.padding import Padding
    from rich.text import Text

    _print_claims(theme.claims, console)
    if theme.disagreements:
        console.print(Padding(Text(disagreement_heading(theme), style="dim"), (0, 0, 0, 3)))
        _print_claims(disagreeing(theme)[:_DISAGREEMENTS_SHOWN], console)
    below = [theme.contrast.text] if theme.contrast else []
    below += [trend_line(trend)] if trend else []
    for text in below:
        console.print(Padding(Text(for_terminal(text), style="dim"), (0, 0, 0, 3)))
    for child in theme.children:
        console.print(Text(f"   {child.theme_id} {for_terminal(child.label)} ({child.size})"))
    if theme.children and theme.undivided:
        console.print(Text(f"   in none of these: {theme.undivided}", style="dim"))


def _print_claims(claims: Sequence[Claim], console: "Console") -> None:
    from rich.padding import Padding
    from rich.text import Text

    for claim in claims:
        line = Text(f"{MARKS[claim.verdict]} ", style=_STYLES[claim.verdict])
        line.append(for_terminal(claim.text), style="default")
        for citation in claim.citations:
            line.append(f" [{citation.n}] {for_terminal(citation.title)}", style="dim")
        if claim.verdict is not Verdict.SUPPORTED:
            line.append(f" ({for_terminal(claim.why)})", style="dim")
        console.print(Padding(line, (0, 0, 0, 3)))


def _title(paper: Paper) -> str:
    return for_terminal(paper.title or paper.paper_id)

"""A report on themes in words: lines shared by all forms, Markdown, and the terminal.

Foreign text passes ``for_terminal`` everywhere and is escaped in Markdown.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.records import Claim, Paper
from rag.text.safe import for_terminal
from rag.themes.records import Theme, ThemeReport, Trend

if TYPE_CHECKING:
    from rich.console import Console

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_MARKS = {"supported": "✓", "weak": "~", "unsupported": "✗"}
_UNCOVERED_SHOWN = 12


def accounting_line(report: ThemeReport) -> str:
    """Return how many papers matched, are in themes, and are in none."""
    return (
        f"{report.matched} papers = {report.covered} in {len(report.themes)} themes"
        f" + {len(report.uncovered)} in none"
    )


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


def report_notes(report: ThemeReport) -> list[str]:
    """Return what a reader should know beside the themes, one sentence each."""
    trends = report.trends
    lines = [report.criterion and f"Number of themes: {report.criterion}.", trust_line(report)]
    if trends:
        apart = f"{trends.dated} dated papers, by {trends.unit}; {trends.undated} undated"
        apart += f", {trends.imprecise} dated too coarsely" if trends.imprecise else ""
        lines += [
            f"Trends: {apart}, counted in no period.",
            trends.warning and f"{trends.warning}.",
        ]
    return [line for line in (*lines, *report.notes) if line]


# -- Markdown ----------------------------------------------------------------------------


def to_markdown(report: ThemeReport) -> str:
    """Return the report as Markdown, citations numbered through."""
    title = f"Themes of “{_escaped(report.query)}”" if report.query else "Themes of the corpus"
    lines = [f"# {title}", "", accounting_line(report), ""]
    trends = _trend_of(report)
    for theme in report.themes:
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
    yield f"## {theme.theme_id}. {_escaped(theme.label)} ({theme.size})"
    yield ""
    for claim in theme.claims:
        yield f"- {_MARKS[claim.verdict.value]} {_escaped(claim.text)} {_marks(claim)}"
    yield ""
    for claim in theme.claims:
        for c in claim.citations:
            yield f"  \\[{c.n}\\] {_escaped(c.title)}  "
    if theme.contrast:
        yield f"  {_escaped(theme.contrast.text)}  "
    for child in theme.children:
        yield f"  - {child.theme_id} {_escaped(child.label)} ({child.size})"
    if theme.children and theme.undivided:
        yield f"  - in none of these: {theme.undivided}"
    if trend:
        yield f"  {trend_line(trend)}"


def _marks(claim: Claim) -> str:
    return "".join(f"\\[{c.n}\\]" for c in claim.citations)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(for_terminal(text).split()))


# -- terminal ----------------------------------------------------------------------------


def print_report(report: ThemeReport, console: "Console") -> None:
    """Print the report; markup in foreign text stays literal."""
    from rich.text import Text

    console.print(Text(accounting_line(report), style="bold"))
    trends = _trend_of(report)
    for theme in report.themes:
        console.print()
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

    heading = Text(f"{theme.theme_id}. {for_terminal(theme.label)}", style="bold cyan")
    heading.append(f"  {theme.size} papers · cohesion {theme.cohesion:.2f}", style="dim")
    console.print(heading)
    for claim in theme.claims:
        line = Text(f"{_MARKS[claim.verdict.value]} ", style="green")
        line.append(for_terminal(claim.text), style="default")
        for citation in claim.citations:
            line.append(f" [{citation.n}] {for_terminal(citation.title)}", style="dim")
        console.print(Padding(line, (0, 0, 0, 3)))
    below = [theme.contrast.text] if theme.contrast else []
    below += [trend_line(trend)] if trend else []
    for text in below:
        console.print(Padding(Text(for_terminal(text), style="dim"), (0, 0, 0, 3)))
    for child in theme.children:
        console.print(Text(f"   {child.theme_id} {for_terminal(child.label)} ({child.size})"))
    if theme.children and theme.undivided:
        console.print(Text(f"   in none of these: {theme.undivided}", style="dim"))


def _title(paper: Paper) -> str:
    return for_terminal(paper.title or paper.paper_id)

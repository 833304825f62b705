"""Render a comparison as one HTML file: its tables, then every question with both sides.

The page itself, its style and its safety are those of ``evals.report.html``.
"""

from collections.abc import Mapping
from typing import Any

from evals.answers import score_answers
from evals.compare import Side
from evals.report.compare_tables import compare_lines, compare_tables
from evals.report.details import answer_details, ranking_blocks
from evals.report.html import figures, html_lines, html_table, page, section
from evals.runs import RunFolder


def compare_to_html(before: Side, after: Side, found: Mapping[str, Any]) -> str:
    """Return the page of a comparison that ``evals.compare`` made of these two sides."""
    parts = [html_lines(compare_lines(found)), *map(html_table, compare_tables(found))]
    if after.run:
        parts.append(section("Rankings, most lost first", _rankings(before, after)))
    else:
        curves = {"before": _curve(before.folder), "after": _curve(after.folder)}
        parts.append(figures(curves))
        parts.append(
            section("Answers", answer_details(after.folder, before.folder, ("before", "after")))
        )
    return page(f"papers eval compare: {found['set']}", parts)


def _curve(folder: RunFolder) -> Any:
    return score_answers(folder)["abstention"]["risk_coverage"]


def _rankings(before: Side, after: Side) -> list[str]:
    measure = "nDCG@10"
    old, new = before.scores[measure], after.scores[measure]
    notes, deltas = {}, {}
    for topic in after.folder.topics:
        name = topic.topic_id
        if name in old and name in new:
            notes[name] = f"{measure} {old[name]:.3f} → {new[name]:.3f}"
            deltas[name] = new[name] - old[name]
    lost = {name for name, delta in deltas.items() if delta < 0}
    sides = {f"before: {before.system}": before.run, f"after: {after.system}": after.run}
    return list(ranking_blocks(after.folder, sides, notes, deltas, lost))

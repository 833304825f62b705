"""Render tables as Markdown, for a pull request or a document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.report.tables import FAKE_BANNER, Table, headline, report_tables
from rag.text.safe import for_terminal


def to_markdown(title: str, lines: Sequence[str], tables: Iterable[Table]) -> str:
    """Return a document: a heading, the lines as paragraphs, the tables."""
    parts = [f"## {_plain(title)}"]
    parts += [f"> **{_plain(t)}**" if t == FAKE_BANNER else _plain(t) for t in lines]
    parts += [_table(table) for table in tables if table.rows]
    return "\n\n".join(parts) + "\n"


def run_to_markdown(report: Mapping[str, Any]) -> str:
    """Return the report of one run."""
    title = f"papers eval {report['kind']}: {report['set']}"
    return to_markdown(title, headline(report), report_tables(report))


def _table(table: Table) -> str:
    rule = "|---|" + "---:|" * (len(table.header) - 1)
    rows = [_row(table.header), rule, *(_row(row) for row in table.rows)]
    return f"**{_plain(table.caption)}**\n\n" + "\n".join(rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """Return foreign text so that Markdown shows it and acts on none of it."""
    text = for_terminal(text).replace("\n", " ")
    for sign in "\\|`*_[]<>!#":
        text = text.replace(sign, f"\\{sign}")
    return text

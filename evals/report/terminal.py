"""Print tables on a terminal. Foreign text is made harmless on the way."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from evals.report.tables import FAKE_BANNER, Table
from rag.text.safe import for_terminal

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 26  # characters, above which a cell is text to be wrapped


def print_report(console: "Console", lines: Sequence[str], tables: Iterable[Table]) -> None:
    """Print the lines, the banner of a fake model among them in red, then the tables."""
    from rich.text import Text

    for line in lines:
        style = "bold red" if line == FAKE_BANNER else "bold" if line == lines[0] else ""
        console.print(Text(for_terminal(line), style=style))
    for table in tables:
        print_table(console, table)


def print_table(console: "Console", table: Table) -> None:
    """Print one table: texts to the left and wrapped, numbers to the right and never cut."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    if not table.rows:
        return
    shown = RichTable(
        box=box.SIMPLE_HEAD, title=table.caption, title_justify="left",
        pad_edge=False, collapse_padding=True,
    )  # fmt: skip
    for i, name in enumerate(table.header):
        wide = any(len(row[i]) > _WIDE for row in table.rows)
        shown.add_column(
            name, justify="left" if wide or i == 0 else "right",
            overflow="fold", no_wrap=not wide and i > 0,
        )  # fmt: skip
    for row in table.rows:
        shown.add_row(*(Text(for_terminal(cell)) for cell in row))
    console.print(shown)

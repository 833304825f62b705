"""Print tables on a terminal. Foreign text is made harmless on the way.

Numbers are never cut: a table that is too wide is printed in blocks of columns, each
with the names of the rows before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from evals.report.tables import FAKE_BANNER, Table
from rag.text.safe import for_terminal

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 26  # characters, above which a cell is text to be wrapped
_WIDE_NAME = 40  # the same for the name of a row
_GAP = 2  # characters between columns, and about a table


def print_report(console: "Console", lines: Sequence[str], tables: Iterable[Table]) -> None:
    """Print the lines, the banner of a fake model among them in red, then the tables."""
    from rich.text import Text

    for line in lines:
        style = "bold red" if line == FAKE_BANNER else "bold" if line == lines[0] else ""
        console.print(Text(for_terminal(line), style=style))
    for table in tables:
        for block in blocks(table, console.width):
            print_table(console, block)


def blocks(table: Table, width: int) -> Iterator[Table]:
    """Yield the table in as many parts as ``width`` characters ask for, of like breadth.

    A table of texts stays whole: its texts are wrapped.
    """
    columns = range(len(table.header))
    if not table.rows or any(_is_wide(table, i) for i in columns):
        yield table
        return
    widths = [_width(table, i) + _GAP for i in columns]
    parts = _parted(widths[1:], width - widths[0])
    for part in parts:
        kept = [0, *(i + 1 for i in part)]
        caption = table.caption if part is parts[0] else f"{table.caption}, continued"
        yield Table(
            caption, _chosen(table.header, kept), tuple(_chosen(r, kept) for r in table.rows)
        )


def _chosen(row: Sequence[str], kept: Sequence[int]) -> tuple[str, ...]:
    return tuple(row[i] for i in kept)


def _parted(widths: Sequence[int], room: int) -> list[range]:
    """Return runs of columns that fit into ``room``, as few and as even as can be."""
    for count in range(1, len(widths) + 1):
        ends = [len(widths) * i // count for i in range(count + 1)]
        parts = [range(start, end) for start, end in pairwise(ends)]
        if all(sum(widths[i] for i in part) <= room for part in parts):
            return parts
    return [range(i, i + 1) for i in range(len(widths))] or [range(0)]


def _width(table: Table, column: int) -> int:
    from rich.cells import cell_len

    cells = [table.header[column], *(row[column] for row in table.rows)]
    return max(cell_len(for_terminal(cell)) for cell in cells)


def _is_wide(table: Table, column: int) -> bool:
    limit = _WIDE if column else _WIDE_NAME
    return any(len(row[column]) > limit for row in table.rows)


def print_table(console: "Console", table: Table) -> None:
    """Print one table: texts to the left and wrapped, numbers to the right and never cut."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    if not table.rows:
        return
    # As a title the caption would be wrapped at the breadth of the table.
    console.print(Text(for_terminal(table.caption), style="italic"))
    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for i, name in enumerate(table.header):
        wide = _is_wide(table, i)
        shown.add_column(
            name, justify="left" if wide or i == 0 else "right",
            overflow="fold", no_wrap=not wide,
        )  # fmt: skip
    for row in table.rows:
        shown.add_row(*(Text(for_terminal(cell)) for cell in row))
    console.print(shown)

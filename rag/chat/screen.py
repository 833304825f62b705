"""What a conversation needs of the place it is shown on."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.records import Answer, Paper


class Screen(Protocol):
    """Shows a conversation. All text handed in may be foreign: a screen makes it harmless."""

    def show_answer(self, states: Iterator[Answer]) -> Answer:
        """Show an answer as it grows; return its last state."""

    def show_text(self, text: str, style: str = "") -> None:
        """Show what the user asked to see. ``style`` is "", "bold", "dim" or "quote"."""

    def show_papers(self, numbered: Sequence[tuple[int, Paper]]) -> None:
        """Show papers with their numbers, one a line."""

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show a table whose first column names its rows."""

    def note(self, text: str) -> None:
        """Show a remark beside the answer: what is asked, which filters hold, what failed."""

"""A text with the numbers in it, and which token holds each."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.support.agreement import rate
from rag.answering.support.quantity import Quantity
from rag.answering.support.wording import Wording


@dataclass(frozen=True, eq=False)
class Figures:
    """A wording with its quantities in order."""

    wording: Wording
    quantities: Sequence[Quantity]

    def token_at(self, quantity: Quantity) -> int:
        """Return the index of the first token that the quantity covers."""
        return min(bisect_right(self._ends, quantity.start), len(self._ends) - 1)

    @cached_property
    def _ends(self) -> list[int]:
        return [token.end for token in self.wording.tokens]

    def tells(self, quantity: Quantity) -> bool:
        """Tell whether one of these quantities stands for ``quantity``."""
        return any(rate(own, quantity) is not None for own in self.quantities)

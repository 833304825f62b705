"""What a number of a text is: its value, unit, and the comparison that stands with it.

Read from texts by ``quantities.py``, compared by ``agreement.py``.
"""

from dataclasses import dataclass
from enum import StrEnum

PAIRS = frozenset({"both", "dual", "pair", "couple"})  # numbers that are seldom a finding


class Unit(StrEnum):
    """What a number counts. BARE covers things, years, scores and dimensions."""

    BARE = ""
    PERCENT = "%"
    POINTS = "percentage points"
    TIMES = "times"
    FRACTION = "fraction"


class Bound(StrEnum):
    """The comparison that stands before (or, as in ``30+``, after) a number."""

    NONE = ""
    ABOVE = "more than"
    OVER = "over"  # "over ten tasks" may also mean "across ten tasks"
    BELOW = "less than"
    UP_TO = "up to"
    ABOUT = "about"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number: ``text[start:end]`` is where it stands, ``decimals`` its precision.

    ``value`` is in the unit (41.9 for ``41.9%``), scale words multiplied in.
    ``partner`` is the other end of a range ("from 15.3% to 94.7%"); ``opens`` marks the first.
    ``up_to_before`` tells that an "up to" before an earlier number may hold for this one.
    ``measure`` is what it is measured in ("second", "byte"), and ``scale`` how many of these
    one is: 60 for a minute.
    """

    value: float
    unit: Unit
    bound: Bound
    start: int
    end: int
    text: str
    decimals: int = 0
    partner: float | None = None
    opens: bool = False
    up_to_before: bool = False
    measure: str = ""
    scale: float = 1.0

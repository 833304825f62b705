"""Decide whether one number bears out another: the same value, unit, and comparison."""

from collections.abc import Sequence

from rag.answering.support.quantity import Bound, Quantity, Unit

FINE, LOOSELY, WRONGLY = 0, 1, 2
ROUNDING = 0.05  # how far a number told with "about" may be off
SPARE = 0.2  # how far beyond a round number one may lie that is told as "more than" it
_LARGE = 100  # from here a number with one digit and noughts is round

# (claimed, found) → how badly the comparisons agree; what is not listed is fine.
_BOUNDS = {
    (Bound.ABOVE, Bound.NONE): LOOSELY, (Bound.ABOVE, Bound.ABOUT): LOOSELY,
    (Bound.ABOVE, Bound.UP_TO): WRONGLY, (Bound.ABOVE, Bound.BELOW): WRONGLY,
    (Bound.BELOW, Bound.NONE): LOOSELY, (Bound.BELOW, Bound.UP_TO): LOOSELY,
    (Bound.BELOW, Bound.ABOVE): WRONGLY,
    (Bound.UP_TO, Bound.NONE): LOOSELY, (Bound.UP_TO, Bound.ABOVE): WRONGLY,
    (Bound.NONE, Bound.UP_TO): LOOSELY, (Bound.ABOUT, Bound.UP_TO): LOOSELY,
}  # fmt: skip


def rate(claimed: Quantity, found: Quantity) -> int | None:
    """Return how ``found`` bears ``claimed`` out: FINE, LOOSELY or WRONGLY; None: another number."""
    if _same_part(claimed, found):
        return _bound_gap(claimed, found)
    unit = _unit_gap(claimed, found)
    if claimed.measure != found.measure and claimed.measure and found.measure:
        return None
    if unit is None or not _same_value(claimed, found):
        return None
    return max(unit, _bound_gap(claimed, found))


def mispaired(claimed: Quantity, fitting: Sequence[Quantity]) -> bool:
    """Tell whether the abstract knows ``claimed`` only as the end of other ranges, or turned round."""
    partners = [f.partner for f in fitting if f.partner is not None]
    if claimed.partner is None or not partners or len(partners) < len(fitting):
        return False
    ends = [(f.partner, f.opens) for f in fitting]
    return (claimed.partner, claimed.opens) not in ends


def _bound_gap(claimed: Quantity, found: Quantity) -> int:
    if found.bound is Bound.ONLY and claimed.bound is Bound.UP_TO:
        return FINE  # "no more than 5%" of "only 5%"
    if claimed.bound is Bound.OVER and claimed.unit is Unit.BARE and found.bound is Bound.NONE:
        return FINE  # "over ten tasks" as in "across ten tasks"
    if claimed.bound is Bound.UP_TO and found.up_to_before:
        return FINE
    pair = (_plain(claimed.bound), _plain(found.bound))
    if pair[0] is Bound.ABOVE and found.opens:
        return FINE  # "more than a hundred times" of "100-1,000 times"
    return _BOUNDS.get(pair, FINE)


def _plain(bound: Bound) -> Bound:
    if bound is Bound.ONLY:
        return Bound.NONE
    return Bound.ABOVE if bound is Bound.OVER else bound


def _same_value(claimed: Quantity, found: Quantity) -> bool:
    one, other = _scaled(claimed), _scaled(found)
    if abs(one - other) <= 1e-9 * max(1.0, abs(one)):
        return True
    if found.value < 0 <= claimed.value:
        return abs(one + other) <= 1e-9 * max(1.0, abs(one))  # "-6.2%" told as "drops by 6.2%"
    if claimed.bound is Bound.ABOUT:
        return abs(one - other) <= ROUNDING * abs(other)
    return _is_round(claimed, one) and _lies_beyond(claimed.bound, one, found.bound, other)


def _is_round(quantity: Quantity, value: float) -> bool:
    """Tell whether a number is a part in words, or large with one digit that is not nought."""
    if quantity.unit is Unit.FRACTION:
        return not any(c.isdigit() for c in quantity.text)
    return value >= _LARGE and len(f"{value:.0f}".rstrip("0")) == 1


def _lies_beyond(claimed: Bound, limit: float, told: Bound, value: float) -> bool:
    """Tell whether a number keeps to "over half a million" or "less than a third"."""
    if claimed in (Bound.ABOVE, Bound.OVER):
        return told in (Bound.NONE, Bound.ABOVE) and limit < value <= limit * (1 + SPARE)
    return claimed is Bound.BELOW and told is Bound.NONE and limit * (1 - SPARE) <= value < limit


def _scaled(quantity: Quantity) -> float:
    return quantity.value * (100 if quantity.unit is Unit.FRACTION else quantity.scale)


def _same_part(one: Quantity, other: Quantity) -> bool:
    """Tell whether both are the same part of one thing: "half a turn" of "0.5 turn"."""
    units = {one.unit, other.unit}
    return units == {Unit.FRACTION, Unit.BARE} and one.value == other.value < 1


def _unit_gap(claimed: Quantity, found: Quantity) -> int | None:
    units = {claimed.unit, found.unit}
    if len(units) == 1 or units in ({Unit.FRACTION, Unit.PERCENT}, {Unit.BARE, Unit.POINTS}):
        return FINE
    if "point" in (claimed.measure, found.measure) and units == {Unit.PERCENT, Unit.POINTS}:
        return FINE  # "29.2% absolute"
    if units in ({Unit.PERCENT, Unit.POINTS}, {Unit.BARE, Unit.TIMES}):
        return LOOSELY
    if units == {Unit.BARE, Unit.PERCENT} and (claimed.decimals or found.decimals):
        return FINE  # "94.0 pass@1"; whole numbers without a unit count things
    return None

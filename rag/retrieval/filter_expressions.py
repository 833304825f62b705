"""Conditions that are given explicitly: ``key=value`` expressions of the command line.

An unknown key, an operator that a key does not have and an absurd value are errors that
name what is valid; nothing is guessed and nothing is dropped.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from rag.corpus.normalise import parse_date
from rag.errors import UsageError
from rag.retrieval.filters import COUNTED, ORDERS, Filters
from rag.retrieval.periods import Period, iso_period

_EXPRESSION = re.compile(r"\s*([\w-]+)\s*(<=|>=|==|!=|=|<|>|:)\s*(.*?)\s*", re.DOTALL)
_COMPARISONS = ("=", ">=", "<=", ">", "<")
OPERATORS = {
    "date": _COMPARISONS, "since": ("=",), "until": ("=",), "org": ("=",),
    "authors": _COMPARISONS, "comments": _COMPARISONS, "upvotes": _COMPARISONS,
    "category": ("=",), "source": ("=",), "order": ("=",),
}  # fmt: skip
_SYNONYMS = {"organisation": "org", "organization": "org", "published": "date", "year": "date"}
_DIGITS = re.compile(r"[\d\s./-]*")
_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{1,2}){0,2}")
_LARGEST_COUNT = 1_000_000
_YEARS = range(1500, 2101)
_LONGEST_VALUE = 200
_ONE_DAY = timedelta(days=1)


def parse_filters(expressions: Sequence[str]) -> Filters:
    """Return the filters that expressions such as ``authors>=3`` or ``date=2025-08`` set.

    Dates are years, months or days; several expressions must all hold. Raises UsageError.
    """
    filters = Filters()
    for expression in expressions:
        key, sign, value = _split(expression)
        filters = _added(filters, _READERS[key](key, sign, value), expression)
    for low, high in (("date_from", "date_to"), *((f"{n}_min", f"{n}_max") for n in COUNTED)):
        first, last = getattr(filters, low), getattr(filters, high)
        if first is not None and last is not None and first > last:
            raise UsageError(
                f"the filters contradict each other: nothing lies from {first} to {last}; "
                "mend: drop one of them"
            )
    return filters


def _split(expression: str) -> tuple[str, str, str]:
    match = _EXPRESSION.fullmatch(expression)
    keys = ", ".join(OPERATORS)
    if not match:
        raise UsageError(
            f"filter {expression[:60]!r} has no form key=value; the keys are {keys}, "
            "as in authors>=3 or date=2025-08"
        )
    key, sign, value = match.group(1).lower(), match.group(2), match.group(3)
    key = _SYNONYMS.get(key, key)
    if key not in OPERATORS:
        near = get_close_matches(key, OPERATORS, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ";"
        raise UsageError(f"unknown filter key {key[:40]!r}{hint} the keys are {keys}")
    sign = "=" if sign in ("==", ":") else sign
    if sign not in OPERATORS[key]:
        raise UsageError(
            f"filter {key} does not take {sign!r}; it takes {' '.join(OPERATORS[key])}"
        )
    if not value or len(value) > _LONGEST_VALUE or not value.isprintable():
        raise UsageError(f"filter {key}: the value is empty, too long or not printable")
    return key, sign, value


def _added(filters: Filters, values: dict[str, Any], expression: str) -> Filters:
    for name, value in values.items():
        before = getattr(filters, name)
        if before is None:
            filters = replace(filters, **{name: value})
        elif name.endswith(("_from", "_min")):
            filters = replace(filters, **{name: max(before, value)})
        elif name.endswith(("_to", "_max")):
            filters = replace(filters, **{name: min(before, value)})
        elif before != value:
            raise UsageError(
                f"filter {expression[:60]!r}: {name} is {before!r} already; give it once"
            )
    return filters


def _read_date(key: str, sign: str, value: str) -> dict[str, Any]:
    sign = {"since": ">=", "until": "<="}.get(key, sign)
    first, separator, last = value.partition("..")
    period = _period(key, first)
    if separator:
        if sign != "=":
            raise UsageError(f"filter {key}: a range a..b goes with date=, not with {key}{sign}")
        period = Period(period.first, _period(key, last).last)
    values = {
        "=": {"date_from": period.first, "date_to": period.last},
        ">=": {"date_from": period.first},
        "<=": {"date_to": period.last},
        ">": {"date_from": period.last + _ONE_DAY},
        "<": {"date_to": period.first - _ONE_DAY},
    }[sign]
    return {name: day.isoformat() for name, day in values.items()}


def _period(key: str, value: str) -> Period:
    value = value.strip()
    # Digits are read strictly: a reader of files may make a year of "2025-13".
    parsed = None if _DIGITS.fullmatch(value) else parse_date(value)
    iso = value if _ISO.fullmatch(value) else (parsed[0] if parsed else "")
    if iso and int(iso[:4]) not in _YEARS:
        raise UsageError(
            f"filter {key}: the year of {value[:40]!r} must lie between "
            f"{_YEARS.start} and {_YEARS.stop - 1}"
        )
    try:
        return iso_period(iso)
    except ValueError:
        raise UsageError(
            f"filter {key}: {value[:40]!r} is no date; write 2025, 2025-08 or 2025-08-07"
        ) from None


def _read_count(key: str, sign: str, value: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) > _LARGEST_COUNT:
        raise UsageError(
            f"filter {key}: {value[:40]!r} must be a whole number from 0 to {_LARGEST_COUNT:,}"
        )
    count = int(value)
    low, high = f"{key}_min", f"{key}_max"
    if sign == "<" and count == 0:
        raise UsageError(f"filter {key}: no count is below 0")
    return {
        "=": {low: count, high: count},
        ">=": {low: count},
        "<=": {high: count},
        ">": {low: count + 1},
        "<": {high: count - 1},
    }[sign]


def _read_order(key: str, _sign: str, value: str) -> dict[str, Any]:
    name = re.sub(r"[\s-]+", "_", value.lower())
    if name not in ORDERS:
        near = get_close_matches(name, ORDERS, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(
            f"filter {key}: unknown order {value[:40]!r}{hint} The orders are {', '.join(ORDERS)}"
        )
    return {"order": name}


def _read_text(key: str, _sign: str, value: str) -> dict[str, Any]:
    return {{"org": "organisation"}.get(key, key): value}


_Reader = Callable[[str, str, str], dict[str, Any]]
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(("date", "since", "until"), _read_date),
    **dict.fromkeys(("authors", "comments", "upvotes"), _read_count),
    **dict.fromkeys(("org", "category", "source"), _read_text),
    "order": _read_order,
}

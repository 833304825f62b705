"""Read an expression of time as a period of whole days: "Q3 2025", "the last two years".

Whether a period is a date of publication is decided in ``dates``.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from rag.retrieval.cues import NUMBER, number


class Period(NamedTuple):
    """Whole days from ``first`` to ``last``, both included.

    ``boundary`` is set for "the middle of 2023" and its like: the day that begins what
    follows, for use with "until" and "since".
    """

    first: date
    last: date
    boundary: date | None = None


_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
# No part of a larger number, a quantity or a name such as 2012-ImageNet.
_YEAR = r"(?:19|20)\d\d(?![\w%]|[.,]\d|-[A-Za-z]|-\d{1,3}\b)"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
_PART = r"(?:the )?(?:early|mid|late|middle of|start of|beginning of|end of)"
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SEASON = f"(?:{'|'.join(_SEASONS)})"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_ORDINAL = r"(?:first|second|third|fourth|last|final|1st|2nd|3rd|4th)"
_ONE_DAY = timedelta(days=1)


def iso_period(iso: str) -> Period:
    """Return the days of an ISO date cut to a year, a month or a day. Raises ValueError."""
    year, month, day = [int(part) for part in iso.split("-")] + [0] * (2 - iso.count("-"))
    start = date(year, month or 1, day or 1)
    if day:
        return Period(start, start)
    return months(year, month or 1, 1 if month else 12)


def months(year: int, month: int, count: int) -> Period:
    """Return ``count`` whole months from the first of ``month``; months beyond 12 carry on."""
    first, end = _month_start(year, month), _month_start(year, month + count)
    return Period(first, end - _ONE_DAY)


def _month_start(year: int, month: int) -> date:
    carried, index = divmod(month - 1, 12)
    return date(year + carried, index + 1, 1)


def _part(period: Period, part: str | None) -> Period:
    """Return the third of a year or month that "early", "mid" or "the end of" names."""
    if not part:
        return period
    word = part.lower().removeprefix("the ").split()[0]
    first, last = period.first, period.last
    if (last - first).days > 31:
        thirds = [months(first.year, month, 4) for month in (1, 5, 9)]
        middle = date(first.year, 7, 1)
    else:
        tenth, twentieth = first.replace(day=10), first.replace(day=20)
        thirds = [Period(first, tenth), Period(tenth + _ONE_DAY, twentieth),
                  Period(twentieth + _ONE_DAY, last)]  # fmt: skip
        middle = first.replace(day=16)
    index = {"mid": 1, "middle": 1, "late": 2, "end": 2}.get(word, 0)
    boundaries = {"mid": middle, "middle": middle, "start": first, "beginning": first,
                  "end": last + _ONE_DAY}  # fmt: skip
    return thirds[index]._replace(boundary=boundaries.get(word))


def _month_number(name: str) -> int:
    return _MONTH_NAMES.index(name[:3].lower()) + 1


def _day_first(m: re.Match[str], _: date) -> Period:
    return _one_day(m.group(3), m.group(2), m.group(1))


def _month_first(m: re.Match[str], _: date) -> Period:
    return _one_day(m.group(3), m.group(1), m.group(2))


def _one_day(year: str, month: str, day: str) -> Period:
    found = date(int(year), _month_number(month), int(re.sub(r"\D", "", day)))
    return Period(found, found)


def _latest_day(m: re.Match[str], newest: date) -> Period:
    month, day = (m.group(1), m.group(2)) if m.group(1)[0].isalpha() else (m.group(2), m.group(1))
    found = _one_day(str(newest.year), month, day)
    return found if found.first <= newest else _one_day(str(newest.year - 1), month, day)


def _decade(m: re.Match[str], _: date) -> Period:
    return months(int(m.group(1)), 1, 120)


def _iso(m: re.Match[str], _: date) -> Period:
    return iso_period("-".join(part for part in m.groups() if part))


def _month_of_year(m: re.Match[str], _: date) -> Period:
    return _part(months(int(m.group(3)), _month_number(m.group(2)), 1), m.group(1))


def _quarter_or_half(m: re.Match[str], _: date) -> Period:
    letter, digit, ordinal, noun, year = m.groups()
    length = 3 if (letter or noun).lower().startswith("q") else 6
    named = (ordinal or "").lower()
    if named in ("last", "final"):
        index = 12 // length
    else:
        index = int(digit or _ORDINALS.get(named) or named[0])
    if index * length > 12:
        raise ValueError(m.group())
    return months(int(year), (index - 1) * length + 1, length)


def _year_quarter(m: re.Match[str], _: date) -> Period:
    return months(int(m.group(1)), int(m.group(2)) * 3 - 2, 3)


def _some_months(m: re.Match[str], _: date) -> Period:
    count = number(m.group(2))
    if count > 12:
        raise ValueError(m.group())
    first = 1 if m.group(1).lower() == "first" else 13 - count
    return months(int(m.group(3)), first, count)


def _season_of_year(m: re.Match[str], _: date) -> Period:
    return months(int(m.group(2)), _SEASONS[m.group(1).lower()], 3)


def _year(m: re.Match[str], _: date) -> Period:
    return _part(months(int(m.group(2)), 1, 12), m.group(1))


def _calendar(m: re.Match[str], newest: date) -> Period:
    word, unit = m.group(1).lower(), m.group(2).lower()
    # "Last year" is the calendar's, "the last year" and "the past year" end with today.
    if unit == "week" or word == "past" or m.group().lower().startswith("the last"):
        return _rolling(1, unit, newest)
    back = 0 if word in ("this", "current") else 1
    if unit == "year":
        return months(newest.year - back, 1, 12)
    return months(newest.year, newest.month - back, 1)


def _last_several(m: re.Match[str], newest: date) -> Period:
    return _rolling(number(m.group(1)), m.group(2).lower(), newest)


def _rolling(count: int, unit: str, newest: date) -> Period:
    """Return the days, weeks, months or years that end with the newest paper."""
    if unit.startswith(("day", "week")):
        return Period(newest - timedelta(days=count * (7 if unit[0] == "w" else 1) - 1), newest)
    start = _month_start(newest.year, newest.month - count * (12 if unit[0] == "y" else 1))
    same_day = min(newest.day, monthrange(start.year, start.month)[1])
    return Period(start.replace(day=same_day) + _ONE_DAY, newest)


def _latest_month(m: re.Match[str], newest: date) -> Period:
    return _latest(m, _month_number(m.group(2)), 1, newest)


def _latest_season(m: re.Match[str], newest: date) -> Period:
    return _latest(m, _SEASONS[m.group(2).lower()], 3, newest)


def _latest(m: re.Match[str], month: int, count: int, newest: date) -> Period:
    """Return the latest such months that have begun, or, after "last", that are over."""
    period = months(newest.year, month, count)
    begun = (period.last if (m.group(1) or "").lower() == "last" else period.first) <= newest
    return period if begun else months(newest.year - 1, month, count)


_Builder = Callable[[re.Match[str], date], Period]
# Longer forms before the shorter ones that they begin with.
_FORMS: tuple[tuple[str, _Builder], ...] = (
    (r"(\d{4})[-/](\d\d)(?:[-/](\d\d))?(?![\w-])", _iso),
    (rf"(?:the )?({_DAY})(?: of)? ({_MONTH}),? ({_YEAR})", _day_first),
    (rf"({_MONTH}) ({_DAY}),? ({_YEAR})", _month_first),
    (rf"(?:({_PART})[ -])?({_MONTH})(?: of|,)? ({_YEAR})", _month_of_year),
    (rf"(?:the )?(?:([qh])([1-4])|({_ORDINAL}) (quarter|half))(?: of|,)? ({_YEAR})",
     _quarter_or_half),
    (r"((?:19|20)\d\d)[ -]?q([1-4])\b", _year_quarter),
    (rf"(?:the )?(first|last|final) ({NUMBER}) months of ({_YEAR})", _some_months),
    (rf"(?:the )?({_SEASON})(?: of|,)? ({_YEAR})", _season_of_year),
    (rf"(?:({_PART})[ -])?(?:the year )?({_YEAR})", _year),
    (rf"(?:the )?(?:last|past|previous) ({NUMBER}) (years?|months?|weeks?|days?)\b", _last_several),
    (r"(?:the )?(last|past|previous|this|current) (year|month|week)\b", _calendar),
    (rf"(?:the )?({_DAY})(?: of)? ({_MONTH})", _latest_day),
    (rf"({_MONTH}) ({_DAY})(?!\w)", _latest_day),
    (rf"(?:(last|this) )?({_MONTH})", _latest_month),
    (r"(?:the )?((?:19|20)\d0)['’]?s\b", _decade),
    (rf"(last|this) ({_SEASON})\b", _latest_season),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), build) for pattern, build in _FORMS)
_UNGROUPED = "|".join(re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern) for pattern, _ in _FORMS)
PERIOD = f"(?:{_UNGROUPED})"


def read_period(text: str, newest: date) -> Period | None:
    """Return the period that ``text``, all of it, names, or None.

    What is relative, and a month without a year, is understood as of ``newest``.
    """
    for pattern, build in _COMPILED:
        if match := pattern.fullmatch(text):
            try:
                return build(match, newest)
            except (ValueError, KeyError, OverflowError):
                return None
    return None

"""Find the dates of publication that a question asks for.

What an expression of time means stands in ``periods``; whether it belongs to papers rather
than to a benchmark, a version or an event is decided in ``publication``.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from rag.retrieval.cues import Reading, is_negated, words_after
from rag.retrieval.periods import PERIOD, Period, read_period
from rag.retrieval.publication import HAS_YEAR, YEAR_ONLY, is_publication

_ONE_DAY = timedelta(days=1)
_WORDS = {
    "since": r"since|starting (?:in|from|with)|not before|(?:no|not) (?:earlier|older) than",
    "after": r"after|later than|newer than|more recent than|younger than",
    "before": r"before|prior to|earlier than|older than|predat(?:e|es|ing)",
    "until": r"up until|until|till|up to|through|not after|by|(?:no|not) (?:later|newer|younger|more recent) than",
    "in": r"in|during|within|throughout|over|from|of|dated|for|around|on",
}
_FILLER = r"(?:the (?:period|years|months)(?: of| from| between)? )?"
_START = r"(?<![\w.,$€£#/])(?<![A-Za-z\d]-)"  # not within 1,2024 or ImageNet-2012
_TAIL = (
    r"(?P<tail> ?(?:onwards?|on(?=\s*(?:$|[,.;?!]))|(?:and|or) (?:later|beyond|earlier)|"
    r"(?:and|or) (?:after|newer|before|older)(?! \w)))?(?P<only> only| alone)?"
)
_BOUND = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{k}>{w})" for k, w in _WORDS.items())
    + rf") (?:and including )?{_FILLER}"
    rf"(?P<period>{PERIOD}){_TAIL}",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"\b(?P<side>pre|post)-(?P<period>(?:19|20)\d\d)\b", re.IGNORECASE)
_BARE = re.compile(rf"{_START}(?P<period>{PERIOD})(?P<possessive>['’]s)?{_TAIL}", re.IGNORECASE)

# "in 2000 steps": a year of four digits may be a count.
_COUNTED_THINGS = re.compile(
    r"(?:steps?|tokens?|examples?|samples?|episodes?|epochs?|iterations?|gpus?|hours?|minutes?|"
    r"images?|words?|sentences?|tasks?|trajectories|participants?|people|pairs?|hz|km|m|ms|"
    r"problems?|questions?|documents?|patients?|users?|parameters?|rollouts?|times|degrees?)"
)


def read_dates(text: str, newest: date) -> list[Reading]:
    """Return the dates of publication asked for, in order of their place in ``text``.

    ``newest`` is the date of the newest paper, to which relative dates refer. Stretches
    that are negated come back with ``why_not`` set.
    """
    seen: list[tuple[int, int]] = []
    readings = []
    for match, kind, period in _candidates(text, newest):
        start, end = match.span()
        if any(start < b and a < end for a, b in seen):
            continue
        seen.append((start, end))
        if period is None or not _plausible(match, newest) or not is_publication(match, kind):
            continue
        why_not = "negated" if is_negated(text, start) else ""
        readings.append(Reading(start, end, _bounds(kind, period), why_not))
    return sorted(readings)


@cache
def _range_pattern() -> re.Pattern[str]:
    """Return what matches "from 2020 to 2024"; made when a question has a date, being large."""
    return re.compile(
        rf"(?:\b(?P<word>between|from|in|during|of|over|within) {_FILLER})?{_START}(?P<first>{PERIOD})"
        rf"(?P<joint> ?[-–—] ?| (?:to|until|till|through|up to|and|or) )(?P<last>{PERIOD})",
        re.IGNORECASE,
    )


def _candidates(text: str, newest: date) -> Iterator[tuple[re.Match[str], str, Period | None]]:
    ranges = _range_pattern().finditer(text) if _BARE.search(text) else ()
    for match in ranges:
        if match.group("joint").strip().lower() in ("and", "or") and not match.group("word"):
            continue
        yield match, "in" if match.group("word") else "bare", _range(match, newest)
    for match in _BOUND.finditer(text):
        period = read_period(match.group("period"), newest)
        # "on" names a day; "papers on 2024" is a topic.
        is_topic = match.group("in") in ("on", "On") and period and period.first != period.last
        yield match, _kind(match), None if is_topic else period
    for match in _PREFIXED.finditer(text):
        kind = "before" if match.group("side").lower() == "pre" else "after"
        yield match, kind, read_period(match.group("period"), newest)
    for match in _BARE.finditer(text):
        tail = _tail_kind(match)
        yield match, tail or "bare", read_period(match.group("period"), newest)


def _range(match: re.Match[str], newest: date) -> Period | None:
    """Return the period from the first to the last; the first borrows the last's year."""
    last = read_period(match.group("last"), newest)
    first = last and read_period(match.group("first"), last.last)
    if not first or not last or first.first > last.last:
        return None
    end = last.boundary - _ONE_DAY if last.boundary else last.last
    return Period(first.boundary or first.first, end)


def _kind(match: re.Match[str]) -> str:
    tail = _tail_kind(match)
    return tail or next(kind for kind in _WORDS if match.group(kind))


def _tail_kind(match: re.Match[str]) -> str:
    tail = (match.group("tail") or "").split()
    if not tail:
        return ""
    return "until" if tail[-1].lower() in ("earlier", "before", "older") else "since"


def _bounds(kind: str, period: Period) -> dict[str, str]:
    first, last, boundary = period
    days = {
        "since": {"date_from": boundary or first},
        "after": {"date_from": boundary or last + _ONE_DAY},
        "before": {"date_to": (boundary or first) - _ONE_DAY},
        "until": {"date_to": boundary - _ONE_DAY if boundary else last},
    }.get(kind, {"date_from": first, "date_to": last})
    return {name: day.isoformat() for name, day in days.items()}


def _plausible(match: re.Match[str], newest: date) -> bool:
    """Tell whether the expression can be a date at all: no count, no verb, no far future."""
    text = match.string
    years = [int(year) for year in YEAR_ONLY.findall(match.group())]
    if any(year > newest.year + 1 for year in years):
        return False
    after = words_after(text, match.end())
    if years and YEAR_ONLY.fullmatch(match.group().rsplit(" ", 1)[-1]):
        return not any(_COUNTED_THINGS.fullmatch(word.lower()) for word in after[:2])
    return bool(years) or _no_verb(match)


def _no_verb(match: re.Match[str]) -> bool:
    """Tell a month without a year from "may", "march" and other words."""
    if HAS_YEAR.search(match.group()):
        return True
    groups = match.groupdict()
    if groups.get("first"):
        return bool(groups["word"]) and match.group("last")[0].isupper()
    return not (groups.get("for") or "possessive" in groups) and match.group("period")[0].isupper()

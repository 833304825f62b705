r"""Read the quantities of a text: digits, words, units, ranges, bounds, lists that count.

``18.5 %``, ``18.5 percent`` and ``18.5\\%`` are one quantity, as are ``1,000`` and ``1K``, or
``twice`` and ``2x``. Numbers inside names (GPT-4o, MATH-500, Llama 2) belong to ``names.py``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.answering.support.measures import measured_in
from rag.answering.support.numbered import belongs_to_name
from rag.answering.support.numerals import ONES, PARTS, SCALES, TENS, TIMES, WORDS
from rag.answering.support.quantity import Bound, Quantity, Unit

_DIGITS_END = 40  # characters after a number in which its unit may stand


_WORD_NUMBER = "|".join([*ONES[1:], *TENS, "dozen"])
_SCALE_WORD = "hundred|thousand|million|billion|trillion|dozen"
_NUMBER = re.compile(
    r"(?:(?<![\w.@^/-])|(?<=\s-)|(?<=\bsim)|(?<=\bapprox)|(?<=\btimes)|(?<=\darrow)|(?<=\drightarrow)|(?<=\+/-)|(?<=\d--)|(?<=[\d%BKMkx][/–-]))"
    r"(?P<sign>(?<![\w)-])[-+−±](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,9})?)"
    r"(?P<suffix>[kKMBT](?![A-Za-z])|[xX]\b|×)?"
    r"(?!(?!(?:times|[kcm]m|ms|[kKMGT]B|k?Hz)\b|(?:right)?arrow\d)[A-Za-z_\d]|\.\d|,\d{3}\b)",
)
_SPELLED = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})-(?P<unit>{'|'.join(ONES[1:10])})"
    rf"|(?P<word>{_WORD_NUMBER}|both|pair|couple|dual|trio|triad|quartet))"
    rf"(?P<fold>fold)?\b(?!-shot)",
    re.IGNORECASE,
)
_ARTICLE_SCALE = re.compile(
    rf"\ban? (?P<scale>{_SCALE_WORD})\b|\b(?P<fused>million|hundred|thousand)-", re.IGNORECASE
)
_ARTICLE_HALF = re.compile(r"\b(an?)\s[a-z]+ and a half\b")
_TIMES_WORD = re.compile(rf"\b(?:{'|'.join(TIMES)})\b(?! as an?\b)", re.IGNORECASE)
_ENUMERATOR = re.compile(r"(?:^|(?<=[\s(]))[1-9]\)(?=\s+[^\W\d])")  # "1) sampling; 2) a reward"
_PART = re.compile(
    r"\b(?:(?P<n>an?|one|two|three|four|nine|\d)[ -])?"
    r"(?P<part>halv(?:e[sd]?|ing)|half|thirds?|quarters?|fourths?|fifths?|sixths?|tenths?)\b",
    re.IGNORECASE,
)
_OF_A_PART = re.compile(r"\s*(?:$|[.,;:)]|of\b|the\b|as\b|less\b|more\b|fewer\b|to\b|on\b|in\b)")
_SLASH = re.compile(r"(?<![\w.%/])(?P<a>[1-9])/(?P<b>[2-9]|10)(?![\w.%/])")
_UNIT = re.compile(
    r"[\s~${]*(?:(?:absolute|relative|average|full)\s+)?"
    r"(?:(?P<points>(?:percentage|percent|%|\\%)[\s-]points?\b|points?\b|pp\b|p\.p\.)"
    r"|(?P<percent>\\?%|per\s?cent\b|percentage\b)"
    r"|(?P<times>-?\s?fold\b|[-\s]?times\b(?!\s+series|\s*\d)|\\times|×|x\b))",
    re.IGNORECASE,
)
_SCALE = re.compile(r"[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|dozen|[kKMB]\b)")
_GAP_NUMBER = re.compile(
    r"(?<![\w.])(\d{1,3}),?[ \u00a0\u2009\u202f](\d{3})(?![\w,]|\.\d)"
)  # "19, 653" of some sources
_BOUND_BEFORE = re.compile(
    r"(?:(?P<over>over(?: an?)?)|(?P<above>(?:more|greater|higher|larger|better|longer|faster) than(?: an?)?|above"
    r"|at least|exceed(?:s|ing|ed)?|surpass(?:es|ing|ed)?|no (?:less|fewer) than|>=?|≥"
    r"|\\geq?|a minimum of)"
    r"|(?P<below>(?:less|fewer|lower|smaller|shorter) than(?: an?)?|under|below|within|<=?|≤|\\leq?|a maximum of)"
    r"|(?P<up>(?<!add )(?<!adds )(?<!adding )up to|at most|no more than|not more than|as (?:much|many|high|low|large) as|by to|reach(?:es|ing)? up to)"
    r"|(?P<only>only|just|merely|mere|as (?:few|little) as)"
    r"|(?P<about>about|around|roughly|approximately|nearly|almost|near|close to|some|circa|~|≈"
    r"|\\sim|\bsim|\bapprox|an estimated|a near))"
    r"[\s$({]*(?:(?:an?|the|another)(?:\s+[a-z]{2,10}(?:ial|ant|nal|ive|ble|her|tra))?\s+)?$",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(r"[\s-]?[a-z]+ and a half\b")
# "Three in ten" counts neither threes nor tens, and is told of many a percentage.
_RATIO = re.compile(
    rf"\b(?:{'|'.join(ONES[1:])}) (?:\w+ )?(?:in|out of)(?: every)? "
    rf"(?:{'|'.join([*ONES[2:], *TENS])}|a (?:hundred|thousand|million))\b",
    re.IGNORECASE,
)
_JOINT = 14  # characters between the two ends of a range
_FACTOR = re.compile(r"\bfactors? of (?:up to |about |more than |over |around |nearly )?$")
_RANGE_JOIN = re.compile(
    r"\\?%?\s*(?:-{1,3}|–|—|to|and|→|->|\\?(?:right)?arrow|up to|down to)\s*\$?[~+]?$",
    re.IGNORECASE,
)
_LISTED_ON = re.compile(r"[^.;:]{0,60}?(?:,|\band\b|/)[^.;:,]{0,24}")
_RANGE_LEAD = re.compile(
    r"(?:between|from|by|of|range[sd]?|at)\W*(?:an average of )?[\s~+$]*$", re.IGNORECASE
)


def quantities(text: str) -> list[Quantity]:
    """Return the quantities of ``text`` in order of their place.

    "one" and "zero" alone are not read: they are seldom numbers in prose.
    """
    ratios = [match.span() for match in _RATIO.finditer(text)]
    found = [
        quantity
        for quantity in (
            *_digit_quantities(text), *_spelled(text), *_multiples(text), *_parts(text)
        )
        if not any(start <= quantity.start < end for start, end in ratios)
    ]  # fmt: skip
    return _linked(text, sorted(_outermost(found), key=lambda q: (q.start, -q.end)))


def _outermost(found: list[Quantity]) -> list[Quantity]:
    kept: list[Quantity] = []
    for quantity in sorted(found, key=lambda q: (q.start, -(q.end - q.start))):
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return kept


def _digit_quantities(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        digits = match["digits"]
        if belongs_to_name(text, *match.span()) or _ENUMERATOR.match(text, match.start()):
            continue
        value = float(digits.replace(",", ""))
        suffix = (match["suffix"] or "").lower()
        if (match["sign"] or "") in ("-", "−"):
            value = -value
        times = suffix in ("x", "×")
        value *= SCALES.get(suffix, 1.0)
        decimals = len(digits.partition(".")[2]) if not suffix or times else 9
        quantity = _with_unit(text, match.start(), match.end(), value, decimals)
        yield replace(quantity, unit=Unit.TIMES) if times else quantity
    for match in _GAP_NUMBER.finditer(text):
        yield _with_unit(text, match.start(), match.end(), float(match[1] + match[2]), 0)


def _with_unit(text: str, start: int, end: int, value: float, decimals: int) -> Quantity:
    while scale := _SCALE.match(text, end, end + _DIGITS_END):  # "two hundred thousand"
        value *= SCALES[scale["scale"].lower()]
        end, decimals = scale.end(), 9
    measure, factor = measured_in(text, end)
    if measure and _AND_A_HALF.match(text, end):
        value, decimals = value + 0.5, 1  # "two hours and a half"
    unit = Unit.BARE
    found = _UNIT.match(text, end, end + _DIGITS_END)
    if found:
        if found["percent"] and text.startswith(" absolute", found.end()):
            measure = "point"
        unit = Unit.POINTS if found["points"] else Unit.PERCENT if found["percent"] else Unit.TIMES
        end = found.end()
    elif _FACTOR.search(text, max(0, start - 24), start):
        unit = Unit.TIMES
    bound = Bound.NONE if text.startswith("-bit", end) else _bound_before(text, start)
    if text[end : end + 1] == "+" or text[end : end + 8].lower() == " or more":
        bound = Bound.ABOVE
    return Quantity(
        value,
        unit,
        bound,
        start,
        end,
        text[start:end].strip(),
        decimals,
        measure=measure,
        scale=factor,
    )


def _bound_before(text: str, start: int) -> Bound:
    found = _BOUND_BEFORE.search(text[max(0, start - 36) : start])
    if not found or _inside_word(text, max(0, start - 36) + found.start()):
        return Bound.NONE
    if found["above"] or found["over"]:
        return Bound.ABOVE if found["above"] else Bound.OVER
    if found["below"]:
        return Bound.BELOW
    if found["only"]:
        return Bound.ONLY
    return Bound.UP_TO if found["up"] else Bound.ABOUT


def _inside_word(text: str, at: int) -> bool:
    return at > 0 and text[at].isalpha() and text[at - 1].isalpha()


def _spelled(text: str) -> Iterator[Quantity]:
    for match in _SPELLED.finditer(text):
        word = (match["word"] or "").lower()
        tens = match["tens"]
        value = WORDS[tens.lower()] + WORDS[match["unit"].lower()] if tens else WORDS[word]
        quantity = _with_unit(text, match.start(), match.end(), value, 0)
        if match["fold"]:
            yield replace(quantity, unit=Unit.TIMES)
        elif word != "one" or quantity.unit is not Unit.BARE or quantity.value > 1:
            yield quantity
    for match in _ARTICLE_HALF.finditer(text):  # "an hour and a half"
        yield replace(_with_unit(text, match.start(), match.end(1), 1.0, 0), end=match.end())
    for match in _ARTICLE_SCALE.finditer(text):
        value = SCALES[(match["scale"] or match["fused"]).lower()]
        yield _with_unit(text, match.start(), match.end() - bool(match["fused"]), value, 9)


def _multiples(text: str) -> Iterator[Quantity]:
    for match in _TIMES_WORD.finditer(text):
        bound = _bound_before(text, match.start())
        span = match.span()
        yield Quantity(TIMES[match.group().lower()], Unit.TIMES, bound, *span, match.group())


def _parts(text: str) -> Iterator[Quantity]:
    for match in _PART.finditer(text):
        part = match["part"].lower()
        count = (match["n"] or "").lower()
        halves = part.startswith("hal")
        ordinal = count in ("a", "an") and not _OF_A_PART.match(text, match.end())
        if not halves and (not count or ordinal):
            continue  # "third" and "a third one" are ordinals
        many = (
            1.0 if count in ("", "a", "an") else float(count) if count.isdigit() else WORDS[count]
        )
        value = many / (2 if halves else PARTS[part.removesuffix("s")])
        scale = re.compile(r" an? (million|billion|thousand|dozen|hundred)\b").match(
            text, match.end()
        )
        measure, size = measured_in(text, match.end() + 2) if not scale else ("", 1.0)
        measured = bool(measure) and text[match.end() : match.end() + 2] == " a"  # "half a second"
        unit = Unit.BARE if scale or measured else Unit.FRACTION
        value *= SCALES[scale[1]] if scale else 1.0
        end = scale.end() if scale else match.end()
        bound = _bound_before(text, match.start())
        shown = text[match.start() : end]
        yield Quantity(
            value, unit, bound, match.start(), end, shown, 9, measure=measure, scale=size
        )
    for match in _SLASH.finditer(text):
        if int(match["a"]) < int(match["b"]):
            bound = _bound_before(text, match.start())
            value = int(match["a"]) / int(match["b"])
            yield Quantity(value, Unit.FRACTION, bound, *match.span(), match.group(), 9)


def _linked(text: str, found: list[Quantity]) -> list[Quantity]:
    """Join the two ends of ranges: they share unit, scale and bound, and know each other."""
    result = list(found)
    for i in range(len(result) - 1):
        left, right = result[i], result[i + 1]
        between = text[left.end : right.start]
        if len(between) > _JOINT or not _RANGE_JOIN.fullmatch(between):
            continue
        lead = bool(_RANGE_LEAD.search(text[max(0, left.start - 30) : left.start]))
        if "and" in between and "between" not in text[max(0, left.start - 30) : left.start]:
            continue
        if not lead and left.unit != right.unit and left.unit is not Unit.BARE:
            continue
        unit = right.unit if left.unit is Unit.BARE else left.unit
        bound = left.bound if right.bound in (Bound.NONE, Bound.UP_TO) else right.bound
        scale = _SCALE.search(right.text)
        if lead and scale and not _SCALE.search(left.text):  # "between 1.5 and 7 billion"
            left = replace(left, value=left.value * SCALES[scale["scale"].lower()], decimals=9)
        result[i] = replace(left, unit=unit, partner=right.value, opens=True)
        result[i + 1] = replace(right, unit=right.unit or unit, bound=bound, partner=left.value)
    return _shared_bounds(text, result)


def _shared_bounds(text: str, found: list[Quantity]) -> list[Quantity]:
    """Mark the numbers to which an "up to" reaches: "up to 46% on one and 66% on the other"."""
    result = list(found)
    for i in range(1, len(found)):
        left, right = result[i - 1], result[i]
        bounded = left.bound is Bound.UP_TO or left.up_to_before
        if not bounded or right.bound is not Bound.NONE or right.unit is not left.unit:
            continue
        if right.unit is not Unit.BARE and _LISTED_ON.fullmatch(text[left.end : right.start]):
            result[i] = replace(right, up_to_before=True)
    return result

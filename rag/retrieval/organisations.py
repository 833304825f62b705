"""Find the organisation whose papers a question asks for.

A name counts only where the question makes it the maker of papers ("by Google",
"Tencent's paper"): Google Scholar or a model from Microsoft are topics. A name that the
corpus does not know counts only where it can be nothing but an organisation.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.retrieval.cues import (
    NOT_PAPERS,
    PAPER_NOUN,
    PEOPLE,
    Reading,
    is_negated,
    speaks_of_papers,
    words_before,
)
from rag.retrieval.filters import names_organisation

_NAME = r"[A-Za-z0-9][\w&.+-]*"
_NAMES = rf"{_NAME}(?: {_NAME}){{0,3}}"
_TEAM = rf"(?:{PEOPLE}|folks|team|group|colleagues|authors?|engineers|labs?|employees|staff)"
_MADE = r"(?:publish|put|release|contribute|write|post|submit|propose|present|introduce)"
# Each finds the place of a name; ``_longest_known`` then takes the words of it that fit.
_AFTER_PREPOSITION = re.compile(rf"\b(?:by|from|at) (?=(?:the |an? )?({_NAMES}))", re.IGNORECASE)
_BEFORE_PAPER = re.compile(
    rf"(?=\b({_NAMES})['’]s? (?:[\w-]+ ){{0,3}}?(?:{PAPER_NOUN}|name)\b)"
    rf"|(?=\b({_NAMES}?) (?:{PAPER_NOUN}|{_TEAM})\b)",
    re.IGNORECASE,
)
_MAKER = re.compile(
    rf"\b(?:did|has|have|does|do) (?=({_NAMES}?) (?:ever )?{_MADE}\w*\b)", re.IGNORECASE
)
_MADE_BY = re.compile(
    rf"\b(?:everything|anything|something|what|papers|work) (?=({_NAMES}?) "
    rf"(?:(?:has|have|had|ever) )*{_MADE}\w*\b)",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    rf"\b(?:is|are) (?=({_NAMES}?) (?:represented|included|present|among)\b)", re.IGNORECASE
)
_SURE = (
    re.compile(rf"\b{_TEAM} at (?=((?:the )?[A-Z][\w&.-]*(?: [A-Z][\w&.-]*){{0,3}}))"),
    re.compile(r"\baffiliated (?:with|to) (?=((?:an? |the )?[\w&.-]+))", re.IGNORECASE),
    re.compile(
        r"\b(?:list|name|give|have|has|with|show)s? (?=(?:an? |the )?([\w&.-]+(?: [\w&.-]+)?) as "
        r"(?:its|their|the|an?) (?:organi[sz]ation|affiliation|institution)\b)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:organi[sz]ation|affiliation|institution)(?: is| =|:| called| named)? "
        r"(?=([A-Z][\w&.-]*(?: [A-Z][\w&.-]*){0,3}))"
    ),
)
# "how people at Google work" is a topic.
_SUBJECT = frozenset("how why when where whether that on about for of among with".split())
_UNIVERSITY = re.compile(r"\b(?:by|from|at) (?=(?:an? |the )?(universit(?:y|ies))(?! of| [A-Z]))")
_MAKERS = re.compile(
    rf"(?:{PAPER_NOUN}|{_TEAM}|ones?|those|anything|something|everything|nothing|thing|published|"
    r"written|released|posted|authored|made|produced|come|comes|came|coming|is|are|was|were|put)",
    re.IGNORECASE,
)
# Words of names that name nothing when they stand alone.
_GENERIC = frozenset(
    "the a an lab labs ai inc research group team institute of and university universities "
    "corp company school college center centre for in on technology technologies".split()
)
_TAIL = re.compile(
    rf"['’]s (?:name|{PAPER_NOUN})|['’]s?| (?:as (?:its|their|the|an?) \w+)", re.IGNORECASE
)
_LAB = re.compile(r" (?:lab|labs|research|team|group|university|inc)\b", re.IGNORECASE)
_ENDS_NAME = re.compile(
    rf"\s*(?:$|[,.;:?!)'’]|(?:{PAPER_NOUN}|{_TEAM}|in|on|about|since|that|which|with|and|or|from|"
    rf"before|after|during|between|to|for|put|as|here|represented|included|has|have|had|ever|{_MADE}\w*)\b)",
    re.IGNORECASE,
)


def read_organisations(text: str, known: tuple[str, ...]) -> list[Reading]:
    """Return the organisations asked for, in order of their place in ``text``.

    ``known`` are the corpus's own names. A name with a weak cue that is not among them
    comes back with ``why_not`` set.
    """
    found = {reading.start: reading for reading in _known(text, known)}
    for start, end, name in (*_surely(text), *_universities(text)):
        if not any(a.start < end and start < a.end for a in found.values()):
            found[start] = _reading(text, start, end, name)
    if not found:
        found = {reading.start: reading for reading in _strangers(text)}
    return _one_of([found[start] for start in sorted(found)], text)


def _one_of(readings: Sequence[Reading], text: str) -> list[Reading]:
    """Return the readings as they can be used: a paper list of two makers is no condition."""
    # In "Alibaba's Tongyi Lab papers" the second is the maker.
    owners = {a.start for a, b in pairwise(readings) if a.end + 1 == b.start}
    readings = [reading for reading in readings if reading.start not in owners]
    names = {reading.values["organisation"].casefold() for reading in readings}
    last = readings[-1] if readings else None
    several = len(names) > 1 or (last and _AND_ANOTHER.match(text, last.end))
    if not several:
        return list(readings)
    return [r._replace(why_not=r.why_not or "one organisation at a time") for r in readings]


# "by Tencent or Google", but not "by Tencent and about games"
_AND_ANOTHER = re.compile(r"(?:,? (?:or|and)|/|,) ?[A-Z]\w+(?! \d)")


def _reading(text: str, start: int, end: int, name: str) -> Reading:
    if tail := _TAIL.match(text, end):
        # The paper noun stays: what is left of the question must still read well.
        end += len(re.sub(rf" {PAPER_NOUN}$", "", tail.group(), flags=re.IGNORECASE))
    why_not = "negated" if is_negated(text, start) else ""
    return Reading(start, end, {"organisation": name}, why_not)


def _known(text: str, known: tuple[str, ...]) -> Iterator[Reading]:
    if not known:
        return
    ends = 0
    for start, at, phrase in _places(text):
        name = _longest_known(text, at, phrase, known)
        if name and at >= ends:
            ends = at + len(name)
            if (lab := _LAB.match(text, ends)) and names_organisation(name + lab.group(), known):
                ends = lab.end()
            yield _reading(text, start, ends, text[at:ends])


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start of the cue, start of the name, words that may belong to the name)."""
    for match in _AFTER_PREPOSITION.finditer(text):
        if _ties_makers(text, match.start()):
            yield match.start(), match.start(1), match.group(1)
    for pattern in (_MAKER, _MADE_BY, _PRESENT):
        for match in pattern.finditer(text):
            yield match.start(1), match.start(1), match.group(1)
    for match in _BEFORE_PAPER.finditer(text):
        group = 1 if match.group(1) else 2
        under = re.search(r"\bunder $", text[: match.start(group)], re.IGNORECASE)
        start = under.start() if under else match.start(group)
        yield start, match.start(group), match.group(group)


def _ties_makers(text: str, start: int) -> bool:
    before = words_before(text, start)
    previous = before[-1].lower() if before else ""
    if _MAKERS.fullmatch(previous) or not previous:
        return True
    return speaks_of_papers(text) and previous not in NOT_PAPERS


def _longest_known(text: str, at: int, phrase: str, known: tuple[str, ...]) -> str:
    words = phrase.split(" ")
    for count in range(len(words), 0, -1):
        name = re.sub(r"['’]s?$|[.+-]+$", "", " ".join(words[:count]))
        if all(word.lower() in _GENERIC for word in name.split()):
            continue
        followed_well = _ENDS_NAME.match(text, at + len(name)) is not None
        if followed_well and names_organisation(name, known):
            return name
    return ""


def _surely(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern in _SURE if speaks_of_papers(text) else ():
        for match in pattern.finditer(text):
            before = words_before(text, match.start())
            if before and before[-1].lower() in _SUBJECT:
                continue
            name = re.sub(r"^(?:the|an?) |['’]s?$|[.]+$", "", match.group(1), flags=re.IGNORECASE)
            at = text.index(name, match.start(1))
            yield match.start(), at + len(name), name


def _universities(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _UNIVERSITY.finditer(text):
        if _ties_makers(text, match.start()):
            yield match.start(), match.end(1), "university"


def _strangers(text: str) -> Iterator[Reading]:
    pattern = (
        rf"\b(?:{PAPER_NOUN}|published|written) (?:by|from) (?=([A-Z][\w&-]*(?: [A-Z][\w&-]*)*))"
    )
    for match in re.finditer(pattern, text):
        name = match.group(1)
        if not re.match(r"(?i)(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", name):
            reason = f"no organisation called “{name}” is known here"
            yield Reading(match.start(1), match.end(1), {"organisation": name}, reason)

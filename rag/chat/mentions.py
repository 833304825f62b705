"""Find the papers that the words of a follow-up point at.

"[3]", "the second one", "the newer of the two", "the one with simulated users", "it". Only
pointing is settled here. Whether a question is a follow-up at all, and how it is made
self-contained, is left to ``followup``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.records import Paper
from rag.text.terms import terms

_ORDINALS = {
    "first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2,
    "fourth": 3, "4th": 3, "fifth": 4, "5th": 4, "last": -1, "latter": 1,
}  # fmt: skip
_THING = r"(?:one|paper|work|method|study|approach|model|article|result)\b"
_OF_THEM = r"of\s+(?:(?:the|these|those)\s+(?:two|three|four|five)|them|these|those)\b"
_NOT_A_NOUN = (
    r"(?=\s*(?:$|[?.,;:!)]|(?:and|or|with|to|than|from|is|was|does|did|has|have|can|add|do)\b))"
)
_POINTED = rf"(?:\s+{_THING}(?:\s+{_OF_THEM})?|\s+{_OF_THEM}|{_NOT_A_NOUN})"

_NUMBERED = re.compile(r"\[(\d{1,4})\]|\b(?:paper|source|number)\s+#?(\d{1,4})\b", re.IGNORECASE)
_ORDINAL = re.compile(
    rf"\b(?:the\s+)({'|'.join(_ORDINALS)})(?:\s+ones(?=\s+\w)|{_POINTED})", re.IGNORECASE
)
_DATED = re.compile(
    r"\bthe\s+(newe(?:r|st)|latest|most\s+recent|later|olde(?:r|st)|earlie(?:r|st))"
    rf"(?:\s+{_THING}(?:\s+{_OF_THEM})?|\s+{_OF_THEM})",
    re.IGNORECASE,
)
_OF_YEAR = re.compile(r"\bthe\s+((?:19|20)\d\d)\s+(?:one|paper)\b", re.IGNORECASE)
_PAIR = re.compile(
    r"\b(?:(?:the|these|those)\s+two|both)\b(?:\s+(?:papers|of\s+them))?(?!.*\band\b)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(r"\bthe\s+((?:[\w-]+\s+){1,3}?)one\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\bthe\s+(?:one|paper)\s+(?:with|that|about|on|from|using|by|which|for)\s+([^,:;?.]+)",
    re.IGNORECASE,
)
_VERB = r"(?:save|help|mean|work|need|compare|improve|require)\b"
_PRONOUN = re.compile(
    rf"\b(?:its|it|(?:this|that)\s+{_THING}|this(?!\s+\w+ing)|that(?=\s*(?:$|[?.]|{_VERB}))"
    r"|the\s+(?:paper|authors|method)"
    r"|their\s+(?:paper|method|approach)|there(?=\s*[?.]?$))\b",
    re.IGNORECASE,
)
_EARLY = 6  # words within which a pronoun can only point out of its own sentence


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be pointed at: the papers of the last answer in order, and all by number."""

    papers: tuple[Paper, ...] = ()
    numbered: Mapping[int, Paper] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointed:
    """A question with names in the place of what pointed, and the papers so named."""

    text: str
    papers: tuple[Paper, ...] = ()


def short_name(paper: Paper) -> str:
    """Return the name a title opens with ("DINO-WM: World Models …"), else the title quoted."""
    name, colon, _rest = paper.title.partition(":")
    name = name.strip()
    if colon and name and len(name.split()) <= 3:
        return name
    return f"“{paper.title}”"


def point(text: str, shown: Shown) -> Pointed:
    """Return ``text`` with every phrase that points at shown papers replaced by their names."""
    found: list[Paper] = []

    for pattern, choose in _RULES:

        def name(match: re.Match[str], choose: _Choice = choose) -> str:
            papers = choose(match, shown)
            found.extend(papers)
            return " and ".join(short_name(p) for p in papers) or match.group()

        text = pattern.sub(name, text)
    return Pointed(text, tuple(dict.fromkeys(found)))


def point_pronoun(text: str, papers: Sequence[Paper], taken: Sequence[Paper]) -> Pointed:
    """Return ``text`` with its first pronoun replaced by the first paper not in ``taken``."""
    free = [paper for paper in papers if paper not in taken]
    match = _PRONOUN.search(text)
    if not match or not free or len(text[: match.start()].split()) >= _EARLY:
        return Pointed(text)
    if any(short_name(paper) in text[: match.start()] for paper in taken):
        return Pointed(text)  # "the second one: does it …" speaks of the one just named
    word = match.group().lower()
    name = short_name(free[0])
    if word == "its" or word.startswith("their"):
        name += "’s" + match.group()[5:] if word.startswith("their") else "’s"
    elif word == "there":
        name = f"in {name}"
    elif word == "the authors":
        name = f"the authors of {name}"
    return Pointed(text[: match.start()] + name + text[match.end() :], (free[0],))


_Choice = Callable[[re.Match[str], Shown], Sequence[Paper]]


def _numbered(match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    number = int(match.group(1) or match.group(2))
    return [shown.numbered[number]] if number in shown.numbered else []


def _ordinal(match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    """Return the paper at that place of the last answer, or else of all that are numbered."""
    position = _ORDINALS[match.group(1).lower()]
    if position < len(shown.papers):
        return shown.papers[position : position + 1 or None]
    return [shown.numbered[position + 1]] if position + 1 in shown.numbered else []


def _dated(match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    papers = shown.papers[:2] if "two" in match.group() else shown.papers
    known = [paper for paper in papers if paper.published]
    if not known:
        return []
    first = match.group(1).lower().startswith(("old", "earl"))
    return [(min if first else max)(known, key=lambda p: p.published or "")]


def _of_year(match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    """Return the paper of that year when the last answer, or else all so far, has just one."""
    for papers in (shown.papers, tuple(shown.numbered.values())):
        found = [paper for paper in papers if (paper.published or "").startswith(match.group(1))]
        if found:
            return found if len(found) == 1 else []
    return []


def _pair(_match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    return shown.papers[:2] if len(shown.papers) > 1 else []


def _described(match: re.Match[str], shown: Shown) -> Sequence[Paper]:
    """Return the shown paper whose title and abstract use the most of the describing words.

    A paper of an earlier answer is meant only when none of the last one fits.
    """
    wanted = set(terms(match.group(1)))
    if not wanted or any(word.isdigit() for word in wanted):
        return []  # a year narrows a search; it does not describe
    for papers in (shown.papers, tuple(shown.numbered.values())):
        scores = [_overlap(wanted, paper) for paper in papers]
        best = max(scores, default=0.0)
        if best >= 1.0:
            return [papers[scores.index(best)]]
    return []


def _overlap(wanted: set[str], paper: Paper) -> float:
    title = len(wanted & set(terms(paper.title)))
    return 2 * title / len(wanted) + len(wanted & set(terms(paper.abstract))) / len(wanted)


_RULES: tuple[tuple[re.Pattern[str], _Choice], ...] = (
    (_NUMBERED, _numbered),
    (_DATED, _dated),
    (_OF_YEAR, _of_year),
    (_ORDINAL, _ordinal),
    (_PAIR, _pair),
    (_RELATIVE, _described),
    (_DESCRIBED, _described),
)

"""Find the order of papers, and how many of them, that a question asks for.

"The newest paper", "most discussed", "three oldest papers on imitation". A superlative
that is not about papers ("the latest models") is left alone.
"""

import re
from collections.abc import Iterator
from typing import Any

from rag.retrieval.cues import (
    AUTHOR,
    NUMBER,
    ONE_PAPER,
    PAPER_NOUN,
    UPVOTE,
    Reading,
    is_negated,
    number,
    speaks_of_papers,
)

_HIGHEST = r"(?:highest|largest|greatest|biggest)"
_LOWEST = r"(?:lowest|smallest)"
_OF = r"(?:number|count) of"
_PUBLISHED = r"(?:published|posted|appeared|came out)(?: the)?"
_TO_END = r"(?=\s*(?:[?.!]|$|on\b|about\b))"  # not "first, this one or that one?"
_COUNT_ORDERS = {
    "most_authors": rf"most {AUTHOR}|{_HIGHEST} {_OF} {AUTHOR}|{_HIGHEST} author (?:count|list)|"
    r"longest (?:author list|list of authors)",
    "fewest_authors": rf"fewest {AUTHOR}|{_LOWEST} {_OF} {AUTHOR}|{_LOWEST} author (?:count|list)|"
    r"shortest (?:author list|list of authors)",
    "most_comments": rf"most comments|{_HIGHEST} {_OF} comments|most discussion|"
    r"(?:discussed|commented(?: on)?|talked about)(?: the)? most(?=\s*(?:$|[?.!,;]))",
    "fewest_comments": rf"fewest comments|{_LOWEST} {_OF} comments",
    "most_upvotes": rf"most {UPVOTE}|{_HIGHEST} {_OF} {UPVOTE}|upvoted (?:the )?most",
    "newest": rf"{_PUBLISHED} (?:most recently|latest|last){_TO_END}",
    "oldest": rf"{_PUBLISHED} (?:first|earliest){_TO_END}",
}
_ADJECTIVES = {
    "newest": r"newest|latest|freshest|most recent(?:ly (?:published|posted|added))?",
    "oldest": r"oldest|earliest(?: published)?|least recent",
    "most_comments": r"most (?:widely |heavily |hotly |often )?(?:discussed|commented|debated)"
    r"(?:[- ](?:on|upon|about))?",
    "fewest_comments": r"least (?:discussed|commented)(?:[- ](?:on|upon))?",
    "most_upvotes": r"most (?:highly )?(?:upvoted|liked|popular)",
}
_HOW_MANY = rf"(?:(?P<n>{NUMBER}) )"
# What must follow "newest": a paper within three words, the end, or where and on what.
_FOLLOWING = (
    rf"(?: (?P<m>{NUMBER}))?"
    rf"(?:(?P<between>(?: (?!(?:in|of|on|for|with|that)\b)[a-z][\w/-]*){{0,3}}?) "
    rf"(?P<noun>{PAPER_NOUN}|ones?|things?|entr(?:y|ies)|additions?)\b"
    r"|(?= (?:on|about|regarding|here|in (?:the|this|your) (?:corpus|collection|set|index))\s)"
    r"| first\b|(?=\s*[?.!,;]|\s*$))"
)
_SUPERLATIVES = {
    name: re.compile(rf"\b(?:the )?(?:top )?{_HOW_MANY}?(?:{words}){_FOLLOWING}", re.IGNORECASE)
    for name, words in _ADJECTIVES.items()
}
_COUNT_SUPERLATIVES = {
    name: re.compile(rf"\b(?:(?:got|has|have|had|with|drew|received|attracted) )?(?:the )?(?:{words})(?!\w)",
                     re.IGNORECASE)
    for name, words in _COUNT_ORDERS.items()
}  # fmt: skip
_RECENT = re.compile(
    rf"\b(?:recently published|published recently)\b|\brecent (?=(?:[a-z][\w-]* ){{0,2}}?{PAPER_NOUN}\b)"
)
_WHATS_NEW = re.compile(r"\bwhat(?:'s|’s| is) new (?=(?:in|on|about|with)\b)", re.IGNORECASE)
_BY_DATE = re.compile(
    r"\b(?:sort(?:ed)? by date|in (?P<reverse>reverse )?chronological order|chronologically)\b",
    re.IGNORECASE,
)
# "the second newest paper" takes two to show.
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})[ -]$", re.IGNORECASE)
_SINGULAR = re.compile(
    rf"\b(?:which|what|the|that|this|a|an|single|one)(?:'s|’s)? (?:[\w-]+ ){{0,2}}?{ONE_PAPER}\b|"
    r"\bwhich one\b|\bwhich of\b",
    re.IGNORECASE,
)


def read_order(text: str) -> list[Reading]:
    """Return the order asked for, with how many papers are wanted; the first one found.

    One when a single paper is asked for, the number that stands with the superlative, or
    no limit for "the newest papers".
    """
    for name, pattern in _SUPERLATIVES.items():
        for match in pattern.finditer(text):
            if _about_papers(match):
                return [_superlative(match, name)]
    for name, pattern in _COUNT_SUPERLATIVES.items():
        for match in pattern.finditer(text) if speaks_of_papers(text) else ():
            return [_reading(match, name, _one_wanted(text))]
    return [_reading(match, name, None) for match, name in _by_date(text)][:1]


def _by_date(text: str) -> Iterator[tuple[re.Match[str], str]]:
    for pattern in (_RECENT, _WHATS_NEW):
        for match in pattern.finditer(text):
            yield match, "newest"
    for match in _BY_DATE.finditer(text):
        yield match, "newest" if match.group("reverse") else "oldest"


def _about_papers(match: re.Match[str]) -> bool:
    """Tell it of a superlative whose noun is not named beside it, as in "which is newest?"."""
    if match.group("noun") or match.group().lower().endswith(" first"):
        return True
    return speaks_of_papers(match.string) or match.start() < len("what's the ")


def _superlative(match: re.Match[str], name: str) -> Reading:
    given = match.group("n") or match.group("m")
    noun = (match.group("noun") or "").lower()
    limit: int | None
    if given:
        limit = number(given)
    elif ordinal := _ORDINAL.search(match.string[: match.start()]):
        limit = _ORDINALS[ordinal.group(1).lower()]
    elif noun:
        limit = 1 if re.fullmatch(ONE_PAPER, noun) or noun == "entry" else None
    elif match.group().lower().endswith(" first"):
        limit = None
    else:
        limit = _one_wanted(match.string)
    # What stands between the superlative and its noun is topic: "the latest driving papers".
    reading = _reading(match, name, limit)
    return reading._replace(end=match.start("between")) if match.group("between") else reading


def _reading(match: re.Match[str], name: str, limit: int | None) -> Reading:
    values: dict[str, Any] = {"order": name, "limit": limit}
    kept = {key: value for key, value in values.items() if value is not None}
    why_not = "negated" if is_negated(match.string, match.start()) else ""
    return Reading(match.start(), match.end(), kept, why_not)


def _one_wanted(text: str) -> int | None:
    plural = re.search(
        r"\bwhich (?:[\w-]+ ){0,3}?(?:papers|articles|works|studies|ones)\b", text, re.IGNORECASE
    )
    return 1 if _SINGULAR.search(text) and not plural else None

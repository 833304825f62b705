"""Find the numbers of authors, comments and upvotes that a question asks for.

"More than twenty authors", "single-author", "at least five comments". A count of anything
else than what papers have is left alone.
"""

import re
from collections.abc import Iterator
from typing import Any

from rag.retrieval.cues import (
    AUTHOR,
    EVENTS,
    NUMBER,
    PAPER_NOUN,
    PEOPLE,
    UPVOTE,
    Reading,
    is_negated,
    number,
    speaks_of_papers,
    words_before,
)

_COMPARED = {
    "above": r"more than|over|above|upwards of|exceeding|>",
    "least": r"at least|no fewer than|no less than|not fewer than|a minimum of|>=|≥",
    "below": r"fewer than|less than|under|below|<",
    "most": r"at most|no more than|not more than|up to|a maximum of|<=|≤",
    "exact": r"exactly|precisely|just|only",
}
_QUANTITY = (
    r"(?:(?:" + "|".join(f"(?P<{k}>{w})" for k, w in _COMPARED.items()) + r") ?)?"
    r"(?:between )?"
    rf"(?P<n>{NUMBER})(?:(?: to | and | ?[-–] ?)(?P<m>{NUMBER}))?"
    r"(?P<plus>\+| or more| and more| plus)?(?P<minus> or fewer| or less| at most)?"
)
_AFTERWARDS = r"(?P<later_plus> or more| at least)?(?P<later_minus> or fewer| or less| at most)?"
_HAVING = r"(?:with|has|have|having|had|by|of|lists?|from)"
_GETTING = (
    r"(?:with|has|have|having|had|got|gets?|getting|received?|drew|draws?|drawn|attract(?:s|ed)?|"
    r"gather(?:s|ed)?|collect(?:s|ed)?)"
)
_WRITTEN = r"(?:written|authored|co-?authored|signed|penned|made|done)"
_PATTERNS = {
    "authors": re.compile(
        rf"(?<!\w)(?:(?P<cue>{_WRITTEN} by|{_HAVING}) )?{_QUANTITY}[ -]"
        rf"(?:{AUTHOR}|(?P<people>{PEOPLE}|(?<=a single )\w+))\b{_AFTERWARDS}",
        re.IGNORECASE,
    ),
    "comments": re.compile(rf"(?<!\w)(?:(?P<cue>{_GETTING}) )?{_QUANTITY} comments?\b{_AFTERWARDS}", re.IGNORECASE),
    "upvotes": re.compile(rf"(?<!\w)(?:(?P<cue>{_GETTING}) )?{_QUANTITY} {UPVOTE}\b{_AFTERWARDS}", re.IGNORECASE),
}  # fmt: skip
_COMPOUND = re.compile(
    rf"\b(?P<n>{NUMBER}(?=-)|single|sole|solo|lone|multi(?=-))[- ]author(?:ed)?\b"
    rf"(?=\s*(?:$|[,.;?!])|(?: (?!on |about |in |of )[\w-]+){{0,2}} (?:{PAPER_NOUN}|ones?)\b)"
    rf"|\b(?P<solo>solo|lone)(?= {PAPER_NOUN}\b)",
    re.IGNORECASE,
)
# "an author list longer than 20", "authors number more than 30"
_LISTED = re.compile(
    rf"\b(?:with |having )?(?:an? |the )?(?:number of authors|{AUTHOR}(?: lists?| counts?)?) "
    r"(?:number(?:s|ing)? |of |is |are |being )?"
    rf"(?:(?P<above>more than|over|above|longer than|larger than|greater than|>)|"
    rf"(?P<least>at least|>=|≥)|(?P<below>fewer than|less than|below|under|shorter than|<)|"
    rf"(?P<most>at most|no more than|up to|<=|≤)) ?(?P<n>{NUMBER})",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"\b(?:that |which )?(?:only |just )?(?:one|a single) (?:{PEOPLE}|author) "
    r"(?:alone )?(?:wrote|published|authored)\b|\b(?:wrote|written|published|authored) alone\b",
    re.IGNORECASE,
)
_ANY_COMMENTS = re.compile(
    r"\b(?:(?P<none>without (?:any )?)|with (?:any |some )?)comments\b"
    r"(?=\s*(?:$|[,.;?!]|(?:and|since|from|in|published)\b))",
    re.IGNORECASE,
)
_NOT_OF_PAPERS = re.compile(r"\s+(?:per|each|from|written|made)\b", re.IGNORECASE)


def read_counts(text: str) -> list[Reading]:
    """Return the bounds on authors, comments and upvotes, in order of their place."""
    if not speaks_of_papers(text) and not re.search(r"\b(?:only|and|with|those|ones?)\b", text):
        return []
    found = list(_worded(text))
    for name, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            found.extend(_counted(match, name))
    for reading in _compounds(text):
        if not any(reading.start < r.end and r.start < reading.end for r in found):
            found.append(reading)
    return sorted(found)


def _compounds(text: str) -> Iterator[Reading]:
    """Yield what "single-author", "two-author", "solo" and "wrote alone" say."""
    for match in _ALONE.finditer(text):
        yield Reading(match.start(), match.end(), {"authors_min": 1, "authors_max": 1})
    for match in _COMPOUND.finditer(text):
        word = (match.group("solo") or match.group("n")).lower()
        values: dict[str, Any]
        if word == "multi":
            values = {"authors_min": 2}
        else:
            count = 1 if word in ("sole", "solo", "lone") else number(word)
            values = {"authors_min": count, "authors_max": count}
        why_not = "negated" if is_negated(text, match.start()) else ""
        yield Reading(match.start(), match.end(), values, why_not)


def _worded(text: str) -> Iterator[Reading]:
    """Yield what "an author list longer than 20" and "without comments" say."""
    for match in _LISTED.finditer(text):
        low, high = _bounds(match.groupdict())
        values = {"authors_min": low, "authors_max": high}
        kept = {name: value for name, value in values.items() if value is not None}
        yield Reading(match.start(), match.end(), kept)
    for match in _ANY_COMMENTS.finditer(text):
        values = {"comments_max": 0} if match.group("none") else {"comments_min": 1}
        yield Reading(match.start(), match.end(), values)


def _counted(match: re.Match[str], name: str) -> Iterator[Reading]:
    text, groups = match.string, match.groupdict()
    before = words_before(text, match.start())
    if (before and before[-1].lower() in EVENTS) or (
        name != "authors" and _NOT_OF_PAPERS.match(text, match.end())
    ):
        return
    low, high = _bounds(groups)
    exact = low is not None and low == high
    if exact and not groups["cue"]:
        return
    # People are authors only where something was written by them.
    if groups.get("people") and not (groups["cue"] or "").lower().endswith("by"):
        return
    if groups.get("people") and not _by_people(groups["cue"], before):
        return
    values = {f"{name}_min": low, f"{name}_max": high}
    why_not = "negated" if is_negated(text, match.start()) else ""
    kept = {key: value for key, value in values.items() if value is not None}
    yield Reading(match.start(), match.end(), kept, why_not)


def _by_people(cue: str, before: list[str]) -> bool:
    return " " in cue or bool(before and re.fullmatch(PAPER_NOUN, before[-1], re.IGNORECASE))


def _bounds(groups: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the least and the greatest number that the words allow."""
    n = number(groups["n"])
    if groups.get("m"):
        m = number(groups["m"])
        return (n, m) if n <= m else (m, n)
    if groups["above"]:
        return n + 1, None
    if groups["below"]:
        return None, n - 1
    if any(groups.get(name) for name in ("least", "plus", "later_plus")):
        return n, None
    if any(groups.get(name) for name in ("most", "minus", "later_minus")):
        return None, n
    return n, n

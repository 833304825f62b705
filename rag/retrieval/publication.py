"""Decide whether an expression of time says when papers were published.

It counts only when it is tied to papers ("papers from 2024", "what appeared in August"):
the year of a benchmark, a version or an event is left alone. Finding the expressions and
their meaning are left to ``dates`` and ``periods``.
"""

import re

from rag.retrieval.cues import (
    EVENTS,
    PAPER_NOUN,
    PRODUCTS,
    speaks_of_papers,
    words_after,
    words_before,
)

_PUBLISHING = frozenset(
    "published appeared appear appears appearing posted dated written submitted out uploaded "
    "proposed introduced presented printed issued done new work works".split()
)
_RELEASING = frozenset("released announced made".split())
_POINTING = frozenset("ones one those anything everything something there here what only".split())
_LEADING = frozenset("and but or so then also just only what about how".split())
YEAR_ONLY = re.compile(r"(?:19|20)\d\d")
HAS_YEAR = re.compile(r"(?:19|20)\d\d|year|month|week|day|last|this", re.IGNORECASE)
# "papers on agents from 2024", but not "papers evaluating agents from 2024"
_PAPERS_ON = re.compile(
    rf"\b{PAPER_NOUN} (?:on|about|regarding|concerning) (?:[\w/-]+ ){{1,5}}$", re.IGNORECASE
)
_FRAGMENT_WORDS = 9
_PAPER = re.compile(rf"(?:{PAPER_NOUN}|ones?)", re.IGNORECASE)
_NAME = re.compile(r"[A-Z]|.*\d")


def is_publication(match: re.Match[str], kind: str) -> bool:
    """Tell whether the expression that ``dates`` matched says when papers were published.

    ``kind`` is "since", "after", "before", "until", "in" or, without a preposition, "bare".
    """
    text, start, end = match.string, match.start(), match.end()
    before = words_before(text, start)
    previous = before[-1] if before else ""
    bare = "possessive" in match.groupdict() or ("joint" in match.groupdict() and kind == "bare")
    if _dates_something_else(match, before):
        return False
    if _follows_paper(before, text):
        return True
    if bare:
        return _tied_alone(match, previous, words_after(text, end))
    only_leads = all(word.lower() in _LEADING or not word.isalnum() for word in before)
    if only_leads and _nothing_else(text, start, end):
        return True
    return _tied_by_preposition(match, kind, previous)


def _dates_something_else(match: re.Match[str], before: list[str]) -> bool:
    """Tell it of "tweets since 2020", "models from 2023" and "models released in 2023"."""
    *_, earlier, word = ["", "", *(word.lower() for word in before)]
    preposition = (match.groupdict().get("in") or "").lower()
    if word in PRODUCTS and preposition in ("from", "of", "by"):
        return not _PAPERS_ON.search(match.string[: match.start()])
    if word in EVENTS:
        return True
    if word == "articles":
        return earlier in ("wikipedia", "news", "newspaper", "press")
    return word in _RELEASING and earlier in PRODUCTS


def _follows_paper(before: list[str], text: str) -> bool:
    word = next((word.lower() for word in reversed(before) if word != "("), "")
    if word in _RELEASING:
        return speaks_of_papers(text)
    return word in _PUBLISHING or word in _POINTING or bool(_PAPER.fullmatch(word))


def _nothing_else(text: str, start: int, end: int) -> bool:
    return not words_before(text, start)[:-2] and not text[end:].strip(" ?!.")


def _tied_by_preposition(match: re.Match[str], kind: str, previous: str) -> bool:
    text = match.string
    opens = not previous or previous in ",;:" or previous.lower() in _LEADING
    one_sided = kind in ("since", "after", "before", "until")
    if match.groupdict().get("in") and match.group("in").lower() in ("of", "for"):
        return False
    if speaks_of_papers(text):
        # "GPT-4 from March 2023": a name with a number carries the date itself.
        return one_sided or opens or not re.search(r"\d", previous)
    if opens and kind in ("since", "before") and HAS_YEAR.search(match.group()):
        return True
    # "diffusion policies since 2023" is a search, a sentence with a full stop a statement.
    is_fragment = not text[match.end() :].strip() and text.count(" ") < _FRAGMENT_WORDS
    return is_fragment and (one_sided or (match.groupdict().get("in") or "").lower() == "from")


def _tied_alone(match: re.Match[str], previous: str, after: list[str]) -> bool:
    """Tell it of an expression without a preposition: "2025 papers", "…, 2025 only"."""
    text, start, end = match.string, match.start(), match.end()
    if previous and _NAME.match(previous) and len(words_before(text, start)) > 1:
        return False  # AIME 2024, SemEval 2023
    if _before_paper(after):
        return True
    relative = not YEAR_ONLY.search(match.group()) or match.groupdict().get("tail")
    if relative and previous not in ("(", "-") and speaks_of_papers(text):
        return True
    trails = not text[end:].strip(" .!?") or text[end:].lstrip()[:1] in ";,"
    if previous not in (",", ";", ":", "–", "—", "-") or not trails:
        return False
    is_year = YEAR_ONLY.fullmatch(match.group()) is not None
    return not (is_year and _is_citation(text, start))


def _before_paper(after: list[str]) -> bool:
    for word in after[:4]:
        if _PAPER.fullmatch(word):
            return True
        if word != word.lower() or word in _FUNCTION_WORDS or not word[0].isalnum():
            return False
    return False


_FUNCTION_WORDS = frozenset(
    "a an the in on of for with by from to and or that which who is are was were do does did than "
    "at as about have has had".split()
)


def _is_citation(text: str, start: int) -> bool:
    """Tell whether a year after a comma belongs to "Reimers and Gurevych, 2019"."""
    return re.search(r"(?:\b[A-Z][a-z]+|\bet al\.?),? $", text[:start]) is not None

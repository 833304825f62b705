"""Order the sentences of a paper by what the form of the question wants.

Retrieval has scored them by the question's words and their place in the abstract, and does
not see whether "why", "how" or "which papers" was asked. How many are quoted is left to
``extractive``.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.records import Evidence, Paper
from rag.text.sentences import sentence_spans

_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bwhat (?:\w+ )?(?:causes?|explains?|makes?|leads? to)\b|"
    r"\b(?:causes?|reasons?|origins?) (?:of|for|behind)\b|"
    r"\bwhere (?:do|does|did) .{3,80} come from\b",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"\bhow (?:do|does|did|is|are|was|were|can|could|to|one|you)\b|\bexplain\b|"
    r"\bwhat (?:is|are) (?:the )?(?:idea|mechanism|principle|steps?|stages?|trick)s?\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|due to|owing to|stems? (?:from|in)|aris\w+ from|attribut\w+|"
    r"caus(?:e[sd]?|ing|al)|reasons?|results? from|inability|rooted in|driven by|originat\w+|"
    r"leads? to|explain\w*)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:first|firstly|second|secondly|third|then|next|finally|during|subsequently),|"
    r"\b(?:(?:two|three|four|multi|single)[- ](?:step|stage|phase)s?|steps?|stages?|by \w+ing)\b|"
    r"\b(?:consists? of|operates|works by)\b",
    re.IGNORECASE,
)
# What a paper did: the sentence that tells it from the others on its subject.
_CONTRIBUTION = re.compile(
    r"\b(?:we|this (?:paper|work|study|article)|our (?:work|paper|study|method)) (?:\w+ ){0,2}?"
    r"(?:propos|introduc|present|develop|design|investigat|stud|explor|analy[sz]|examin|build|"
    r"show|find)\w*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"^(?:(?:However|But|Moreover|Furthermore|Yet|Also|Still|Nevertheless|Additionally|"
    r"In addition),? )?(?:these|such|those|they|this|it|their|its)\b",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(
    r"\b(?:call to action|we (?:believe|hope|envision|encourage)|future (?:work|research|studies|directions)|"
    r"we do not|serves? as a)\b",
    re.IGNORECASE,
)
# Log-odds added to a sentence's chance; the chance itself is in ``rag.retrieval.evidence``.
_CAUSE_WANTED, _STEP_WANTED, _CONTRIBUTION_WANTED = 1.0, 2.0, 2.0
_OPENS_AND_WHY = 1.0  # causes are told where the problem is, at the beginning
_HANGS, _LOOKS_AHEAD = -1.0, -1.0
_UNSCORED = 0.9  # of the lowest chance among the evidence, for sentences beyond it


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form of a question: whether it asks why, how, and for several papers."""

    why: bool
    how: bool
    several: bool


def wanted_by(question: str, *, several: bool) -> Wanted:
    """Return the form of ``question``; ``several`` says that it is about several papers."""
    return Wanted(_WHY.search(question) is not None, _HOW.search(question) is not None, several)


def preferred(paper: Paper, evidence: Sequence[Evidence], wanted: Wanted) -> list[Evidence]:
    """Return all sentences of ``paper``, the one wanted most first; ties in their order.

    ``evidence`` are those that retrieval scored, each with the chance that it answers.
    """
    told = _CONTRIBUTION.search(paper.abstract)
    background = told.start() if told else 0
    known = {sentence.start for sentence in evidence}
    lowest = _UNSCORED * min((sentence.score for sentence in evidence), default=0.0)
    odds = {e: _odds(e.score) + _form(e, wanted, background) for e in evidence}
    for rest in sentences_of_paper(paper):
        if rest.start not in known:
            odds[rest] = _odds(lowest) + _form(rest, wanted, background)
    return sorted(odds, key=lambda e: (-odds[e], e.start))


@lru_cache(maxsize=512)
def sentences_of_paper(paper: Paper) -> tuple[Evidence, ...]:
    """Return the sentences of an abstract, in order, without scores."""
    text = paper.abstract
    return tuple(Evidence(text[start:end], start, end) for start, end in sentence_spans(text))


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))


def _form(sentence: Evidence, wanted: Wanted, background: int) -> float:
    """Return what the form of the question adds; the abstract's own part begins at ``background``."""
    text, odds = sentence.text, 0.0
    if wanted.why:
        cause = _CAUSE.search(text) is not None
        odds += (_CAUSE_WANTED + _OPENS_AND_WHY * (sentence.start == 0)) * cause
    if wanted.how:
        odds += _STEP_WANTED * (_STEP.search(text) is not None)
    if wanted.several:
        odds += _CONTRIBUTION_WANTED * (_CONTRIBUTION.search(text) is not None)
    if sentence.end < background:  # "These models are large" names nobody when it stands alone
        odds += _HANGS * (_POINTS_BACK.match(text) is not None)
    return odds + _LOOKS_AHEAD * (_OUTLOOK.search(text) is not None)

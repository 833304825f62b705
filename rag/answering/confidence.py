"""Decide whether what was found answers the question, and if not, why not.

A logistic model of six named signals. One says that nothing found is near the question,
one that it names what no paper of the corpus knows; the others, that a paper matches it
but lacks what is asked. Those count only as far as
the paper shares the question's words at all: a question in quite other words says nothing
by the words it lacks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answering.answer_type import (
    asked_terms,
    asks_for_figure,
    circumstances,
    has_figure,
    is_told,
    lacks_people,
    names,
)
from rag.answering.named import called
from rag.answering.scope import FIELD_NAMES, asks_for_several
from rag.answering.unheard import Known, all_known, names_the_unheard
from rag.records import Hit, Reason, Retrieval
from rag.retrieval.naming import names as written_names
from rag.retrieval.requests import without_request
from rag.text.terms import terms

# Log-odds that the question is answered, fitted on answerable and unanswerable questions.
_BIAS = 3.6
_WEIGHTS = {
    "remote": -13.0,
    "nowhere": -2.0,
    "missing_circumstance": -5.0,
    "missing_figure": -1.7,
    "missing_name": -3.7,
    "unheard": -4.5,
}
_NEAR = 0.35  # cosine at which a paper no longer counts as remote
_CLEAR = 0.4  # share of the question's terms in a paper from which its gaps count in full
_THERE = 0.35, 0.45  # share of terms, or cosine, from which the paper asked about is here
_SOMEWHAT_NEAR = 0.3  # cosine that a share of terms needs beside it
_LIKE = 0.5, 0.6  # cosines between which an unheard name comes to count for nothing
_MOSTLY = 0.6  # share of terms from which it is here even if one of them is unheard of


@dataclass(frozen=True, slots=True)
class Assessment:
    """How sure it is that the corpus answers, in [0, 1], and the reason to abstain if it is not."""

    confidence: float
    reason: Reason


def assess(question: str, retrieval: Retrieval, *, known: Known = all_known) -> Assessment:
    """Return the confidence that the best papers answer ``question``, and why they might not.

    ``known`` tells whether any paper of the corpus has a term. A question about fields
    alone (``retrieval.topic`` is empty) is answered by what matches.
    """
    if not retrieval.hits:
        return Assessment(0.0, Reason.NO_MATCH)
    if retrieval.filters and not retrieval.topic:
        return Assessment(1.0, Reason.NOT_IN_CORPUS)
    question = retrieval.topic or question
    found = signals(question, retrieval, known=known)
    odds = _BIAS + sum(_WEIGHTS[name] * value for name, value in found.items())
    reason = _reason(question, retrieval.hits, unheard=found["unheard"] > 0)
    return Assessment(1.0 / (1.0 + math.exp(-odds)), reason)


def signals(
    question: str, retrieval: Retrieval, *, known: Known = all_known
) -> Mapping[str, float]:
    """Return what speaks against an answer, each from 0 (nothing) to 1.

    ``remote``: no paper's vector is near, nor its words. ``nowhere``: the share of the
    question's terms in none of the papers found. ``missing_circumstance``,
    ``missing_figure``, ``missing_name``: the papers asked about lack the circumstance, the
    figure beside the thing asked, the name. ``unheard``: a name that no paper has.
    """
    hits = retrieval.hits
    asked = set(terms(without_request(question)))
    named = called(question, hits)
    subject = named if len(named) > 1 else hits[:1]
    best = frozenset().union(*(_terms_of(hit) for hit in subject))
    everywhere = frozenset().union(*(_terms_of(hit) for hit in hits))
    shared = _share(asked, best)
    # Who calls a paper by its name wants that one, in whatever words.
    near = 1.0 if named else min(1.0, shared / _CLEAR)
    # What one paper lacks says little when the question is about many.
    many = len(named) < 2 and asks_for_several(question, retrieval)
    weight = 0.0 if many else near
    # One paper of its maker or its day: the fields say that it is the one, in any words.
    singled_out = bool(retrieval.filters) and retrieval.matched == 1
    text = _text_of(subject)
    lacking = any(not is_told(term, text) for term in circumstances(question))
    lacking = lacking or lacks_people(question, text)
    return {
        # A bare name is near no abstract, but it stands in the right one.
        "remote": (1.0 - shared) * max(0.0, _NEAR - _nearest(hits)) / _NEAR,
        "nowhere": 0.0 if singled_out else weight * (1.0 - _share(asked, everywhere)),
        "missing_circumstance": weight * lacking,
        "missing_figure": weight * _lacks_figure(question, subject),
        "missing_name": weight * _lacks_name(question, subject, text),
        "unheard": near
        * _unlike(hits)
        * min(1.0, 2.0 * (1.0 - shared))
        * names_the_unheard(question, everywhere, known),
    }


def _unlike(hits: Sequence[Hit]) -> float:
    """Return 1 unless a paper is so near in meaning that it may write the name otherwise."""
    near, same = _LIKE
    return min(1.0, max(0.0, (same - _nearest(hits)) / (same - near)))


def _text_of(hits: Sequence[Hit]) -> str:
    return "\n".join(f"{hit.paper.title} {hit.paper.abstract}" for hit in hits)


def _terms_of(hit: Hit) -> frozenset[str]:
    return frozenset(terms(f"{hit.paper.title} {hit.paper.abstract}"))


def _share(asked: set[str], known: frozenset[str]) -> float:
    return len(asked & known) / len(asked) if asked else 0.0


def _nearest(hits: Sequence[Hit]) -> float:
    cosines = [hit.views["dense"].score for hit in hits if "dense" in hit.views]
    return max((c for c in cosines if c is not None), default=0.0)


def _lacks_figure(question: str, subject: Sequence[Hit]) -> bool:
    """Return whether a figure is asked for that no sentence gives beside the thing asked."""
    if not asks_for_figure(question):
        return False
    wanted = set(asked_terms(question))
    return not any(
        has_figure(e.text) and (not wanted or wanted & set(terms(e.text)))
        for hit in subject
        for e in hit.evidence
    )


def _lacks_name(question: str, subject: Sequence[Hit], text: str) -> bool:
    """Return whether the papers lack a proper noun, or one they are called with another name."""
    if any(name.lower() not in text.lower() for name in names(question)):
        return True
    # Acronyms are too often written in full to be missed, unless the paper is certain.
    if not called(question, subject):
        return False
    asked = set(written_names(question)) - {t for name in FIELD_NAMES for t in terms(name)}
    return not asked <= set(terms(text))


def _reason(question: str, hits: Sequence[Hit], *, unheard: bool) -> Reason:
    shared, cosine = _THERE
    share = _share(set(terms(question)), _terms_of(hits[0]))
    named = written_names(question)
    here = bool(called(question, hits[:1])) or share >= _MOSTLY
    if not here and not unheard:
        # Words alone meet by chance, so the paper has to be near in meaning as well.
        here = share >= shared and _nearest(hits[:1]) >= _SOMEWHAT_NEAR
        here = here or _nearest(hits[:1]) >= cosine
        here = here or bool(named and set(named) <= _terms_of(hits[0]))
    return Reason.NOT_IN_ABSTRACT if here else Reason.NOT_IN_CORPUS

"""Decide whether what was found answers the question, and if not, why not.

A logistic model of five named signals. One says that nothing found is near the question;
the others, that a paper matches it but lacks what is asked. Those count only as far as
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
    names,
)
from rag.answering.scope import asks_for_several
from rag.records import Hit, Reason, Retrieval
from rag.retrieval.naming import names as written_names
from rag.text.terms import terms

# Log-odds that the question is answered, fitted on answerable and unanswerable questions.
_BIAS = 3.3
_WEIGHTS = {
    "remote": -13.0,
    "nowhere": -5.0,
    "missing_circumstance": -5.5,
    "missing_figure": -1.7,
    "missing_name": -3.5,
}
_NEAR = 0.35  # cosine at which a paper no longer counts as remote
_CLEAR = 0.4  # share of the question's terms in a paper from which its gaps count in full
_THERE = 0.35, 0.45  # share of terms, or cosine, from which the paper asked about is here


@dataclass(frozen=True, slots=True)
class Assessment:
    """How sure it is that the corpus answers, in [0, 1], and the reason to abstain if it is not."""

    confidence: float
    reason: Reason


def assess(question: str, retrieval: Retrieval) -> Assessment:
    """Return the confidence that the best papers answer ``question``, and why they might not.

    A question about fields alone (``retrieval.topic`` is empty) is answered by what matches.
    """
    if not retrieval.hits:
        return Assessment(0.0, Reason.NO_MATCH)
    if retrieval.filters and not retrieval.topic:
        return Assessment(1.0, Reason.NOT_IN_CORPUS)
    found = signals(retrieval.topic or question, retrieval)
    odds = _BIAS + sum(_WEIGHTS[name] * value for name, value in found.items())
    return Assessment(1.0 / (1.0 + math.exp(-odds)), _reason(question, retrieval.hits))


def signals(question: str, retrieval: Retrieval) -> Mapping[str, float]:
    """Return what speaks against an answer, each from 0 (nothing) to 1.

    ``remote``: no paper's vector is near, nor its words. ``nowhere``: the share of the
    question's terms in none of the papers found. ``missing_circumstance``,
    ``missing_figure``, ``missing_name``: the best paper lacks the circumstance, the figure
    beside the thing asked, the name.
    """
    hits = retrieval.hits
    asked = set(terms(question))
    best = _terms_of(hits[0])
    shared = _share(asked, best)
    # What one paper lacks says little when the question is about many.
    weight = 0.0 if asks_for_several(question, retrieval) else min(1.0, shared / _CLEAR)
    everywhere = frozenset().union(*(_terms_of(hit) for hit in hits))
    return {
        # A bare name is near no abstract, but it stands in the right one.
        "remote": (1.0 - shared) * max(0.0, _NEAR - _nearest(hits)) / _NEAR,
        "nowhere": weight * (1.0 - _share(asked, everywhere)),
        "missing_circumstance": weight * any(t not in best for t in circumstances(question)),
        "missing_figure": weight * _lacks_figure(question, hits[0]),
        "missing_name": weight * _lacks_name(question, hits[0]),
    }


def _terms_of(hit: Hit) -> frozenset[str]:
    return frozenset(terms(f"{hit.paper.title} {hit.paper.abstract}"))


def _share(asked: set[str], known: frozenset[str]) -> float:
    return len(asked & known) / len(asked) if asked else 0.0


def _nearest(hits: Sequence[Hit]) -> float:
    cosines = [hit.views["dense"].score for hit in hits if "dense" in hit.views]
    return max((c for c in cosines if c is not None), default=0.0)


def _lacks_figure(question: str, hit: Hit) -> bool:
    """Return whether a figure is asked for that no sentence gives beside the thing asked."""
    if not asks_for_figure(question):
        return False
    wanted = set(asked_terms(question))
    return not any(
        has_figure(e.text) and (not wanted or wanted & set(terms(e.text))) for e in hit.evidence
    )


def _lacks_name(question: str, hit: Hit) -> bool:
    text = f"{hit.paper.title} {hit.paper.abstract}".lower()
    return any(name.lower() not in text for name in names(question))


def _reason(question: str, hits: Sequence[Hit]) -> Reason:
    shared, cosine = _THERE
    here = (
        _share(set(terms(question)), _terms_of(hits[0])) >= shared
        or _nearest(hits[:1]) >= cosine
        or (written_names(question) and set(written_names(question)) <= _terms_of(hits[0]))
    )
    return Reason.NOT_IN_ABSTRACT if here else Reason.NOT_IN_CORPUS

"""Fuse what the dense and the lexical retriever say of each candidate into one ranking.

A paper's score is a weighted sum of four parts: the cosine of its vectors, its BM25 score,
the phrases of the query that it repeats, and its likeness to the best papers found so far.
How far BM25 is trusted depends on the query. Pure arithmetic: proposing candidates and
scoring them under both retrievers is left to ranking.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rag.embedding import Vector

# All constants were set once, for all collections together, on development halves of six
# question sets; docs/fusion.md gives the formula, the measurements and what else was tried.
SENTENCE_SHARE = 0.5  # of the dense score is the best sentence's cosine, the rest the abstract's
LEXICAL, PHRASE, NEIGHBOUR, NAME = 0.5, 0.4, 0.4, 0.4  # weights beside the dense score's 1
HALF_TRUST = 0.35  # coverage at which BM25 gets half its weight, for a query of TYPICAL_TERMS
TRUST_STEEPNESS = 4
TYPICAL_TERMS = 10
PHRASES_OF = 20  # papers, the best so far: phrases of 20 rank as well as phrases of all
NEIGHBOURS = 10  # papers, the best so far, that a candidate is compared with
NEIGHBOUR_TEMPERATURE = 0.05  # a paper that scores this much less counts e times less

Floats = npt.NDArray[np.float64]
Phrases = Callable[[Sequence[int]], Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper with what each retriever says of it; None means that it cannot say.

    ``dense`` and ``sentence`` are the cosines of the abstract and of its best sentence in
    [-1, 1], ``lexical`` is the BM25 score, ``coverage`` the share of the query's IDF that
    the paper's terms cover, ``vector`` the abstract's unit vector (dim,), ``named`` the
    share in [0, 1] of the query's names that the paper contains.
    """

    paper_num: int
    dense: float | None
    sentence: float | None
    lexical: float | None
    coverage: float
    vector: Vector | None = None
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class Fused:
    """A paper's score and the parts it is the weighted sum of, all in [0, 1]."""

    paper_num: int
    score: float
    dense_scaled: float
    lexical_scaled: float
    phrase: float = 0.0
    neighbour: float = 0.0
    named: float = 0.0


def fuse(
    candidates: Sequence[Candidate],
    *,
    query_terms: int = TYPICAL_TERMS,
    phrases: Phrases | None = None,
) -> tuple[list[Fused], dict[str, float], dict[str, float]]:
    """Return the candidates best first, the weight of each part, and the signals behind it.

    ``query_terms`` counts the distinct terms of the query. ``phrases`` is asked once, for
    the shares (see ``phrase_share``) of the best few papers. Ties are broken by paper number.
    """
    trust, signals = lexical_trust(candidates, query_terms)
    parts = {"dense": _dense(candidates), "lexical": _lexical(candidates)}
    raw = {"dense": 1.0, "lexical": LEXICAL * trust, "phrase": PHRASE, "neighbour": NEIGHBOUR}
    top = 1.0 + LEXICAL + PHRASE + NEIGHBOUR  # of a paper that is perfect in every part
    names = np.asarray([c.named for c in candidates], dtype=np.float64)
    if names.any():  # a query without names is weighed as if there were no such part
        raw["name"], top = NAME, top + NAME
    nums = np.asarray([c.paper_num for c in candidates], dtype=np.int64)
    total = raw["dense"] * parts["dense"] + raw["lexical"] * parts["lexical"]
    total = total + raw.get("name", 0.0) * names
    parts["phrase"] = _phrases(nums, _best(nums, total, PHRASES_OF), phrases)
    total = total + raw["phrase"] * parts["phrase"]
    parts["neighbour"] = _neighbours(candidates, total, _best(nums, total, NEIGHBOURS))
    total = total + raw["neighbour"] * parts["neighbour"]
    parts["name"] = names
    rows = np.stack([total / top, *parts.values()], axis=1)
    fused = [Fused(int(nums[i]), *rows[i].tolist()) for i in _best(nums, total, len(nums))]
    return fused, {name: weight / top for name, weight in raw.items()}, signals


def lexical_trust(
    candidates: Sequence[Candidate], query_terms: int
) -> tuple[float, dict[str, float]]:
    """Return the share of its weight, in [0, 1], that BM25 deserves, and the signals behind it.

    When even the best match covers little of the query's information, the words that do
    match are chance. A longer query is covered less by a good match, too: the coverage
    expected of one falls with the root of its number of terms.
    """
    coverage = max((c.coverage for c in candidates), default=0.0)
    evidence = (coverage * (max(1, query_terms) / TYPICAL_TERMS) ** 0.5) ** TRUST_STEEPNESS
    trust = evidence / (evidence + HALF_TRUST**TRUST_STEEPNESS)
    signals = {"coverage": coverage, "query_terms": float(query_terms), "lexical_trust": trust}
    return trust, signals


def phrase_share(
    query: Sequence[str], idf: Mapping[str, float], fields: Sequence[Sequence[str]]
) -> float:
    """Return the share, in [0, 1], of the query's pairs of neighbouring terms found in a paper.

    ``query`` and ``fields`` (title, abstract) are terms in order. A pair weighs as much as
    its terms' mean ``idf``, and counts when one field has it side by side in that order.
    """
    present = {pair for field in fields for pair in pairwise(field)}
    weights = [(pair, idf.get(pair[0], 0.0) + idf.get(pair[1], 0.0)) for pair in pairwise(query)]
    total = sum(weight for _, weight in weights)
    found = sum(weight for pair, weight in weights if pair in present)
    return found / total if total > 0 else 0.0


def _dense(candidates: Sequence[Candidate]) -> Floats:
    """Return the dense scores (n,): raw cosines, whose distances mean the same in any query."""
    return np.asarray([_cosine(c) for c in candidates], dtype=np.float64)


def _cosine(candidate: Candidate) -> float:
    if candidate.dense is None:
        return max(0.0, candidate.sentence or 0.0)
    sentence = candidate.dense if candidate.sentence is None else candidate.sentence
    mixed = (1 - SENTENCE_SHARE) * candidate.dense + SENTENCE_SHARE * sentence
    return min(1.0, max(0.0, mixed))


def _lexical(candidates: Sequence[Candidate]) -> Floats:
    """Return BM25 scores (n,) as shares of the best one."""
    scores = np.asarray([c.lexical or 0.0 for c in candidates], dtype=np.float64)
    best = scores.max(initial=0.0)
    return scores / best if best > 0 else np.zeros(len(scores))


def _phrases(nums: npt.NDArray[np.int64], best: list[int], phrases: Phrases | None) -> Floats:
    found = np.zeros(len(nums))
    if phrases is not None and best:
        shares = phrases(nums[best].tolist())
        found[best] = [shares.get(num, 0.0) for num in nums[best].tolist()]
    return found


def _neighbours(candidates: Sequence[Candidate], scores: Floats, best: list[int]) -> Floats:
    """Return each candidate's mean cosine (n,) to the best papers, weighted by their scores."""
    likeness = np.zeros(len(candidates))
    best = [i for i in best if candidates[i].vector is not None]
    rows = [i for i, c in enumerate(candidates) if c.vector is not None]
    if not best:
        return likeness
    vectors = np.stack([np.asarray(candidates[i].vector, dtype=np.float64) for i in rows])
    weights = np.exp((scores[best] - scores[best].max()) / NEIGHBOUR_TEMPERATURE)
    place = {row: position for position, row in enumerate(rows)}
    centre = weights @ vectors[[place[i] for i in best]] / weights.sum()
    likeness[rows] = np.clip(vectors @ centre, 0.0, 1.0)
    return likeness


def _best(nums: npt.NDArray[np.int64], scores: Floats, n: int) -> list[int]:
    """Return the positions of the ``n`` best scores, best first; ties by paper number."""
    order: list[int] = np.lexsort((nums, -scores))[:n].tolist()
    return order

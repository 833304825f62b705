"""Papers that are almost the same: revisions, copies, and forgeries of one another.

Which of two is right cannot be told from here. What can be told is that both are there,
so that nothing taken from one of them is shown without the other.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from rag.records import Paper
from rag.text.terms import terms

# Share of the shorter abstract's distinct terms that the other has as well. In the sample
# corpus no two papers reach half; revised, cut and forged copies keep nine tenths.
_ALIKE = 0.7
_SAME = 0.6  # share of their distinct terms that two versions of one sentence have in common
_FEWEST = 20  # terms; shorter abstracts are alike by chance


def find_twins(papers: Sequence[Paper]) -> Mapping[str, tuple[Paper, ...]]:
    """Return for each paper id the other papers whose abstract is almost the same."""
    words = {paper.paper_id: frozenset(terms(paper.abstract)) for paper in papers}
    found: dict[str, list[Paper]] = {}
    for one, other in combinations(papers, 2):
        if one.paper_id != other.paper_id and _alike(words[one.paper_id], words[other.paper_id]):
            found.setdefault(one.paper_id, []).append(other)
            found.setdefault(other.paper_id, []).append(one)
    return {paper_id: tuple(twins) for paper_id, twins in found.items()}


def same_sentence(one: str, other: str) -> bool:
    """Return whether two sentences are versions of one, as in a copy that alters a number."""
    return likeness(one, other) >= _SAME


def likeness(one: str, other: str) -> float:
    """Return the share of the distinct terms of two texts that both have, in [0, 1]."""
    words, others = set(terms(one)), set(terms(other))
    return len(words & others) / len(words | others) if words or others else 1.0


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= _FEWEST and len(one & other) >= _ALIKE * shorter

"""Which papers share a term with a query, how strongly, and the best among them.

Where the postings come from (a base on disk, a tail of new papers) is ``lexical``'s affair.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# The rows of an index whose papers hold a term, ascending, and how strongly each does.
Holders = tuple[npt.NDArray[np.signedinteger[Any]], npt.NDArray[np.floating[Any]]]


class LexicalHit(NamedTuple):
    """A paper, its BM25 score, and the share of the query's IDF that its terms cover."""

    paper_num: int
    score: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Postings:
    """Papers of one part of the index, and for each query term who holds it how strongly.

    ``nums`` numbers the papers, one a row; the rows in ``dead`` cannot be found.
    """

    nums: Ints
    dead: Ints
    weights: Mapping[str, Holders]


class Matches:
    """All papers that share a term with one query."""

    def __init__(
        self, parts: Iterable[Postings], repeats: Mapping[str, int], idf: Mapping[str, float]
    ) -> None:
        """No paper is in two parts; ``repeats`` counts the query's terms, ``idf`` weighs them."""
        self._parts = [(part, _scores(part, repeats)) for part in parts if part.weights]
        self._idf = idf

    def best(self, n: int, *, allowed: Ints | None = None) -> list[LexicalHit]:
        """Return the ``n`` best papers, best first, ties by number; ``allowed`` restricts them."""
        found: list[LexicalHit] = []
        for part, scores in self._parts:
            if allowed is None:
                rows = _highest(scores, n)
            else:
                rows = np.flatnonzero(np.isin(part.nums, allowed))
                rows = rows[_highest(scores[rows], n)]
            found += self._hits(part, scores, rows)
        return sorted(found, key=lambda hit: (-hit.score, hit.paper_num))[:n]

    def of(self, nums: Iterable[int]) -> dict[int, LexicalHit]:
        """Return the hits among these papers, by number."""
        wanted = np.fromiter(nums, dtype=np.int64)
        return {hit.paper_num: hit for hit in self.best(len(wanted), allowed=wanted)}

    def _hits(self, part: Postings, scores: Floats, rows: Ints) -> Iterable[LexicalHit]:
        covered = np.zeros(len(rows))
        for term, (holders, _) in part.weights.items():
            places = np.minimum(np.searchsorted(holders, rows), len(holders) - 1)
            covered += self._idf[term] * (holders[places] == rows)
        coverage = np.minimum(1.0, covered / sum(self._idf.values()))
        columns = (part.nums[rows].tolist(), scores[rows].tolist(), coverage.tolist())
        return map(LexicalHit, *columns)


def _scores(part: Postings, repeats: Mapping[str, int]) -> Floats:
    """Return the BM25 score (n,) of each row; 0 of those that are dead or share no term."""
    rows = np.concatenate([rows for rows, _ in part.weights.values()])
    weights = np.concatenate([w * repeats[term] for term, (_, w) in part.weights.items()])
    scores = np.bincount(rows, weights, minlength=len(part.nums)).astype(np.float64, copy=False)
    scores[part.dead] = 0.0
    return scores


def _highest(scores: Floats, n: int) -> Ints:
    """Return the rows of the ``n`` highest scores above 0, with all that equal the last."""
    bar = float(scores.max(initial=0.0))
    rows = np.flatnonzero(scores >= bar) if bar > 0 else np.empty(0, dtype=np.int64)
    while bar > 0 and len(rows) < n:  # quicker than sorting: few papers match a query well
        bar = bar / 2 if bar > 1e-3 else 0.0
        rows = np.flatnonzero(scores > bar)
    if 0 < n < len(rows):
        last = np.partition(scores[rows], len(rows) - n)[len(rows) - n]
        rows = rows[scores[rows] >= last]
    return rows


def inverse_frequency(n_papers: int, frequency: int) -> float:
    """Return the IDF, as BM25 takes it, of a term that ``frequency`` of the papers hold."""
    return float(np.log1p((n_papers - frequency + 0.5) / (frequency + 0.5)))

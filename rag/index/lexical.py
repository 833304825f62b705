"""BM25 over whole papers. The only module that imports bm25s.

A base is built by bm25s, and read memory-mapped without it: importing it would cost a
question more than searching does, since it imports scipy. What changed since lies beside
it: the rows of the base that are dead, and a small tail of new papers, scored by the same
formula with the base's document frequencies. When the two exceed a tenth of the base, a
new base is built. Scoring is done in ``matches``; fusing is not done here.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.index.matches import (
    Holders,
    Ints,
    LexicalHit,
    Matches,
    Postings,
    inverse_frequency,
)
from rag.index.tail import Tail
from rag.text.terms import terms

K1, B = 1.2, 0.75
TITLE_REPEATS = 2  # a word of the title counts twice (docs/fusion.md)
COMPACT_ABOVE = 0.1
SMALL = 2000  # below this many papers a new base costs less than a tail is worth


@dataclass(frozen=True, slots=True)
class _Base:
    """What bm25s saved: for each term a column of rows and their weights."""

    columns: Mapping[str, int]
    starts: Ints
    rows: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    @classmethod
    def open(cls, folder: Path) -> "_Base":
        """Map the arrays in ``folder`` into memory and load the terms."""
        columns = json.loads((folder / "vocab.index.json").read_text(encoding="utf-8"))
        names = ("indptr", "indices", "data")
        arrays = (np.load(folder / f"{name}.csc.index.npy", mmap_mode="r") for name in names)
        return cls(columns, *arrays)

    def holders(self, term: str) -> Holders:
        """Return the rows whose papers hold ``term``, and their weights."""
        start, stop = self._column(term)
        return np.asarray(self.rows[start:stop]), np.asarray(self.weights[start:stop])

    def frequency(self, term: str) -> int:
        """Return how many papers hold ``term``."""
        start, stop = self._column(term)
        return int(stop - start)

    def _column(self, term: str) -> Ints:
        column = self.columns[term]
        return np.asarray(self.starts[column : column + 2])


def paper_terms(title: str, abstract: str) -> list[str]:
    """Return the terms a paper is indexed under."""
    return terms(title) * TITLE_REPEATS + terms(abstract)


class LexicalIndex:
    """An index in a folder, opened for searching. Immutable; ``update`` writes a new state."""

    def __init__(self, folder: Path) -> None:
        """Open the index that ``build`` or ``update`` left in ``folder``."""
        self._folder = folder
        self._nums: Ints = np.load(folder / "nums.npy", mmap_mode="r")
        self._dead: Ints = np.load(folder / "dead.npy")
        stats = json.loads((folder / "stats.json").read_text())
        self._average_length: float = stats["average_length"]
        self._n_tail: int = stats["tail"]

    def __len__(self) -> int:
        """Return the number of papers that can be found."""
        return len(self._nums) - len(self._dead) + self._n_tail

    def search(self, query: str, n: int, *, allowed: Ints | None = None) -> list[LexicalHit]:
        """Return up to ``n`` papers that share a term with ``query``, best first.

        Ties are broken by paper number. ``allowed`` restricts to these paper numbers.
        """
        return self.matches(query).best(n, allowed=allowed)

    def matches(self, query: str) -> Matches:
        """Return the scores of all papers that share a term with ``query``."""
        repeats = Counter(terms(query))
        if not repeats or not len(self):
            return Matches((), {}, {})
        parts = [p for p in (self._base_postings(repeats), self._tail_postings(repeats)) if p]
        frequency = {t: sum(len(p.weights[t][0]) for p in parts if t in p.weights) for t in repeats}
        idf = {t: inverse_frequency(len(self), frequency[t]) for t in repeats}
        return Matches(parts, repeats, idf)

    def _base_postings(self, wanted: Iterable[str]) -> Postings | None:
        if not len(self._nums):
            return None
        weights = {t: self._base.holders(t) for t in wanted if t in self._base.columns}
        return Postings(self._nums, self._dead, weights)

    def _tail_postings(self, wanted: Iterable[str]) -> Postings | None:
        if not self._n_tail:
            return None
        tail = self._tail
        norm = K1 * (1 - B + B * tail.lengths / max(1e-9, self._average_length))
        weights = {}
        for term in wanted:
            rows, counts = tail.holders(term)
            if len(rows):
                idf = inverse_frequency(len(self), self._base_frequency(term) or len(rows))
                weights[term] = (rows, idf * counts / (counts + norm[rows]))
        return Postings(tail.nums, np.empty(0, dtype=np.int64), weights)

    @cached_property
    def _tail(self) -> Tail:
        return Tail.load(self._folder)

    def _base_frequency(self, term: str) -> int:
        if not len(self._nums) or term not in self._base.columns:
            return 0
        return self._base.frequency(term)

    @cached_property
    def _base(self) -> _Base:
        return _Base.open(self._folder / "base")

    def idf(self, query: str) -> dict[str, float]:
        """Return the IDF of each distinct term of ``query``; unknown terms weigh most."""
        return {
            t: inverse_frequency(len(self), self._base_frequency(t))
            for t in dict.fromkeys(terms(query))
        }

    def paper_nums(self) -> set[int]:
        """Return the numbers of all papers that can be found."""
        alive = np.delete(self._nums, self._dead)
        return {int(n) for n in alive} | {int(n) for n in self._tail.nums}


def build(folder: Path, papers: Iterable[tuple[int, str, str]]) -> None:
    """Write an index of (number, title, abstract) rows into the new ``folder``."""
    import bm25s

    folder.mkdir(parents=True)
    nums, corpus = [], []
    for num, title, abstract in papers:
        nums.append(num)
        corpus.append(paper_terms(title, abstract))
    np.save(folder / "nums.npy", np.asarray(nums, dtype=np.int64))
    if corpus:
        base = bm25s.BM25(k1=K1, b=B, method="lucene")
        # bm25s cannot index a corpus without a single term; an empty mark matches nothing.
        base.index([c or ["\0"] for c in corpus], show_progress=False)
        base.save(str(folder / "base"), show_progress=False)
    average = sum(map(len, corpus)) / max(1, len(corpus))
    _write_changes(folder, np.empty(0, dtype=np.int64), Tail.empty(), average)


def update(old: Path, new: Path, gone: set[int], fresh: Mapping[int, tuple[str, str]]) -> bool:
    """Write into ``new`` the index in ``old`` less ``gone``, with ``fresh`` put in.

    ``fresh`` maps paper numbers to (title, abstract); a number in both is replaced.
    Returns False, having written nothing, when a new base should be built instead.
    """
    index = LexicalIndex(old)
    replaced = np.asarray(sorted(gone | fresh.keys()), dtype=np.int64)
    dead = np.union1d(index._dead, np.flatnonzero(np.isin(index._nums, replaced)))
    tail = index._tail.without(replaced).extended(
        {num: Counter(paper_terms(*text)) for num, text in fresh.items()}
    )
    size = len(index._nums)
    if size < SMALL or len(dead) + len(tail.nums) > COMPACT_ABOVE * size:
        return False
    shutil.copytree(old, new, ignore=shutil.ignore_patterns("tail*"))
    _write_changes(new, dead.astype(np.int64), tail, index._average_length)
    return True


def _write_changes(folder: Path, dead: Ints, tail: Tail, average: float) -> None:
    np.save(folder / "dead.npy", dead)
    stats = {"average_length": average, "tail": len(tail.nums)}
    (folder / "stats.json").write_text(json.dumps(stats))
    if len(tail.nums):
        tail.save(folder)

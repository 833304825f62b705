"""The tail of the lexical index: papers added since its base was built, with their terms.

Values only: what is in it, and how it is kept in a folder. Scoring, and when a tail is
folded into a new base, is decided in ``rag.index.lexical``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tail:
    """Papers beside the base: ``counts[i]`` times does paper ``rows[i]`` hold ``columns[i]``.

    The three lie in the order of the columns, which ``vocabulary`` numbers; ``nums`` and
    ``lengths`` are those of the papers, in the order of the rows.
    """

    nums: Ints
    lengths: Ints
    rows: Ints
    columns: Ints
    counts: Ints
    vocabulary: dict[str, int]

    @classmethod
    def empty(cls) -> "Tail":
        """Return the tail that holds no paper."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, none, none, none, {})

    @classmethod
    def load(cls, folder: Path) -> "Tail":
        """Return the tail kept in ``folder``, empty when there is none."""
        if not (folder / "tail.npz").exists():
            return cls.empty()
        with np.load(folder / "tail.npz") as stored:  # each look at a member reads it anew
            nums, lengths, rows, counts, indptr = (
                stored[name] for name in ("nums", "lengths", "rows", "counts", "indptr")
            )
        vocabulary = json.loads((folder / "tail_vocab.json").read_text())
        columns = np.repeat(np.arange(len(vocabulary)), np.diff(indptr))
        return cls(nums, lengths, rows, columns, counts, vocabulary)

    def save(self, folder: Path) -> None:
        """Keep it in ``folder``."""
        np.savez(
            folder / "tail.npz", nums=self.nums, lengths=self.lengths, rows=self.rows,
            counts=self.counts,
            indptr=np.searchsorted(self.columns, np.arange(len(self.vocabulary) + 1)),
        )  # fmt: skip
        (folder / "tail_vocab.json").write_text(json.dumps(self.vocabulary))

    def without(self, gone: Ints) -> "Tail":
        """Return the tail less these paper numbers."""
        stays = ~np.isin(self.nums, gone)
        kept = stays[self.rows]
        rows = (np.cumsum(stays) - 1)[self.rows[kept]]
        return Tail(
            self.nums[stays], self.lengths[stays], rows, self.columns[kept], self.counts[kept],
            self.vocabulary,
        )  # fmt: skip

    def extended(self, fresh: Mapping[int, Mapping[str, int]]) -> "Tail":
        """Return the tail with these papers, given as counts of terms, put behind."""
        vocabulary = dict(self.vocabulary)
        triples = [
            (len(self.nums) + row, vocabulary.setdefault(term, len(vocabulary)), count)
            for row, counts in enumerate(fresh.values())
            for term, count in counts.items()
        ]
        added = np.asarray(triples, dtype=np.int64).reshape(-1, 3)
        columns = np.concatenate([self.columns, added[:, 1]])
        order = np.argsort(columns, kind="stable")
        lengths = np.asarray([sum(c.values()) for c in fresh.values()], dtype=np.int64)
        return Tail(
            np.concatenate([self.nums, np.asarray(list(fresh), dtype=np.int64)]),
            np.concatenate([self.lengths, lengths]),
            np.concatenate([self.rows, added[:, 0]])[order],
            columns[order],
            np.concatenate([self.counts, added[:, 2]])[order],
            vocabulary,
        )

    def holders(self, term: str) -> tuple[Ints, Ints]:
        """Return the rows of the papers that hold ``term``, and how often they do."""
        column = self.vocabulary.get(term, -1)
        start, stop = np.searchsorted(self.columns, [column, column + 1])
        return self.rows[start:stop], self.counts[start:stop]

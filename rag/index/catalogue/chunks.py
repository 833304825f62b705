"""Chunks and vectors: where each chunk lies in its abstract, and what it was embedded to.

Vectors stand under the hash of the text they came from, so that equal texts share one
and none is embedded twice.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rag.embedding import Encoded, Vector
from rag.index.catalogue.database import batches
from rag.index.catalogue.history import History
from rag.records import Chunk

_PAIR = struct.Struct("=2i")  # start and end of a sentence


class ChunkRow(NamedTuple):
    """Where a chunk lies: its number, its paper's number, and its span of the abstract."""

    num: int
    paper_num: int
    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]
    key: str


class Chunks(History):
    """The chunks of each space and the vectors of each embedder; changes go into the log."""

    def put_chunks(self, space: str, num: int, chunks: Sequence[tuple[Chunk, str]]) -> None:
        """Replace a paper's chunks in ``space``; pairs of chunk and content key."""
        self.drop_chunks(space, num)
        for position, (chunk, key) in enumerate(chunks):
            spans = np.asarray(chunk.sentences, dtype=np.int32).tobytes()
            row = (space, num, position, chunk.start, chunk.end, chunk.tokens, spans, key)
            sql = (
                "INSERT INTO chunk (space, paper_num, position, start, stop, tokens, sentences, key)"
                " VALUES (?,?,?,?,?,?,?,?)"
            )
            chunk_num = int(self._db.execute(sql, row).lastrowid or 0)
            self.log(space, "add", chunk_num, num)

    def drop_chunks(self, space: str, num: int) -> None:
        """Delete a paper's chunks in ``space``, and vectors that nothing refers to any more."""
        rows = self._rows(
            "SELECT num, key FROM chunk WHERE space = ? AND paper_num = ?", (space, num)
        )
        for chunk_num, key in rows:
            self._db.execute("DELETE FROM chunk WHERE num = ?", (chunk_num,))
            self._db.execute(
                "DELETE FROM vector WHERE key = ? AND NOT EXISTS"
                " (SELECT 1 FROM chunk WHERE chunk.key = vector.key)",
                (key,),
            )
            self.log(space, "drop", chunk_num, num)

    def put_vectors(self, embedder: str, encoded: Mapping[str, Encoded]) -> None:
        """Keep vectors under their content keys: fp32 of the whole, fp16 of the sentences."""
        self._db.executemany(
            "INSERT OR REPLACE INTO vector VALUES (?,?,?,?)",
            [
                (key, embedder, e.vector.astype(np.float32).tobytes(), _half(e.sentences))
                for key, e in encoded.items()
            ],
        )

    def keys_with_vectors(self, embedder: str, keys: Iterable[str]) -> set[str]:
        """Return those of ``keys`` that need no embedding."""
        found: set[str] = set()
        for some in batches(list(keys), 500):
            marks = ",".join("?" * len(some))
            sql = f"SELECT key FROM vector WHERE embedder = ? AND key IN ({marks})"
            found.update(r[0] for r in self._rows(sql, (embedder, *some)))
        return found

    def chunk_keys(self, space: str, num: int) -> list[str]:
        """Return the content keys of a paper's chunks in order."""
        sql = "SELECT key FROM chunk WHERE space = ? AND paper_num = ? ORDER BY position"
        return [r[0] for r in self._rows(sql, (space, num))]

    def chunks(self, nums: Iterable[int]) -> dict[int, ChunkRow]:
        """Return the chunks of these numbers; numbers that are gone are left out."""
        return self._chunks_where("num", list(nums), "")

    def chunks_of_papers(self, space: str, paper_nums: Iterable[int]) -> list[ChunkRow]:
        """Return all chunks of these papers in ``space``, by paper and position."""
        rows = self._chunks_where("paper_num", list(paper_nums), space)
        return sorted(rows.values(), key=lambda row: (row.paper_num, row.start))

    def _chunks_where(self, column: str, nums: list[int], space: str) -> dict[int, ChunkRow]:
        found = {}
        for some in batches(nums, 500):
            marks = ",".join("?" * len(some))
            condition = " AND space = ?" if space else ""
            sql = (
                "SELECT num, paper_num, start, stop, sentences, key FROM chunk"
                f" WHERE {column} IN ({marks}){condition}"
            )
            for num, paper, start, stop, spans, key in self._rows(
                sql, (*some, *([space] if space else []))
            ):
                pairs = tuple(_PAIR.iter_unpack(spans))
                found[num] = ChunkRow(num, paper, start, stop, pairs, key)
        return found

    def count_chunks(self, space: str) -> int:
        """Return how many chunks there are in ``space``."""
        return int(self._rows("SELECT count(*) FROM chunk WHERE space = ?", (space,))[0][0])

    def vectors(self, embedder: str, keys: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors (dim,) kept under these content keys."""
        return {k: v for k, v, _ in self._vector_rows(embedder, keys, "NULL")}

    def encoded(self, embedder: str, keys: Iterable[str]) -> dict[str, Encoded]:
        """Return the vectors (dim,) kept under these keys with those of sentences (n, dim)."""
        rows = list(self._vector_rows(embedder, keys, "sentences"))
        # All sentences become floats at once: one by one it takes three times as long.
        half = np.frombuffer(b"".join(blob for *_, blob in rows if blob), dtype=np.float16)
        floats, at = half.astype(np.float32), 0
        found = {}
        for key, vector, blob in rows:
            size = len(blob) // half.itemsize if blob else 0
            sentences = floats[at : at + size].reshape(-1, len(vector))
            found[key] = Encoded(vector, None if blob is None else sentences)
            at += size
        return found

    def _vector_rows(
        self, embedder: str, keys: Iterable[str], third: str
    ) -> Iterator[tuple[str, Vector, bytes | None]]:
        for some in batches(list(dict.fromkeys(keys)), 500):
            marks = ",".join("?" * len(some))
            sql = f"SELECT key, vector, {third} FROM vector WHERE embedder = ? AND key IN ({marks})"
            for key, blob, extra in self._rows(sql, (embedder, *some)):
                yield key, np.frombuffer(blob, dtype=np.float32), extra

    def papers_without_chunks(self, space: str, limit: int) -> list[int]:
        """Return numbers of papers that have not been cut and embedded in ``space`` yet."""
        sql = (
            "SELECT num FROM paper WHERE NOT EXISTS"
            " (SELECT 1 FROM chunk WHERE chunk.space = ? AND chunk.paper_num = paper.num)"
            " ORDER BY num LIMIT ?"
        )
        return [r[0] for r in self._rows(sql, (space, limit))]


def _half(sentences: Vector | None) -> bytes | None:
    return None if sentences is None else sentences.astype(np.float16).tobytes()

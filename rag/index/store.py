"""The vector store. The only module that imports chromadb.

Chroma holds the vector of each chunk under the chunk's number, and nothing else: the
texts stand in the catalogue, one join away, so that a deleted text is found nowhere.
Vectors are always passed in; no embedding function is ever configured or built.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.embedding import Vector
from rag.errors import StorageError

COLLECTION = "chunks"
STEP = 1000


class VectorHit(NamedTuple):
    """A chunk and its cosine similarity to the query, in [-1, 1]."""

    chunk_num: int
    score: float


class VectorStore:
    """One open Chroma directory, or a collection on a Chroma server."""

    def __init__(self, folder: Path) -> None:
        """Open ``folder``, creating it when missing. Raises StorageError."""
        with _translated():
            import chromadb
            from chromadb.config import Settings

            options = Settings(anonymized_telemetry=False)
            self._client = chromadb.PersistentClient(path=str(folder), settings=options)
            self._collection = self._client.get_or_create_collection(
                COLLECTION, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
            )

    def close(self) -> None:
        """Let go of the files."""
        with _translated():
            self._client.close()  # type: ignore[attr-defined]

    def count(self) -> int:
        """Return the number of chunks."""
        with _translated():
            return int(self._collection.count())

    def query(self, vector: Vector, n: int) -> list[VectorHit]:
        """Return up to ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""
        with _translated():
            size = min(n, self._collection.count())
            if not size:
                return []
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=size, include=["distances"]
            )
        distances = found["distances"] or [[]]
        hits = [
            VectorHit(int(i), 1.0 - float(d))
            for i, d in zip(found["ids"][0], distances[0], strict=True)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_num))

    def add(self, vectors: Mapping[int, Vector]) -> None:
        """Put in the vectors of these chunk numbers, replacing any that stand there."""
        with _translated():
            for nums in self._batches(list(vectors)):
                self._collection.upsert(
                    ids=[str(n) for n in nums],
                    embeddings=np.stack([vectors[n] for n in nums]),
                )

    def remove(self, nums: Sequence[int]) -> None:
        """Take out these chunk numbers; unknown ones are ignored."""
        with _translated():
            for some in self._batches(nums):
                self._collection.delete(ids=[str(n) for n in some])

    def nums(self) -> set[int]:
        """Return the numbers of all chunks."""
        with _translated():
            return {int(i) for i in self._collection.get(include=[])["ids"]}

    def dimension(self) -> int | None:
        """Return the length of the stored vectors, or None when there are none."""
        with _translated():
            found = self._collection.peek(1)["embeddings"]
        return len(found[0]) if found is not None and len(found) else None

    def _batches(self, nums: Sequence[int]) -> Iterator[Sequence[int]]:
        # Small steps, so that Ctrl-C is heard between them.
        size = min(STEP, self._client.get_max_batch_size())
        for start in range(0, len(nums), size):
            yield nums[start : start + size]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn whatever chromadb raises, from Python or from its Rust core, into our own error."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, StorageError):
        raise
    except BaseException as exc:  # a Rust panic is no Exception
        text = _first_line(exc)
        mend = "free space" if "full" in text or "space" in text else "papers index verify"
        raise StorageError(
            f"the vector store failed: {text}; mend: {mend}, then papers index rebuild"
        ) from exc


def _first_line(exc: BaseException) -> Any:
    return (str(exc).strip().splitlines() or [type(exc).__name__])[0][:200]

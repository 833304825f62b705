"""The vector store of a generation, and Chroma in process. The only module that imports chromadb.

Chroma holds the vector of each chunk under the chunk's number, and nothing else: the
texts stand in the catalogue, one join away, so that a deleted text is found nowhere.
Vectors are always passed in; no embedding function is ever configured or built. A store
that lies on a server is the business of ``server_store``.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from rag.embedding import Vector
from rag.errors import StorageError
from rag.index.heap import blank_memory, use_few_heaps

COLLECTION = "chunks"
STEP = 1000
# Chroma's default breadth, 100, misses near ones among the hundred best (docs/decisions/0006).
HNSW: Any = {"space": "cosine", "ef_search": 800}


class VectorHit(NamedTuple):
    """A chunk and its cosine similarity to the query, in [-1, 1]."""

    chunk_num: int
    score: float


class Store(Protocol):
    """The vectors of one generation, open for searching or while the generation is made.

    Every method raises StorageError.
    """

    def query(self, vector: Vector, n: int) -> list[VectorHit]:
        """Return up to ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""

    def add(self, vectors: Mapping[int, Vector]) -> None:
        """Put in the vectors of these chunk numbers, replacing any that stand there."""

    def remove(self, nums: Sequence[int]) -> None:
        """Take out these chunk numbers; unknown ones are ignored."""

    def seal(self) -> int:
        """Complete the generation; return the number of its chunks."""

    def close(self) -> None:
        """Let go of files and connections."""


class Stores(Protocol):
    """Where the vectors of a home's generations lie. ``kind`` stands in their manifests."""

    kind: str

    def create(self, folder: Path, base: Path | None) -> Store:
        """Return a store for the new generation in ``folder``, holding what ``base`` holds."""

    def open(self, folder: Path, *, writable: bool) -> Store:
        """Return the store of a published generation, for searching."""

    def owns(self, folder: Path) -> bool:
        """Tell whether a next generation may be made from this one."""

    def chunk_nums(self, folder: Path) -> set[int] | str:
        """Return the chunk numbers that a generation gives back, or what is wrong with it."""

    def altered(self, folder: Path, vectors: Mapping[int, Vector]) -> int:
        """Return how many of these chunks have another vector in the generation."""

    def discard(self, folder: Path) -> None:
        """Give up what a generation holds outside its folder, which is about to be deleted."""

    def settle(self, folder: Path) -> None:
        """Give up what only generations older than this one needed: there are none any more."""


class EmbeddedStores:
    """Stores inside the folders of their generations, opened by this process."""

    kind = "embedded"

    def create(self, folder: Path, base: Path | None) -> "VectorStore":
        """Return a store on a copy of the base's files."""
        if base is not None:
            shutil.copytree(base / "chroma", folder / "chroma")
        return VectorStore(folder / "chroma")

    def open(self, folder: Path, *, writable: bool) -> "VectorStore":
        """Return the store; on a copy where its disk is full or read-only, as Chroma writes."""
        if writable:
            try:
                return VectorStore(folder / "chroma")
            except StorageError:
                pass
        copy = _scratch_copy(folder / "chroma")
        return VectorStore(copy, scratch=copy)

    def owns(self, folder: Path) -> bool:
        """Return True: a folder's files belong to whoever may write to it."""
        del folder
        return True

    def chunk_nums(self, folder: Path) -> set[int] | str:
        """Ask a child process, so that a crash of Chroma's is a finding."""
        command = [sys.executable, "-m", "rag.index.probe", str(folder / "chroma")]
        try:
            child = subprocess.run(
                command, capture_output=True, text=True, timeout=120, check=False
            )
        except subprocess.TimeoutExpired:
            return "Chroma did not answer within 120 s"
        if child.returncode:
            return f"Chroma failed in a child process (exit {child.returncode})"
        return set(json.loads(child.stdout))

    def altered(self, folder: Path, vectors: Mapping[int, Vector]) -> int:
        """Return 0: the files are ours alone, and their sizes have told of any damage."""
        del folder, vectors
        return 0

    def discard(self, folder: Path) -> None:
        """Do nothing, as nothing lies outside, unless the home was served by a server before."""
        from rag.index.server_store import discard_collection

        discard_collection(folder)

    def settle(self, folder: Path) -> None:
        """Do nothing: generations share nothing."""


class VectorStore:
    """One open Chroma directory."""

    def __init__(self, folder: Path, *, scratch: Path | None = None) -> None:
        """Open ``folder``, creating it when missing; ``scratch`` is deleted on closing."""
        self._scratch = scratch
        use_few_heaps()
        with _translated():
            import chromadb
            from chromadb.config import Settings

            options = Settings(anonymized_telemetry=False)
            self._client = chromadb.PersistentClient(path=str(folder), settings=options)
            self._collection = self._client.get_or_create_collection(
                COLLECTION, configuration={"hnsw": HNSW}, embedding_function=None
            )

    def close(self) -> None:
        """Let go of the files."""
        with _translated():
            self._client.close()  # type: ignore[attr-defined]
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def seal(self) -> int:
        """Return the number of chunks."""
        with _translated(), blank_memory():
            return int(self._collection.count())

    def query(self, vector: Vector, n: int) -> list[VectorHit]:
        """Return up to ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""
        with _translated():
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=n, include=["distances"]
            )
        distances = found["distances"] or [[]]
        hits = [
            VectorHit(int(i), 1.0 - float(d))
            for i, d in zip(found["ids"][0], distances[0], strict=True)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_num))

    def add(self, vectors: Mapping[int, Vector]) -> None:
        """Put in the vectors of these chunk numbers, replacing any that stand there."""
        with _translated(), blank_memory():
            for nums in self._batches(list(vectors)):
                self._collection.upsert(
                    ids=[str(n) for n in nums],
                    embeddings=np.stack([vectors[n] for n in nums]),
                )

    def remove(self, nums: Sequence[int]) -> None:
        """Take out these chunk numbers; unknown ones are ignored."""
        with _translated(), blank_memory():
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


def _scratch_copy(folder: Path) -> Path:
    """Return a temporary copy of a Chroma directory that may be written to."""
    target = Path(tempfile.mkdtemp(prefix="papers-"))
    shutil.copytree(folder, target, dirs_exist_ok=True)
    for path in target.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return target


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

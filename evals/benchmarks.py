"""Give a public collection an index of its own, apart from the user's corpus.

It lies under the home, in ``benchmarks/NAME-HASH``, named by the corpus it holds, and is
built once; an interrupted build goes on where it stopped.
"""

from pathlib import Path

from evals.digests import file_sha256
from rag.errors import InputError
from rag.index.index import Index, Progress


def benchmark_home(home: Path, collection: Path) -> Path:
    """Return the folder for the index of a BEIR folder's corpus. Raises InputError."""
    corpus = collection / "corpus.jsonl"
    if not corpus.exists():
        raise InputError(f"{collection.name}: no corpus.jsonl; give a folder in the BEIR layout")
    return home / "benchmarks" / f"{collection.name}-{file_sha256(corpus)[:12]}"


def ensure_indexed(index: Index, collection: Path, *, progress: Progress) -> None:
    """Index the collection's corpus unless a complete index of it is there."""
    marker = index.home / "complete"
    if not marker.exists():
        index.add([collection / "corpus.jsonl"], progress=progress)
        marker.touch()

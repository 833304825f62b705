"""Vectors of a baseline, kept by the text they belong to, so that none is made twice.

They lie in files of a few hundred vectors each; an interrupted run keeps what it made.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.embedding import MiniLM, Passage
from rag.index.index import Progress
from rag.records import Paper

BATCH = 256
Vectors = npt.NDArray[np.float32]


def vectors_of(
    papers: Sequence[Paper], model: MiniLM, *, cache: Path, progress: Progress
) -> Vectors:
    """Return unit vectors (n_papers, dim) of title and abstract, embedding what is not kept."""
    folder = cache / model.fingerprint
    known = _read(folder)
    keys = [_key(paper) for paper in papers]
    missing = {key: paper for key, paper in zip(keys, papers, strict=True) if key not in known}
    items = list(missing.items())
    for start in range(0, len(items), BATCH):
        progress("embedding for the dense baseline", start, len(items))
        batch = dict(items[start : start + BATCH])
        encoded = model.embed_passages([Passage(p.title, p.abstract) for p in batch.values()])
        vectors = np.stack([e.vector for e in encoded])
        _write(folder, list(batch), vectors)
        known.update(zip(batch, vectors, strict=True))
    return np.stack([known[key] for key in keys])


def _key(paper: Paper) -> str:
    text = f"{paper.title}\0{paper.abstract}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _read(folder: Path) -> dict[str, Vectors]:
    found: dict[str, Vectors] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as kept:
            found.update(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    return found


def _write(folder: Path, keys: Sequence[str], vectors: Vectors) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
    aside = folder / f"{name}.tmp"
    with aside.open("wb") as stream:
        np.savez(stream, keys=np.asarray(keys), vectors=vectors)
    aside.replace(folder / f"{name}.npz")

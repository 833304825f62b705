"""The chunks nearest to a vector: by the vector store, or by an exact scan of a few papers."""

from typing import NamedTuple

import numpy as np

from rag.embedding import Vector
from rag.index.catalogue import Catalogue, ChunkRow
from rag.index.generations import Manifest
from rag.index.matches import Ints
from rag.index.snapshots import Snapshot

MARGIN = 2  # how many times as many chunks as a filter is expected to need are asked for


class ChunkHit(NamedTuple):
    """A chunk found by its vector, with its cosine similarity."""

    chunk: ChunkRow
    score: float


def nearest(
    catalogue: Catalogue,
    snapshot: Snapshot,
    vector: Vector,
    n: int,
    *,
    allowed: Ints | None = None,
) -> list[ChunkHit]:
    """Return the ``n`` chunks nearest to the unit ``vector`` (dim,), best first.

    ``allowed`` restricts to the chunks of these paper numbers. When they are few, reading
    their vectors costs less than asking the store for as many chunks as will hold ``n``
    of theirs. Raises StorageError.
    """
    if allowed is None:
        return _by_store(catalogue, snapshot, vector, n)
    manifest = snapshot.manifest
    if len(allowed) ** 2 <= n * manifest.papers:
        return _by_scanning(catalogue, manifest, vector, n, allowed)
    size = MARGIN * n * manifest.papers // len(allowed)
    while True:
        hits = _by_store(catalogue, snapshot, vector, size)
        inside = np.isin([hit.chunk.paper_num for hit in hits], allowed)
        found = [hit for hit, is_inside in zip(hits, inside, strict=True) if is_inside]
        if len(found) >= n or size >= manifest.chunks:
            return found[:n]
        size = min(manifest.chunks, 4 * size)


def _by_store(catalogue: Catalogue, snapshot: Snapshot, vector: Vector, n: int) -> list[ChunkHit]:
    hits = snapshot.store.query(vector, n)
    rows = catalogue.chunks(hit.chunk_num for hit in hits)
    return [ChunkHit(rows[h.chunk_num], h.score) for h in hits if h.chunk_num in rows]


def _by_scanning(
    catalogue: Catalogue, manifest: Manifest, vector: Vector, n: int, allowed: Ints
) -> list[ChunkHit]:
    rows = catalogue.chunks_of_papers(manifest.space, allowed.tolist())
    vectors = catalogue.vectors(manifest.embedder, (row.key for row in rows))
    rows = [row for row in rows if row.key in vectors]
    if not rows:
        return []
    scores = np.stack([vectors[row.key] for row in rows]) @ vector
    order = np.argsort(-scores, kind="stable")[:n]
    return [ChunkHit(rows[i], float(scores[i])) for i in order]

"""An ensemble of seeded spherical k-means runs, all runs at once in a few matrix products.

Every run draws its own centres (k-means++) and its own random 85 % of the papers to
learn from; papers it did not see are still put to their nearest centre.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.themes.space import Vectors

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SHARE_SEEN = 0.85
_STEPS = 15


@dataclass(frozen=True, slots=True)
class Ensemble:
    """``labels`` (runs, n) of every run; ``together`` (n, runs * k), sparse, 1 where placed.

    ``best`` is the run whose papers lie nearest to their centres.
    """

    labels: Labels
    together: Any
    best: int

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.labels)

    def agreement(self, labels: Labels) -> Floats:
        """Return (n, k): how often, in [0, 1], a paper is put with the papers of a cluster."""
        count = int(labels.max()) + 1
        size = np.maximum(np.bincount(labels[labels >= 0], minlength=count), 1)
        inside = one_hot(labels[None, :], count)
        profiles = (inside.T @ self.together).toarray() / size[:, None]
        shares: Floats = np.asarray(self.together @ profiles.T, np.float64) / self.runs
        return shares


def run_ensemble(rows: Vectors, k: int, runs: int, seed: int) -> Ensemble:
    """Return ``runs`` clusterings of the unit rows (n, d) into ``k``."""
    rng = np.random.default_rng(seed)
    n, d = rows.shape
    seen = rng.random((runs, n)) < _SHARE_SEEN
    centres = _spread_centres(rows, k, seen, rng)
    labels, nearness = _nearest(rows, centres)
    for _ in range(_STEPS):
        sums = np.asarray(_one_hot_runs(labels, k, seen).T @ rows)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), centres.reshape(-1, d))
        centres = moved.reshape(runs, k, d).astype(np.float32)
        before = labels
        labels, nearness = _nearest(rows, centres)
        if np.array_equal(before, labels):
            break
    return Ensemble(labels, _one_hot_runs(labels, k), int(nearness.argmax()))


def _nearest(rows: Vectors, centres: Vectors) -> tuple[Labels, Floats]:
    """Return the nearest centre (runs, n) of each paper, and each run's summed cosine."""
    runs, k, d = centres.shape
    cosines = (rows @ centres.reshape(runs * k, d).T).reshape(len(rows), runs, k)
    return cosines.argmax(axis=2).T, cosines.max(axis=2).sum(axis=0, dtype=np.float64)


def _spread_centres(
    rows: Vectors, k: int, seen: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Vectors:
    """Draw k-means++ centres (runs, k, d): the likelier, the farther from those drawn."""
    runs, n = seen.shape
    centres = np.empty((runs, k, rows.shape[1]), np.float32)
    distance = np.ones((runs, n), np.float32)
    for j in range(k):
        mass = np.where(seen, np.maximum(distance, 1e-9), 0.0).cumsum(axis=1)
        drawn = (mass < rng.random((runs, 1)) * mass[:, -1:]).sum(axis=1)
        centres[:, j] = rows[np.minimum(drawn, n - 1)]
        to_new = np.maximum(1.0 - centres[:, j] @ rows.T, 0.0)
        distance = to_new if j == 0 else np.minimum(distance, to_new)
    return centres


def _one_hot_runs(labels: Labels, k: int, seen: npt.NDArray[np.bool_] | None = None) -> Any:
    runs = len(labels)
    shifted = labels + np.arange(runs)[:, None] * k
    return one_hot(shifted, runs * k, seen)


def one_hot(labels: Labels, width: int, seen: npt.NDArray[np.bool_] | None = None) -> Any:
    """Return the sparse (n, width) with a 1 at each of ``labels`` (runs, n) that is ≥ 0."""
    from scipy.sparse import csr_matrix

    runs, n = labels.shape
    used = labels >= 0 if seen is None else seen & (labels >= 0)
    rows = np.broadcast_to(np.arange(n), (runs, n))[used]
    values = np.ones(len(rows), np.float32)
    return csr_matrix((values, (rows, labels[used])), shape=(n, width))

"""Where papers lie on the map: two coordinates each, like papers near each other.

A seeded t-SNE (van der Maaten & Hinton 2008) of the space that themes are found in. For
many papers it is made for some of them, and the others are put among their nearest.
"""

import numpy as np
import numpy.typing as npt

from rag.themes.space import Vectors, theme_space, unit

Positions = npt.NDArray[np.float32]
LANDMARKS = 1500
_NEAREST = 4
_FEWEST = 5
_BLOCK = 2048


def lay_out(vectors: Vectors, seed: int = 0) -> Positions:
    """Return positions (n, 2) in [−1, 1] of papers by their vectors (n, dim)."""
    n = len(vectors)
    rows = theme_space(unit(vectors)) if n > 1 else np.zeros((n, 1), np.float32)
    if n < _FEWEST or not rows.any():
        return _on_a_spiral(n)
    if n <= LANDMARKS:
        return _scaled(_tsne(rows, seed))
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(n, LANDMARKS, replace=False))
    placed = _tsne(rows[chosen], seed)
    return _scaled(_among(rows, rows[chosen], placed, rng))


def _tsne(rows: Vectors, seed: int) -> Positions:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # Rows that are equal to the last digit would give a start without any spread.
    jitter = np.random.default_rng(seed).normal(0, 1e-4, rows.shape).astype(np.float32)
    perplexity = min(30.0, (len(rows) - 1) / 3)
    method = TSNE(
        init="pca" if rows.shape[1] > 1 else "random", perplexity=perplexity, random_state=seed
    )
    with threadpool_limits(1):  # sums in one order: equal runs give equal maps
        positions: Positions = method.fit_transform(rows + jitter)
    return positions


def _among(
    rows: Vectors, landmarks: Vectors, placed: Positions, rng: np.random.Generator
) -> Positions:
    """Put each row at the weighted mean of its nearest landmarks, a little beside it."""
    positions = np.empty((len(rows), 2), np.float32)
    spread = 0.006 * float(np.ptp(placed))
    for start in range(0, len(rows), _BLOCK):
        near = rows[start : start + _BLOCK] @ landmarks.T
        top = np.argpartition(-near, _NEAREST, axis=1)[:, :_NEAREST]
        weight = np.exp(
            30.0 * (np.take_along_axis(near, top, axis=1) - near.max(axis=1, keepdims=True))
        )
        weight /= weight.sum(axis=1, keepdims=True)
        positions[start : start + _BLOCK] = (placed[top] * weight[:, :, None]).sum(axis=1)
    return positions + rng.normal(0, spread, positions.shape).astype(np.float32)


def _scaled(positions: Positions) -> Positions:
    low, high = positions.min(axis=0), positions.max(axis=0)
    scaled = 2 * (positions - low) / np.maximum(high - low, 1e-9) - 1
    result: Positions = scaled.astype(np.float32)
    return result


def _on_a_spiral(n: int) -> Positions:
    """Return positions of papers that nothing is known to tell apart."""
    turn = np.arange(n) * 2.399963
    reach = np.sqrt((np.arange(n) + 0.5) / max(1, n)) * 0.6
    return np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1).astype(np.float32)

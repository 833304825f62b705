"""How far the themes depend on which papers happen to be there.

Each of 20 random 90 % subsamples is clustered from scratch; the adjusted Rand index
compares it with the clustering of all papers, on the papers both have. Papers in no
theme count as one more cluster. Plain k-means and Ward get the same treatment.
"""

from collections.abc import Callable

import numpy as np

from rag.themes.clustering import cluster, far_from_theme
from rag.themes.ensemble import Labels
from rag.themes.records import Stability
from rag.themes.space import Vectors, theme_space

SHARE = 0.9
MOST_PAPERS = 2000  # above it Ward's matrix and twenty clusterings take too long
_Method = Callable[[Vectors, int], Labels]


def theme_labels(vectors: Vectors, k: int, seed: int) -> Labels:
    """Return theme labels (n,) for a given number; negative outside every theme."""
    return far_from_theme(vectors, cluster(theme_space(vectors), k, seed).labels)


def measure_stability(
    vectors: Vectors, labels: Labels, k: int, *, subsamples: int, seed: int
) -> Stability:
    """Return mean adjusted Rand indices of ``labels`` and of the two baselines."""
    samples = _samples(len(vectors), subsamples, seed)
    return Stability(
        subsamples,
        _mean_index(vectors, samples, labels, lambda v, i: theme_labels(v, k, seed + 1 + i)),
        _mean_index(
            vectors, samples, _kmeans(vectors, k, seed), lambda v, i: _kmeans(v, k, seed + 1 + i)
        ),
        _mean_index(vectors, samples, _ward(vectors, k), lambda v, _: _ward(v, k)),
    )


def _samples(n: int, subsamples: int, seed: int) -> list[Labels]:
    rng = np.random.default_rng([seed, n])
    size = max(1, round(SHARE * n))
    return [np.sort(rng.choice(n, size, replace=False)) for _ in range(subsamples)]


def _mean_index(vectors: Vectors, samples: list[Labels], labels: Labels, method: _Method) -> float:
    from sklearn.metrics import adjusted_rand_score

    merged = np.maximum(labels, -1)
    indices = [
        adjusted_rand_score(merged[sample], np.maximum(method(vectors[sample], i), -1))
        for i, sample in enumerate(samples)
    ]
    return float(np.mean(indices))


def _kmeans(vectors: Vectors, k: int, seed: int) -> Labels:
    from sklearn.cluster import KMeans

    means = KMeans(min(k, len(vectors)), n_init=1, random_state=seed)
    labels: Labels = means.fit_predict(vectors)
    return labels


def _ward(vectors: Vectors, k: int) -> Labels:
    from sklearn.cluster import AgglomerativeClustering

    labels: Labels = AgglomerativeClustering(min(k, len(vectors))).fit_predict(vectors)
    return labels

"""Consensus clustering: what many seeded k-means runs agree on.

Two papers belong together as far as the runs put them together (evidence accumulation,
Fred & Jain 2005), and the number of clusters is judged by the same agreement (after
Monti et al. 2003). Pure and seeded. Labels and sentences are made elsewhere.
"""

import math
from dataclasses import dataclass

import numpy as np

from rag.themes.ensemble import Ensemble, Floats, Labels, run_ensemble
from rag.themes.space import Vectors

SMALL = -1  # with too few others to make a theme
BETWEEN = -2  # the runs do not agree where it belongs
FAR = -3  # much less like its theme than the theme's other papers are

LARGE = 2000  # papers: above it the matrix of all pairs is not formed
_RUNS, _RUNS_LARGE = 60, 10
_REFINEMENTS = 20
_NEARLY = 0.95  # of the best agreement: a finer division this good is preferred
_LEAST_MEMBERSHIP = 0.4
_FAR_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class Clustering:
    """``labels`` (n,), negative for papers in no cluster; ``membership`` (n,) in [0, 1].

    The membership of a paper is the share of runs that put it with the papers of its
    cluster. ``agreement`` in [−1, 1] says how much rather there than elsewhere, on average.
    """

    labels: Labels
    membership: Floats
    agreement: float

    @property
    def count(self) -> int:
        """How many clusters."""
        return int(self.labels.max(initial=-1)) + 1


def smallest_theme(n: int) -> int:
    """Return how many of ``n`` papers make a theme: two fifths of √n, at least 3."""
    return max(3, round(0.4 * math.sqrt(n)))


def count_range(n: int) -> tuple[int, int]:
    """Return the fewest and most clusters looked at for ``n`` papers.

    From √n/2 (at most 20) to √n (at most 40): a theme then holds √n to 2√n papers on
    average, few enough to have one subject and enough to find several papers on it.
    """
    low = min(20, max(2, round(math.sqrt(n) / 2)))
    return low, max(low, min(40, round(math.sqrt(n))))


def choose_clusters(rows: Vectors, seed: int) -> Clustering:
    """Return the clustering whose number of clusters the runs support.

    Of the numbers in ``count_range``, the largest whose agreement reaches 95 % of the
    best one's.
    """
    low, high = count_range(len(rows))
    step = max(1, (high - low) // (8 if len(rows) <= LARGE else 4))
    tried = [cluster(rows, k, seed) for k in range(low, high + 1, step)]
    best = max(clustering.agreement for clustering in tried)
    enough = best - (1 - _NEARLY) * abs(best)
    return [c for c in tried if c.agreement >= enough][-1]


def cluster_into(rows: Vectors, count: int, seed: int) -> Clustering:
    """Return ``count`` clusters, or where fewer are large enough, as many as can be.

    Asking for more than there are splinters groups that then are too small, so fewer and
    fewer are asked for; of what is found, most clusters win, then most papers in one.
    """
    k = min(count, len(rows) // smallest_theme(len(rows)))
    tried = [cluster(rows, k, seed)]
    while tried[-1].count < k:
        k = (k + tried[-1].count) // 2
        tried.append(cluster(rows, k, seed))
    return max(tried, key=lambda found: (found.count, (found.labels >= 0).sum()))


def cluster(rows: Vectors, k: int, seed: int) -> Clustering:
    """Return about ``k`` clusters of the unit rows (n, d), the largest first.

    Fewer when the runs agree on fewer. Groups below ``smallest_theme`` are left out.
    """
    n = len(rows)
    if n < 2 or k < 2 or not rows.any():
        return Clustering(np.zeros(n, np.int64), np.ones(n), 1.0)
    ensemble = run_ensemble(rows, min(k, n), _RUNS if n <= LARGE else _RUNS_LARGE, seed)
    labels = _linked(ensemble, k) if n <= LARGE else _refined(ensemble)
    return _judged(ensemble, _by_size(labels))


def _linked(ensemble: Ensemble, k: int) -> Labels:
    """Cut the average-linkage tree of agreement where ``k`` clusters are large enough."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = 1.0 - (ensemble.together @ ensemble.together.T).toarray() / ensemble.runs
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average")
    least = smallest_theme(len(distance))
    cuts: list[Labels] = [
        fcluster(tree, t, "maxclust").astype(np.int64) - 1 for t in range(k, 2 * k + 1)
    ]
    enough = (cut for cut in cuts if (np.bincount(cut) >= least).sum() >= k)
    return next(enough, cuts[0])


def _refined(ensemble: Ensemble) -> Labels:
    """Start from the best run and move each paper to the cluster the runs put it with."""
    labels: Labels = ensemble.labels[ensemble.best]
    for _ in range(_REFINEMENTS):
        moved = np.asarray(ensemble.agreement(labels).argmax(axis=1), np.int64)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def _by_size(labels: Labels) -> Labels:
    """Renumber by falling size, ties by first paper; clusters that are too small are SMALL."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda i: (-sizes[i], first[i]))
    least = smallest_theme(len(labels))
    number = {found[i]: (rank if sizes[i] >= least else SMALL) for rank, i in enumerate(order)}
    return np.array([number[label] for label in labels], np.int64)


def _judged(ensemble: Ensemble, labels: Labels) -> Clustering:
    """Measure membership and agreement; papers that belong nowhere are BETWEEN."""
    if labels.max() < 0:
        return Clustering(labels, np.zeros(len(labels)), 0.0)
    shares = ensemble.agreement(labels)
    rows = np.arange(len(labels))
    own = np.where(labels >= 0, shares[rows, np.maximum(labels, 0)], 0.0)
    shares[rows, np.maximum(labels, 0)] = -1.0
    other = np.maximum(shares.max(axis=1), 0.0)
    rather = (own - other) / np.maximum(np.maximum(1.0 - own, 1.0 - other), 1e-9)
    rather = np.where(labels >= 0, rather, 0.0)
    labels = np.where((labels >= 0) & (own < _LEAST_MEMBERSHIP), BETWEEN, labels)
    return Clustering(_by_kept_size(labels), own, float(rather.mean()))


def _by_kept_size(labels: Labels) -> Labels:
    """Dissolve clusters that lost so many papers that too few are left."""
    kept = np.bincount(labels[labels >= 0], minlength=1)
    gone = (labels >= 0) & (kept[np.maximum(labels, 0)] < smallest_theme(len(labels)))
    labels = np.where(gone, SMALL, labels)
    outside = labels < 0
    _, renumbered = np.unique(labels[~outside], return_inverse=True)
    result = labels.copy()
    result[~outside] = renumbered
    return result


def far_from_theme(vectors: Vectors, labels: Labels) -> Labels:
    """Return labels with FAR where a stored vector (n, dim) is unlike its theme's others.

    Unlike: its cosine to the theme's centre lies three (scaled) median deviations below
    the theme's median. Themes that would get too small keep their papers.
    """
    result = labels.copy()
    for label in range(int(labels.max(initial=-1)) + 1):
        members = np.flatnonzero(labels == label)
        centre = vectors[members].mean(axis=0)
        cosine = vectors[members] @ centre / max(float(np.linalg.norm(centre)), 1e-9)
        middle = np.median(cosine)
        deviation = 1.4826 * np.median(np.abs(cosine - middle))
        far = cosine < middle - _FAR_DEVIATIONS * max(deviation, 1e-6) - 1e-4
        if len(members) - far.sum() >= smallest_theme(len(labels)):
            result[members[far]] = FAR
    return result

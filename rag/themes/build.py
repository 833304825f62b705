"""From papers and their vectors to a report on themes. Pure and seeded, reads no index.

The order of work: space, clusters, themes with labels and findings, second level,
stability, trends. Equal input gives an equal report.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.errors import UsageError
from rag.records import Paper
from rag.themes.clustering import (
    BETWEEN,
    FAR,
    SMALL,
    Clustering,
    choose_clusters,
    cluster_into,
    count_range,
    far_from_theme,
)
from rag.themes.disagreements import with_disagreements
from rag.themes.ensemble import Labels
from rag.themes.making import Material, background_of, make_themes
from rag.themes.records import Stability, Theme, ThemeOptions, ThemeReport, Uncovered
from rag.themes.space import Vectors, theme_space, unit
from rag.themes.stability import MOST_PAPERS, measure_stability
from rag.themes.trends import build_trends

FEWEST = 6  # papers below which all are one theme
MOST_THEMES = 200
_DIVIDED_FROM = 12  # papers of a theme that is divided once more
_SMALLEST_CHILD = 4
_REASONS = {
    SMALL: "too few papers like it",
    BETWEEN: "between themes",
    FAR: "unlike the theme nearest to it",
}


def build_themes(
    papers: Sequence[Paper],
    vectors: Vectors,
    *,
    options: ThemeOptions | None = None,
    query: str = "",
) -> ThemeReport:
    """Return the themes of ``papers`` (n) by their vectors (n, dim), the largest first.

    Raises UsageError for options that cannot be right.
    """
    from threadpoolctl import threadpool_limits

    options = options or ThemeOptions()
    _check(papers, vectors, options)
    if not papers:
        why = "no paper matches" if query else "there are no papers to find themes in"
        return ThemeReport(0, query=query, notes=(why,))
    # One thread: small matrices gain nothing from more, and sums keep one order of terms.
    with threadpool_limits(1):
        return _report(papers, vectors, options, query)


def _report(
    papers: Sequence[Paper], vectors: Vectors, options: ThemeOptions, query: str
) -> ThemeReport:
    clock = _Clock()
    material = Material(tuple(papers), unit(np.asarray(vectors, np.float32)))
    clusters, notes = _clusters(material.vectors, options)
    labels = far_from_theme(material.vectors, clusters.labels)
    clock.lap("clustering")
    themes = make_themes(material, labels, clusters.membership, sentences=options.sentences)
    if options.level == 2:
        whole = replace(material, background=background_of(themes))
        themes = [_divided(theme, whole, options) for theme in themes]
    clock.lap("labels and findings")
    themes = with_disagreements(themes)
    clock.lap("disagreements")
    stability, unmeasured = _stability(material.vectors, labels, options)
    clock.lap("stability")
    trends = build_trends(papers, themes)
    return ThemeReport(
        len(papers),
        tuple(themes),
        _uncovered(papers, labels),
        stability,
        trends,
        criterion=_criterion(len(papers), clusters, options),
        query=query,
        notes=(*notes, *unmeasured),
        seconds=clock.laps,
    )


def _check(papers: Sequence[Paper], vectors: Vectors, options: ThemeOptions) -> None:
    if len(papers) != len(vectors):
        raise UsageError(f"{len(papers)} papers but {len(vectors)} vectors")
    if options.count is not None and not 1 <= options.count <= MOST_THEMES:
        raise UsageError(f"the number of themes must be 1 to {MOST_THEMES}, got {options.count}")
    if options.level not in (1, 2):
        raise UsageError(f"the level must be 1 or 2, got {options.level}")
    if not 0 <= options.subsamples <= 1000 or not 0 <= options.sentences <= 20:
        raise UsageError("subsamples must be 0 to 1000 and sentences 0 to 20")


def _clusters(vectors: Vectors, options: ThemeOptions) -> tuple[Clustering, list[str]]:
    """Return the clusters, and notes on what could not be done."""
    n = len(vectors)
    if n < FEWEST:
        return _one(n), ["too few papers to tell themes apart: shown as one"]
    rows = theme_space(vectors)
    if not rows.any():
        return _one(n), ["the papers' vectors are all equal: shown as one theme"]
    if options.count is None:
        found = choose_clusters(rows, options.seed)
    else:
        found = cluster_into(rows, options.count, options.seed)
    notes = []
    if options.count is not None and found.count < options.count:
        notes = [f"{options.count} themes were asked for; {found.count} are large enough"]
    if found.count == 0:
        notes.append("the papers fall into no groups large enough: shown as one theme")
        return _one(n), notes
    return found, notes


def _one(n: int) -> Clustering:
    return Clustering(np.zeros(n, np.int64), np.ones(n), 1.0)


def _divided(theme: Theme, material: Material, options: ThemeOptions) -> Theme:
    """Return the theme with the themes inside it, found in the same way."""
    if theme.size < _DIVIDED_FROM:
        return theme
    inside = material.of(theme.papers)
    rows = theme_space(inside.vectors)
    clusters = choose_clusters(rows, options.seed)
    if clusters.count < 2:
        return theme
    sizes = np.bincount(clusters.labels[clusters.labels >= 0])
    labels = np.where(sizes[clusters.labels] >= _SMALLEST_CHILD, clusters.labels, SMALL)
    labels = np.where(clusters.labels < 0, SMALL, labels)
    children = make_themes(
        inside, labels, clusters.membership, sentences=1, prefix=f"{theme.theme_id}."
    )
    return replace(theme, children=tuple(children))


def _uncovered(papers: Sequence[Paper], labels: Labels) -> tuple[Uncovered, ...]:
    return tuple(
        Uncovered(paper, _REASONS[int(label)])
        for paper, label in zip(papers, labels, strict=True)
        if label < 0
    )


def _criterion(n: int, clusters: Clustering, options: ThemeOptions) -> str:
    if options.count is not None:
        return f"{options.count} themes asked for"
    if clusters.count < 2:
        return "one theme: nothing to tell apart"
    low, high = count_range(n)
    return (
        f"of {low} to {high} themes, the finest division on which the clusterings of random "
        f"85 % parts agree nearly as well as on the best (agreement {clusters.agreement:.2f})"
    )


def _stability(
    vectors: Vectors, labels: Labels, options: ThemeOptions
) -> tuple[Stability | None, tuple[str, ...]]:
    count = int(labels.max()) + 1
    if options.subsamples == 0:
        return None, ()
    if count < 2:
        return None, ("stability is not measured: there is only one theme",)
    if len(vectors) > MOST_PAPERS:
        return None, (f"stability is measured for up to {MOST_PAPERS:,} papers only",)
    measured = measure_stability(
        vectors, labels, count, subsamples=options.subsamples, seed=options.seed
    )
    return measured, ()


class _Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now

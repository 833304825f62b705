"""Themes out of clusters: labels, typical papers, quoted findings, the nearest neighbour.

Used for both levels alike: a theme's own themes are told apart within it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.records import Paper
from rag.themes.ensemble import Floats, Labels
from rag.themes.findings import find_claims
from rag.themes.labels import Labeller, label_of
from rag.themes.phrases import PhraseCounts, count_phrases
from rag.themes.records import Contrast, Theme
from rag.themes.space import Vectors

_READ, _LEAST_READ = 200, 80  # papers of a theme, the most typical, whose words label it
_READ_IN_ALL = 2500
_CONTRASTED = 25  # phrases of each theme that are compared with its neighbour's
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Material:
    """Papers (n) and their unit vectors (n, dim) in one order.

    ``background`` are the phrases of a larger corpus that they are a part of, if any.
    """

    papers: tuple[Paper, ...]
    vectors: Vectors
    background: PhraseCounts | None = None

    def of(self, papers: Sequence[Paper]) -> "Material":
        """Return the part that belongs to some of the papers, in this order."""
        wanted = {paper.paper_id for paper in papers}
        at = [i for i, paper in enumerate(self.papers) if paper.paper_id in wanted]
        return Material(tuple(self.papers[i] for i in at), self.vectors[at], self.background)


def make_themes(
    material: Material, labels: Labels, membership: Floats, *, sentences: int, prefix: str = ""
) -> list[Theme]:
    """Return the theme of each label, numbered from 1 after ``prefix``, the largest first."""
    groups = _groups(material, labels, membership)
    labeller = _labeller(material, groups)
    themes: list[Theme] = []
    cited = 0
    for number, group in enumerate(groups):
        papers = tuple(material.papers[i] for i in group)
        keys = labeller.phrases(number)
        phrases = tuple(labeller.show(key) for key in keys)
        claims = find_claims(papers, keys, limit=sentences, first_number=cited + 1)
        cited += len(claims)
        theme = Theme(
            theme_id=f"{prefix}{number + 1}",
            label=label_of(phrases) or _named_after(papers[0]),
            phrases=phrases,
            papers=papers,
            claims=claims,
            cohesion=_cohesion(material.vectors[group]),
            membership=float(membership[group].mean()),
        )
        themes.append(theme)
    return _contrasted(themes, material.vectors, groups, labeller)


def background_of(themes: Sequence[Theme]) -> PhraseCounts:
    """Return the phrases of the themes' most typical papers."""
    read = _read_of_each(len(themes))
    return count_phrases([paper for theme in themes for paper in theme.papers[:read]])


def _read_of_each(themes: int) -> int:
    return min(_READ, max(_LEAST_READ, _READ_IN_ALL // max(1, themes)))


def _groups(material: Material, labels: Labels, membership: Floats) -> list[Labels]:
    """Return the papers of each label, the most typical first, the largest group first."""
    groups = []
    for label in range(int(labels.max()) + 1):
        group = np.flatnonzero(labels == label)
        vectors = material.vectors[group]
        typical = (vectors @ vectors.sum(axis=0)) * membership[group]
        groups.append(group[np.argsort(-typical, kind="stable")])
    return sorted((group for group in groups if len(group)), key=lambda group: -len(group))


def _labeller(material: Material, groups: Sequence[Labels]) -> Labeller:
    most = _read_of_each(len(groups))
    read = [group[:most] for group in groups]
    papers = [material.papers[i] for group in read for i in group]
    numbers = np.repeat(np.arange(len(read)), [len(group) for group in read])
    return Labeller(count_phrases(papers), numbers, material.background)


def _named_after(paper: Paper) -> str:
    """Name a theme whose papers share no phrase after one of them."""
    title = paper.title or paper.paper_id
    return title if len(title) <= 60 else f"{title[:59]}…"


def _cohesion(vectors: Vectors) -> float:
    """Return the mean cosine between two papers, 1.0 for a single one."""
    n = len(vectors)
    if n < 2:
        return 1.0
    total = vectors.sum(axis=0, dtype=np.float64)
    return float((total @ total - n) / (n * (n - 1)))


def _contrasted(
    themes: list[Theme], vectors: Vectors, groups: Sequence[Labels], labeller: Labeller
) -> list[Theme]:
    """Return the themes with what sets each apart from its nearest neighbour."""
    if len(themes) < 2:
        return themes
    overall = vectors.mean(axis=0)
    centres = np.stack([vectors[group].mean(axis=0) - overall for group in groups])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    near = centres @ centres.T
    np.fill_diagonal(near, -2.0)
    contrasted = []
    for a, theme in enumerate(themes):
        b = int(near[a].argmax())
        here, there = _distinct(labeller, a, b), _distinct(labeller, b, a)
        told = bool(here or there)
        contrast = Contrast(themes[b].theme_id, themes[b].label, here, there) if told else None
        contrasted.append(replace(theme, contrast=contrast))
    return contrasted


def _distinct(labeller: Labeller, a: int, b: int) -> tuple[str, ...]:
    """Return the phrases whose use in ``a`` exceeds that in ``b`` most."""
    keys = labeller.phrases(a, _CONTRASTED)
    excess = {key: labeller.share(a, key) - labeller.share(b, key) for key in keys}
    ranked = sorted((key for key in keys if excess[key] > 0), key=lambda key: -excess[key])
    return tuple(labeller.show(key) for key in ranked[:_SHOWN])

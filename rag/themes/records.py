"""What a report on themes holds: frozen values and their machine form.

Nothing here computes; ``to_dict`` is what ``papers themes --json`` prints.
"""

from dataclasses import dataclass, field
from typing import Any

from rag.records import Claim, Paper, claim_to_dict

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ThemeOptions:
    """How themes are made.

    ``count`` fixes the number of themes (None: chosen, see ``clustering.choose_count``);
    ``level`` 2 divides large themes once more; ``subsamples`` is how many random 90 %
    subsamples the stability is measured on (0: not measured); ``sentences`` is how many
    findings are quoted for each theme.
    """

    count: int | None = None
    level: int = 1
    seed: int = 0
    subsamples: int = 20
    sentences: int = 3


@dataclass(frozen=True, slots=True)
class Contrast:
    """A theme beside its nearest neighbour: phrases that only one of the two uses much."""

    neighbour: str
    neighbour_label: str
    here: tuple[str, ...]
    there: tuple[str, ...]

    @property
    def text(self) -> str:
        """The contrast as a sentence."""
        here = ", ".join(self.here) or "nothing of its own"
        there = ", ".join(self.there) or "nothing of its own"
        return f"Nearest to theme {self.neighbour} ({self.neighbour_label}); here: {here}; there: {there}."


@dataclass(frozen=True, slots=True)
class Theme:
    """Papers that belong together, the most typical first.

    ``cohesion`` is the mean cosine between its papers' vectors, in [−1, 1];
    ``membership`` the mean share, in [0, 1], of clusterings that put two of its papers
    together. ``claims`` are sentences of its papers' abstracts, verbatim, each cited.
    """

    theme_id: str
    label: str
    phrases: tuple[str, ...]
    papers: tuple[Paper, ...]
    claims: tuple[Claim, ...] = ()
    cohesion: float = 0.0
    membership: float = 0.0
    contrast: Contrast | None = None
    children: tuple["Theme", ...] = ()

    @property
    def size(self) -> int:
        """How many papers it has."""
        return len(self.papers)

    @property
    def undivided(self) -> int:
        """How many of its papers are in none of its children."""
        return self.size - sum(child.size for child in self.children)

    @property
    def representatives(self) -> tuple[Paper, ...]:
        """Its three most typical papers."""
        return self.papers[:3]


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A paper in no theme, and why."""

    paper: Paper
    reason: str


@dataclass(frozen=True, slots=True)
class Stability:
    """Adjusted Rand indices between all papers' themes and those of 90 % subsamples.

    1 is perfect agreement, 0 what chance gives. ``kmeans`` and ``ward`` are the same
    measurement for plain k-means and Ward on the stored vectors, same number of clusters.
    """

    subsamples: int
    themes: float
    kmeans: float
    ward: float


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of a theme: ``count`` of ``total`` dated papers, 95 % Wilson interval."""

    period: str
    count: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The theme's share of the period's papers, None when there are none."""
        return self.count / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Trend:
    """How a theme's share moves: ``direction`` is rising, falling, unclear or too few.

    ``slope`` is the change of the share per year with its interval, widened for the
    number of themes that are looked at.
    """

    theme_id: str
    points: tuple[TrendPoint, ...]
    direction: str
    slope: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Trends:
    """The trends of all themes over the same periods of length ``unit``.

    ``undated`` papers have no date, ``imprecise`` ones only a coarser one than ``unit``;
    neither is counted in any period. ``dated + imprecise + undated`` are all papers.
    """

    unit: str
    dated: int
    imprecise: int
    undated: int
    themes: tuple[Trend, ...] = ()
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """Themes, the papers in none, and how far to trust both.

    ``matched == covered + len(uncovered)``, always. ``notes`` say what could not be done.
    """

    matched: int
    themes: tuple[Theme, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    stability: Stability | None = None
    trends: Trends | None = None
    criterion: str = ""
    query: str = ""
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def covered(self) -> int:
        """How many papers are in a theme."""
        return sum(theme.size for theme in self.themes)

    def to_dict(self) -> dict[str, Any]:
        """Return the machine form; equal input gives an equal one."""
        return {
            "schema": SCHEMA,
            "query": self.query or None,
            "accounting": {
                "matched": self.matched,
                "in_themes": self.covered,
                "uncovered": len(self.uncovered),
            },
            "criterion": self.criterion,
            "stability": _stability_to_dict(self.stability),
            "themes": [_theme_to_dict(theme) for theme in self.themes],
            "uncovered": [{**_paper_to_dict(u.paper), "reason": u.reason} for u in self.uncovered],
            "trends": _trends_to_dict(self.trends),
            "notes": list(self.notes),
        }


def _paper_to_dict(paper: Paper) -> dict[str, Any]:
    return {"paper_id": paper.paper_id, "title": paper.title, "date": paper.published}


def _theme_to_dict(theme: Theme) -> dict[str, Any]:
    contrast = theme.contrast
    return {
        "id": theme.theme_id,
        "label": theme.label,
        "phrases": list(theme.phrases),
        "size": theme.size,
        "cohesion": round(theme.cohesion, 4),
        "membership": round(theme.membership, 4),
        "claims": [claim_to_dict(claim) for claim in theme.claims],
        "representatives": [_paper_to_dict(paper) for paper in theme.representatives],
        "papers": [paper.paper_id for paper in theme.papers],
        "contrast": contrast
        and {
            "neighbour": contrast.neighbour,
            "here": list(contrast.here),
            "there": list(contrast.there),
        },
        "children": [_theme_to_dict(child) for child in theme.children],
    }


def _stability_to_dict(stability: Stability | None) -> dict[str, Any] | None:
    if stability is None:
        return None
    return {
        "subsamples": stability.subsamples,
        "themes": round(stability.themes, 4),
        "kmeans": round(stability.kmeans, 4),
        "ward": round(stability.ward, 4),
    }


def _trends_to_dict(trends: Trends | None) -> dict[str, Any] | None:
    if trends is None:
        return None
    return {
        "unit": trends.unit,
        "dated": trends.dated,
        "imprecise": trends.imprecise,
        "undated": trends.undated,
        "warning": trends.warning or None,
        "themes": [_trend_to_dict(trend) for trend in trends.themes],
    }


def _trend_to_dict(trend: Trend) -> dict[str, Any]:
    return {
        "id": trend.theme_id,
        "direction": trend.direction,
        "slope_per_year": [round(v, 4) for v in (trend.slope, trend.low, trend.high)],
        "points": [
            {
                "period": p.period,
                "count": p.count,
                "total": p.total,
                "share": None if p.share is None else round(p.share, 4),
                "interval": [round(p.low, 4), round(p.high, 4)],
            }
            for p in trend.points
        ],
    }

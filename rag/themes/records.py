"""What a report on themes holds: frozen values and their machine form.

Nothing here computes; the machine form is made in ``machine``.
"""

from dataclasses import dataclass, field
from typing import Any

from rag.records import Claim, Paper


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
class Disagreement:
    """Sentences of abstracts, verbatim and cited, one of which says the opposite of others.

    One claim: a paper that says itself that it contradicts what was held before. ``cue``
    are the words that tell.
    """

    claims: tuple[Claim, ...]
    cue: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Papers that belong together, the most typical first.

    ``cohesion`` is the mean cosine between its papers' vectors, in [−1, 1];
    ``membership`` the mean share, in [0, 1], of clusterings that put two of its papers
    together. ``claims`` are sentences of its papers' abstracts, verbatim, or of the chat
    model named by ``written_by``; either way each is cited and checked.
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
    disagreements: tuple[Disagreement, ...] = ()
    written_by: str = ""

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
class Writing:
    """What a chat model's part in a report took: requests sent, replies reused, tokens, cost.

    ``dropped`` sentences were not borne out by what they cite; ``complete`` is false when
    some theme, the labels or the overview could not be written (see the report's notes).
    """

    model: str
    requests: int
    reused: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    dropped: int = 0
    invalid_citations: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """Themes, the papers in none, and how far to trust both.

    ``matched == covered + len(uncovered)``, always. ``notes`` say what could not be done.
    ``overview`` and ``writing`` are there when a chat model wrote.
    """

    matched: int
    themes: tuple[Theme, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    stability: Stability | None = None
    trends: Trends | None = None
    criterion: str = ""
    query: str = ""
    notes: tuple[str, ...] = ()
    overview: tuple[Claim, ...] = ()
    writing: Writing | None = None
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def covered(self) -> int:
        """How many papers are in a theme."""
        return sum(theme.size for theme in self.themes)

    def to_dict(self) -> dict[str, Any]:
        """Return the machine form; equal input gives an equal one."""
        from rag.themes.machine import report_to_dict

        return report_to_dict(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from rag.notebook import themes_html

        return themes_html(self)

"""One self-contained HTML page of a report: the papers as a map, the themes beside it.

It loads nothing from anywhere: style, script and data are in the file, and its own
content policy forbids the rest. Foreign text travels as JSON and is only ever set as
text; the only links are the papers' own http(s) addresses.
"""

import json
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from rag.records import Claim, Paper
from rag.text.safe import for_terminal
from rag.themes.findings import takeaway
from rag.themes.layout import Positions, lay_out
from rag.themes.records import Theme, ThemeReport, Trend
from rag.themes.render import (
    MARKS,
    accounting_line,
    disagreeing,
    disagreement_heading,
    trend_line,
    trust_line,
    writing_line,
)
from rag.themes.space import Vectors
from rag.themes.trends import month_number

_AUTHORS_SHOWN = 12


def render_map(report: ThemeReport, papers: Sequence[Paper], vectors: Vectors) -> str:
    """Return the page for ``report`` on ``papers`` (n) with their vectors (n, dim)."""
    page = files("rag.themes") / "page"
    html = (page / "map.html").read_text(encoding="utf-8")
    # The data goes in last: nothing in it can be taken for a placeholder.
    for mark, name in (("/*STYLE*/", "map.css"), ("/*SCRIPT*/", "map.js")):
        html = html.replace(mark, (page / name).read_text(encoding="utf-8"))
    before, after = html.split("/*DATA*/")
    return f"{before}{_embedded(map_data(report, papers, lay_out(vectors)))}{after}"


def _embedded(value: Any) -> str:
    """Return JSON that can stand inside a script element whatever it says."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def map_data(report: ThemeReport, papers: Sequence[Paper], positions: Positions) -> dict[str, Any]:
    """Return what the page's script draws, JSON-ready."""
    number_of = {p.paper_id: i for i, theme in enumerate(report.themes) for p in theme.papers}
    reasons = {u.paper.paper_id: u.reason for u in report.uncovered}
    at = {paper.paper_id: i for i, paper in enumerate(papers)}
    months = [month for paper in papers if (month := month_number(paper)) is not None]
    trends = {trend.theme_id: trend for trend in (report.trends.themes if report.trends else ())}
    return {
        "heading": f"Themes of “{_clean(report.query)}”"
        if report.query
        else "Themes of the corpus",
        "account": accounting_line(report),
        "trust": trust_line(report),
        "wrote": writing_line(report),
        "overview": [_claim(claim, at) for claim in report.overview],
        "unit": report.trends.unit if report.trends else "",
        "first": min(months, default=None),
        "last": max(months, default=None),
        "themes": [
            {**_theme(theme, at, positions, trends.get(theme.theme_id)), "short": _clean(name)}
            for theme, name in zip(report.themes, _names(report.themes), strict=True)
        ],
        "papers": [
            {
                **_paper(paper),
                "x": round(float(x), 4),
                "y": round(float(y), 4),
                "theme": number_of.get(paper.paper_id, -1),
                "reason": reasons.get(paper.paper_id, ""),
            }
            for paper, (x, y) in zip(papers, positions, strict=True)
        ],
    }


def _paper(paper: Paper) -> dict[str, Any]:
    authors = ", ".join(paper.authors[:_AUTHORS_SHOWN])
    more = len(paper.authors) - _AUTHORS_SHOWN
    return {
        "title": _clean(paper.title or paper.paper_id),
        "abstract": _clean(paper.abstract),
        "takeaway": _clean(takeaway(paper)),
        "authors": _clean(f"{authors} and {more} more" if more > 0 else authors),
        "date": paper.published,
        "month": month_number(paper),
        "url": safe_url(paper.url),
    }


def safe_url(url: str | None) -> str | None:
    """Return the address if it is a plain http(s) one, else None."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return url if sound and url.isprintable() and " " not in url else None


def _theme(
    theme: Theme, at: dict[str, int], positions: Positions, trend: Trend | None
) -> dict[str, Any]:
    x, y = np.median(positions[[at[paper.paper_id] for paper in theme.papers]], axis=0)
    return {
        "label": _clean(theme.label),
        "size": theme.size,
        "x": round(float(x), 4),
        "y": round(float(y), 4),
        "claims": [_claim(claim, at) for claim in theme.claims],
        "against": [_claim(claim, at) for claim in disagreeing(theme)],
        "againstText": disagreement_heading(theme) if theme.disagreements else "",
        "contrast": _clean(theme.contrast.text) if theme.contrast else "",
        "children": [{"label": _clean(c.label), "size": c.size} for c in theme.children],
        "trend": trend and [_point(trend, i) for i in range(len(trend.points))],
        "trendText": trend_line(trend) if trend else "",
    }


def _names(themes: Sequence[Theme]) -> list[str]:
    """Return what stands beside each theme on the map: what no other theme's label says."""
    parts = [[part.casefold() for part in theme.label.split(", ")] for theme in themes]
    said = Counter(part for of_one in parts for part in of_one)
    names = []
    for theme, of_one in zip(themes, parts, strict=True):
        own = next((i for i, part in enumerate(of_one) if said[part] == 1), 0)
        name = theme.label.split(", ")[own]
        names.append(name[:1].upper() + name[1:])
    return names


def _claim(claim: Claim, at: dict[str, int]) -> dict[str, Any]:
    return {
        "text": _clean(claim.text),
        "verdict": claim.verdict.value,
        "mark": MARKS[claim.verdict],
        "why": _clean(claim.why),
        "citations": [
            {"n": c.n, "title": _clean(c.title), "paper": at[c.paper_id]} for c in claim.citations
        ],
    }


def _point(trend: Trend, i: int) -> dict[str, Any]:
    point = trend.points[i]
    return {
        "period": point.period,
        "count": point.count,
        "total": point.total,
        "share": None if point.share is None else round(point.share, 4),
        "low": round(point.low, 4),
        "high": round(point.high, 4),
    }


def _clean(text: str) -> str:
    """Return foreign text without control and direction-changing characters."""
    return for_terminal(text)

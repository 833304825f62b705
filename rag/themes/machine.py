"""A report on themes in machine form: what ``papers themes --json`` prints."""

from dataclasses import asdict
from typing import Any

from rag.records import Paper, claim_to_dict
from rag.themes.records import Stability, Theme, ThemeReport, Trend, Trends

SCHEMA = 1


def report_to_dict(report: ThemeReport) -> dict[str, Any]:
    """Return the machine form of a report; equal input gives an equal one."""
    return {
        "schema": SCHEMA,
        "query": report.query or None,
        "accounting": {
            "matched": report.matched,
            "in_themes": report.covered,
            "uncovered": len(report.uncovered),
        },
        "criterion": report.criterion,
        "overview": [claim_to_dict(claim) for claim in report.overview],
        "stability": _stability_to_dict(report.stability),
        "themes": [_theme_to_dict(theme) for theme in report.themes],
        "uncovered": [{**_paper_to_dict(u.paper), "reason": u.reason} for u in report.uncovered],
        "trends": _trends_to_dict(report.trends),
        "notes": list(report.notes),
        "writing": asdict(report.writing) if report.writing else None,
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
        "written_by": theme.written_by or None,
        "contrast": contrast
        and {
            "neighbour": contrast.neighbour,
            "neighbour_label": contrast.neighbour_label,
            "here": list(contrast.here),
            "there": list(contrast.there),
        },
        "disagreements": [
            {"cue": found.cue, "claims": [claim_to_dict(claim) for claim in found.claims]}
            for found in theme.disagreements
        ],
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

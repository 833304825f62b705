"""How the themes' shares move over time, with intervals and without over-reading them.

Wilson intervals for each period; a theme is called rising or falling only where the
interval of its slope, widened for the number of themes looked at, excludes zero.
"""

import math
from collections.abc import Sequence

from rag.records import Paper
from rag.themes.records import Theme, Trend, TrendPoint, Trends

_MONTHS_UP_TO = 18  # months of span shown month by month
_QUARTERS_UP_TO = 40
_FEW = 30  # dated papers below which no direction is given
_SMALL_PERIOD = 10  # papers below which a period's share says little
_FEW_OF_THEME = 5
_LENGTH = {"month": 1, "quarter": 3, "year": 12}


def build_trends(papers: Sequence[Paper], themes: Sequence[Theme]) -> Trends:
    """Return the trends of ``themes`` among ``papers`` (with those in no theme).

    The unit is the month for spans up to 18 months, else the quarter up to ten years,
    else the year. Papers whose date is coarser than the unit are counted apart.
    """
    months = {paper.paper_id: month_number(paper) for paper in papers}
    exact = [m for m in months.values() if m is not None]
    unit = _unit(exact)
    dates = {p.paper_id: _period(p, unit) for p in papers}
    undated = sum(1 for paper in papers if not paper.published)
    counted = [period for period in dates.values() if period is not None]
    imprecise = len(papers) - undated - len(counted)
    if not counted:
        return Trends(unit, 0, imprecise, undated, (), "no paper is dated to the month; no trend")
    first, last = min(counted), max(counted)
    totals = [counted.count(period) for period in range(first, last + 1)]
    trends = tuple(
        _trend(theme, [dates[p.paper_id] for p in theme.papers], first, totals, (unit, len(themes)))
        for theme in themes
    )
    return Trends(unit, len(counted), imprecise, undated, trends, _warning(totals, unit))


def month_number(paper: Paper) -> int | None:
    """Return the month of publication counted from year 0, None when it is not known."""
    if not paper.published or paper.date_precision == "year" or len(paper.published) < 7:
        return None
    return int(paper.published[:4]) * 12 + int(paper.published[5:7]) - 1


def _unit(months: Sequence[int]) -> str:
    if not months:
        return "year"
    span = max(months) - min(months) + 1
    if span <= _MONTHS_UP_TO:
        return "month"
    return "quarter" if span <= 3 * _QUARTERS_UP_TO else "year"


def _period(paper: Paper, unit: str) -> int | None:
    if unit == "year":
        return int(paper.published[:4]) if paper.published else None
    month = month_number(paper)
    return None if month is None else month // _LENGTH[unit]


def period_name(period: int, unit: str) -> str:
    """Return a period as "2025-09", "2025-Q3" or "2025"."""
    if unit == "year":
        return str(period)
    year, part = divmod(period, 12 // _LENGTH[unit])
    return f"{year}-{part + 1:02}" if unit == "month" else f"{year}-Q{part + 1}"


def _trend(
    theme: Theme,
    periods: Sequence[int | None],
    first: int,
    totals: Sequence[int],
    about: tuple[str, int],
) -> Trend:
    unit, looks = about
    counts = [periods.count(first + i) for i in range(len(totals))]
    points = tuple(
        TrendPoint(period_name(first + i, unit), count, total, *wilson(count, total))
        for i, (count, total) in enumerate(zip(counts, totals, strict=True))
    )
    if sum(totals) < _FEW or sum(counts) < _FEW_OF_THEME or sum(t > 0 for t in totals) < 3:
        return Trend(theme.theme_id, points, "too few")
    slope, low, high = _slope(counts, totals, looks)
    a_year = 12 / _LENGTH[unit]
    direction = "rising" if low > 0 else "falling" if high < 0 else "unclear"
    return Trend(theme.theme_id, points, direction, slope * a_year, low * a_year, high * a_year)


def wilson(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson score interval (Wilson 1927) of a share; (0, 1) when total is 0."""
    if total == 0:
        return 0.0, 1.0
    share = count / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if count == 0 else (middle - spread) / scale
    high = 1.0 if count == total else (middle + spread) / scale
    return max(0.0, low), min(1.0, high)


def _slope(counts: Sequence[int], totals: Sequence[int], looks: int) -> tuple[float, float, float]:
    """Return the least-squares slope of the share per period and its interval.

    The linear trend of Cochran (1954) and Armitage (1955), its 95 % interval widened
    after Bonferroni for ``looks`` themes.
    """
    from scipy.stats import norm

    papers = sum(totals)
    share = sum(counts) / papers
    middle = sum(i * total for i, total in enumerate(totals)) / papers
    spread = sum(total * (i - middle) ** 2 for i, total in enumerate(totals))
    if spread == 0 or share in (0.0, 1.0):
        return 0.0, 0.0, 0.0
    slope = sum(count * (i - middle) for i, count in enumerate(counts)) / spread
    error = math.sqrt(share * (1 - share) / spread)
    reach = float(norm.ppf(1 - 0.025 / max(1, looks))) * error
    return slope, slope - reach, slope + reach


def _warning(totals: Sequence[int], unit: str) -> str:
    if sum(totals) < _FEW:
        papers = "paper" if sum(totals) == 1 else "papers"
        return f"only {sum(totals)} dated {papers}: too few for a trend"
    small = sum(total < _SMALL_PERIOD for total in totals)
    if not small:
        return ""
    return f"{small} of {len(totals)} {unit}s have fewer than {_SMALL_PERIOD} papers: read their shares with care"

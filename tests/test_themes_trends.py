from dataclasses import replace

import pytest

from rag.records import Paper
from rag.themes.records import Theme, Trends
from rag.themes.trends import build_trends, period_name, wilson


def _dated(count: int, month: str, prefix: str) -> list[Paper]:
    return [Paper(f"{prefix}{month}{i}", "", "", month, "month") for i in range(count)]


def _themes(shares: list[tuple[int, int]]) -> tuple[list[Paper], list[Theme]]:
    """Return two themes with these counts in the months of 2025."""
    first: list[Paper] = []
    second: list[Paper] = []
    for i, (a, b) in enumerate(shares, 1):
        first += _dated(a, f"2025-{i:02}", "a")
        second += _dated(b, f"2025-{i:02}", "b")
    themes = [Theme("1", "a", (), tuple(first)), Theme("2", "b", (), tuple(second))]
    return first + second, themes


def _directions(trends: Trends) -> list[str]:
    return [trend.direction for trend in trends.themes]


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=1e-4)


def test_a_share_that_grows_beyond_doubt_is_rising_and_its_rival_falling() -> None:
    trends = build_trends(*_themes([(2, 18), (6, 14), (10, 10), (14, 6), (18, 2)]))
    assert _directions(trends) == ["rising", "falling"]
    assert trends.themes[0].low > 0


def test_a_share_that_wavers_has_no_clear_trend() -> None:
    trends = build_trends(*_themes([(10, 10), (9, 11), (11, 9), (10, 10)]))
    assert _directions(trends) == ["unclear", "unclear"]


def test_few_papers_give_no_direction_and_a_warning() -> None:
    trends = build_trends(*_themes([(0, 4), (2, 2), (4, 0)]))
    assert _directions(trends) == ["too few", "too few"]
    assert "only 12 dated papers" in trends.warning


def test_thin_periods_are_warned_of() -> None:
    assert (
        "3 of 5 months"
        in build_trends(*_themes([(10, 10), (1, 1), (1, 1), (2, 2), (9, 9)])).warning
    )


def test_undated_and_coarsely_dated_papers_are_counted_apart() -> None:
    papers, themes = _themes([(5, 5), (5, 5)])
    papers += [Paper("u", "", ""), Paper("y", "", "", "2025", "year")]
    trends = build_trends(papers, themes)
    assert (trends.dated, trends.imprecise, trends.undated) == (20, 1, 1)
    assert sum(p.total for p in trends.themes[0].points) == 20


def test_an_undated_corpus_has_no_trends() -> None:
    papers, themes = _themes([(5, 5)])
    bare = [replace(p, published=None, date_precision=None) for p in papers]
    trends = build_trends(bare, themes)
    assert (trends.dated, trends.undated, trends.themes) == (0, 10, ())
    assert trends.warning


@pytest.mark.parametrize(
    ("last", "unit"), [("2021-05", "month"), ("2024-05", "quarter"), ("2035-05", "year")]
)
def test_the_unit_follows_the_span(last: str, unit: str) -> None:
    papers = [*_dated(1, "2020-05", "a"), *_dated(1, last, "b")]
    trends = build_trends(papers, [Theme("1", "a", (), tuple(papers))])
    assert trends.unit == unit
    assert len(trends.themes[0].points) > 2  # periods without papers are there too


def test_periods_are_named() -> None:
    assert period_name(2025 * 12 + 8, "month") == "2025-09"
    assert period_name(2025 * 4 + 2, "quarter") == "2025-Q3"
    assert period_name(2025, "year") == "2025"

import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from rag.themes import ThemeOptions, ThemeReport, build_themes
from rag.themes.layout import LANDMARKS, lay_out
from rag.themes.map import render_map, safe_url
from rag.themes.render import print_report, to_markdown
from tests.themes_planted import Planted, planted

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> [/b] [x](javascript:1) & \"'"
)


@pytest.fixture(scope="module")
def corpus() -> Planted:
    corpus = planted()
    papers = [
        replace(p, title=f"{p.title} {HOSTILE}", url="javascript:alert(3)") for p in corpus.papers
    ]
    return replace(corpus, papers=papers)


@pytest.fixture(scope="module")
def report(corpus: Planted) -> ThemeReport:
    options = ThemeOptions(count=4, level=2, subsamples=2)
    return build_themes(corpus.papers, corpus.vectors, options=options, query=f"all {HOSTILE}")


_DATA = re.compile(r'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)


def _data(page: str) -> dict[str, object]:
    found = _DATA.search(page)
    assert found
    parsed: dict[str, object] = json.loads(found[1])
    return parsed


def test_the_page_loads_nothing_and_forbids_what_it_does_not_need(
    corpus: Planted, report: ThemeReport
) -> None:
    page = render_map(report, corpus.papers, corpus.vectors)
    frame = _DATA.sub("", page)
    assert not re.search(
        r"<(link|img|iframe|object|embed)\b|\bsrc=|@import|url\(|fetch\(|import\(", frame
    )
    assert "default-src 'none'" in page


def test_foreign_text_stays_inside_the_data(corpus: Planted, report: ThemeReport) -> None:
    page = render_map(report, corpus.papers, corpus.vectors)
    assert page.count("</script>") == 2
    assert "<img" not in page
    papers = _data(page)["papers"]
    assert isinstance(papers, list)
    assert HOSTILE in papers[0]["title"]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "https://user@evil.example", "//no.scheme", "http://a b",
     "http://[bad", "https://x\u202e.example", "", None],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None) -> None:
    assert safe_url(url) is None


def test_a_papers_own_address_becomes_a_link() -> None:
    assert safe_url("https://arxiv.org/abs/2501.00001") == "https://arxiv.org/abs/2501.00001"


def test_two_maps_of_one_report_are_equal(corpus: Planted, report: ThemeReport) -> None:
    assert render_map(report, corpus.papers, corpus.vectors) == render_map(
        report, corpus.papers, corpus.vectors
    )


@pytest.mark.parametrize("n", [0, 1, 2, 4, 5, 7])
def test_any_number_of_papers_has_a_place(n: int) -> None:
    corpus = planted()
    positions = lay_out(corpus.vectors[:n])
    assert positions.shape == (n, 2)
    assert np.isfinite(positions).all()
    assert np.abs(positions).max(initial=0) <= 1.001


def test_identical_papers_do_not_lie_on_one_point() -> None:
    positions = lay_out(np.ones((30, 8), np.float32))
    assert len(np.unique(positions, axis=0)) == 30


@pytest.mark.slow
def test_many_papers_are_put_among_landmarks_near_their_like() -> None:
    many = planted(LANDMARKS // 3 + 100, groups=4, noise=0.2)
    positions = lay_out(many.vectors)
    groups = np.array(many.groups)
    centres = np.stack([positions[groups == g].mean(axis=0) for g in range(4)])
    nearest = np.linalg.norm(positions[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == groups).mean() > 0.95


def test_markdown_keeps_foreign_markup_literal_and_cites_every_sentence(
    report: ThemeReport,
) -> None:
    text = to_markdown(report)
    assert "<script>" not in re.sub(r"\\.", "", text)
    assert "](javascript" not in re.sub(r"\\.", "", text)
    for theme in report.themes:
        for claim in theme.claims:
            assert f"\\[{claim.citations[0].n}\\]" in text
    assert "80 papers = " in text


def test_the_terminal_shows_themes_accounting_and_trust(report: ThemeReport) -> None:
    out = io.StringIO()
    print_report(report, Console(file=out, width=100, no_color=True))
    text = out.getvalue()
    assert f"80 papers = {report.covered} in 4 themes + {len(report.uncovered)} in none" in text
    assert "adjusted Rand index" in text
    assert "[/b]" in text
    assert text.count("✓") == sum(len(theme.claims) for theme in report.themes)

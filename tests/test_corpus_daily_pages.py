"""The saved Daily Papers pages that ship as the sample corpus, fact by fact."""

from pathlib import Path
from typing import Any

import pytest

from rag.corpus import iter_files, merge_all, read_papers
from rag.corpus.daily_papers import iter_page
from rag.records import Paper, Reject
from rag.resources import sample_corpus

SAMPLE = Path(__file__).parent.parent / "rag" / "corpus" / "sample"
ENTRIES = {
    "000_335063ee7e3ab8e8.txt": 66,
    "001_99719bd6781c337b.txt": 72,
    "002_c3b81d133bf9d133.txt": 121,
    "003_7a4b079953cb0def.txt": 76,
}


def read(path: Path) -> list[Any]:
    return list(read_papers(path))


@pytest.fixture(scope="module")
def pages():
    return {path.name: read(path) for path in iter_files([SAMPLE])}


@pytest.fixture(scope="module")
def corpus(pages):
    return merge_all(paper for page in pages.values() for paper in page).papers


def read_page(text: str, source: str, **options: Any) -> list[Any]:
    return list(iter_page(text, source, **options))


def page(*entries: str) -> str:
    header = "Daily Papers\n\nby AK and the research community\n\nOct 3\n\n"
    return header + "\n\n".join(entries) + "\n"


def entry(title: str, meta: str, abstract: str = "We do. " * 60) -> str:
    return f"{title}\n\n{abstract.strip()}\n\n{meta}"


def test_pages_hold_66_72_121_and_76_entries_and_nothing_else(pages):
    assert {name: len(items) for name, items in pages.items()} == ENTRIES
    assert not [item for items in pages.values() for item in items if isinstance(item, Reject)]


def test_pages_merge_into_283_papers(corpus):
    assert len(corpus) == 283
    assert len({paper.paper_id for paper in corpus}) == 283


@pytest.mark.parametrize(
    ("field", "known"),
    [("published", 222), ("author_count", 213), ("organisations", 9), ("comments", 76)],
)
def test_fields_known_after_merging(corpus, field, known):
    assert sum(getattr(paper, field) not in (None, ()) for paper in corpus) == known


def test_first_page_was_crawled_in_2026_and_the_other_dated_ones_in_2025(pages):
    inferred = {
        name: {p.published[:4] for p in papers if p.year_inferred} for name, papers in pages.items()
    }
    assert [inferred[name] for name in ENTRIES] == [{"2026"}, set(), {"2025"}, {"2025"}]


def test_papers_on_two_dated_pages_confirm_the_inferred_year(pages):
    seen: dict[str, set[tuple[str, bool]]] = {}
    for papers in pages.values():
        for paper in papers:
            if paper.published:
                seen.setdefault(paper.paper_id, set()).add((paper.published, paper.year_inferred))
    confirmed = [
        dates for dates in seen.values() if {inferred for _, inferred in dates} == {True, False}
    ]
    assert len(confirmed) == 10
    assert all(len({date for date, _ in dates}) == 1 for dates in confirmed)


def test_a_spelled_out_year_wins_over_an_inferred_one(pages, corpus):
    explicit = {
        p.paper_id
        for papers in pages.values()
        for p in papers
        if p.published and not p.year_inferred
    }
    assert not [p.paper_id for p in corpus if p.paper_id in explicit and p.year_inferred]


def test_titles_are_the_lines_of_the_page(pages):
    for name, papers in pages.items():
        lines = {line.strip() for line in (SAMPLE / name).read_text("utf-8").splitlines()}
        assert not [paper.title for paper in papers if paper.title not in lines]


def test_titles_keep_their_punctuation(corpus):
    titles = {paper.title for paper in corpus}
    assert sum(title.endswith("?") for title in titles) >= 5
    assert any(". " in title or title.endswith((".", "!")) for title in titles)


def test_abstracts_stand_as_the_page_has_them(corpus):
    pages = "".join(path.read_text(encoding="utf-8") for path in sample_corpus())
    assert all(paper.abstract in pages for paper in corpus)


def test_crawl_year_follows_the_latest_year_on_the_page():
    text = page(entry("A", "•3 authors\n·\nSep 29 4"), entry("B", "•1 author\n·\nDec 30, 2025"))
    papers = read_page(text, "p.txt")
    assert [(p.published, p.year_inferred) for p in papers] == [
        ("2026-09-29", True),
        ("2025-12-30", False),
    ]


def test_a_page_without_any_year_gives_no_dates_but_says_so():
    items = read_page(page(entry("A", "•3 authors\n·\nSep 29")), "p.txt")
    assert [type(item) for item in items] == [Reject, Paper]
    assert "--crawl-year" in str(items[0])
    assert items[1].published is None


def test_the_crawl_year_can_be_given():
    (paper,) = read_page(page(entry("A", "•3 authors\n·\nSep 29")), "p.txt", crawl_year=2024)
    assert (paper.published, paper.year_inferred) == ("2024-09-29", True)


def test_organisation_and_comments_of_an_entry():
    (paper,) = read_page(
        page(entry("A", "MacquarieUni Macquarie University\n·\nDec 30, 2025 7")), "p"
    )
    assert paper.organisations == ("Macquarie University",)
    assert (paper.author_count, paper.comments) == (None, 7)


def test_a_title_without_abstract_is_rejected_with_its_line():
    reject, paper = read_page(page(entry("A", "•1 author\n·\nDec 30, 2025"), "Lonely"), "p.txt")
    assert paper.title == "A"
    assert str(reject) == "p.txt:15: title without an abstract"

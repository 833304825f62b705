"""Merging: the same paper from several sources is one, and nothing of it is lost."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import conflicts, may_be_same, merge, merge_all, read_papers
from rag.corpus.normalise import hashed_id, title_key
from rag.records import Paper

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "rag" / "corpus" / "sample"
DAILY = ROOT.parent / "shared" / "papers" / "hf-daily.jsonl"

words = st.text("abc", max_size=4)
names = st.lists(st.sampled_from(["Ann Lee", "Bob Ray", "Cy Poe"]), unique=True).map(tuple)
counts = st.none() | st.integers(0, 9)
dates = st.sampled_from(
    [
        (None, None),
        ("2024", "year"),
        ("2024-05", "month"),
        ("2024-05-06", "day"),
        ("2025-01-02", "day"),
    ]
)


@st.composite
def papers(draw):
    published, precision = draw(dates)
    return Paper(
        paper_id=draw(st.sampled_from(["p1", "p2", hashed_id("a")])),
        title=draw(words),
        abstract=draw(words),
        published=published,
        date_precision=precision,
        year_inferred=draw(st.booleans()) and published is not None,
        authors=draw(names),
        author_count=draw(counts),
        organisations=draw(names),
        upvotes=draw(counts),
        comments=draw(counts),
        url=draw(st.none() | words),
        arxiv_id=draw(st.none() | st.sampled_from(["2401.00001", "2401.00002"])),
        doi=draw(st.none() | st.sampled_from(["10.1000/a", "10.48550/arxiv.2401.00001"])),
        categories=draw(names),
        sources=draw(names),
    )


@given(papers(), papers())
def test_merging_loses_no_field(one, other):
    merged = merge(one, other)
    for name in Paper.__dataclass_fields__:
        if not name.startswith("original") and (getattr(one, name) or getattr(other, name)):
            assert getattr(merged, name) or name == "year_inferred", name
    for name in ("organisations", "categories", "sources"):
        assert set(getattr(merged, name)) == {*getattr(one, name), *getattr(other, name)}
    for name in ("author_count", "upvotes", "comments"):
        known = [getattr(p, name) for p in (one, other) if getattr(p, name) is not None]
        assert getattr(merged, name) == max(known, default=None)


@given(papers(), papers())
def test_merging_again_changes_nothing(one, other):
    assert merge(one, one) == one
    merged = merge(one, other)
    assert merge(merged, other) == merged


@given(st.lists(papers(), max_size=8))
def test_every_record_of_a_list_ends_in_one_paper_and_ids_are_unique(found):
    merging = merge_all(found)
    assert len(merging.papers) + len(merging.joins) == len(found)
    ids = [p.paper_id for p in merging.papers]
    assert len(ids) == len(set(ids))
    assert {i for p in found for i in p.sources} == {i for p in merging.papers for i in p.sources}


@given(papers(), papers())
def test_two_papers_are_the_same_in_either_order(one, other):
    assert may_be_same(one, other) == may_be_same(other, one)


def paper(title: str = "A title long enough to tell", **values: Any) -> Paper:
    values.setdefault("paper_id", values.get("arxiv_id") or values.get("doi") or hashed_id(title))
    return Paper(title=title, abstract="", **values)


def distinct(*found: Paper) -> int:
    return len(merge_all(found).papers)


def test_preprint_and_article_of_one_title_are_one():
    assert distinct(paper(arxiv_id="2401.00001"), paper(doi="10.1000/a"), paper()) == 1


def test_two_arxiv_ids_of_one_title_are_two():
    assert distinct(paper(arxiv_id="2401.00001"), paper(arxiv_id="2401.00002")) == 2


def test_two_publishers_dois_of_one_title_are_two():
    assert distinct(paper(doi="10.1000/a"), paper(doi="10.1000/b")) == 2


def test_a_doi_of_arxivs_own_contradicts_no_other():
    assert (
        distinct(
            paper(doi="10.48550/arxiv.2401.00001"), paper(doi="10.1000/b", arxiv_id="2401.00001")
        )
        == 1
    )


def test_one_title_with_other_authors_is_two_papers():
    one = paper("Introduction", paper_id="a", authors=("Ann Lee",))
    assert (
        distinct(
            one, paper("Introduction", paper_id=hashed_id("Introduction"), authors=("Bob Ray",))
        )
        == 2
    )
    assert (
        distinct(
            one, paper("Introduction", paper_id=hashed_id("Introduction"), authors=("Lee, A.",))
        )
        == 1
    )


def test_a_short_title_years_apart_is_two_papers():
    old, new = (
        paper("Errata", paper_id=i, published=y)
        for i, y in (("a", "1990"), ("t-" + "0" * 12, "2020"))
    )
    assert distinct(old, new) == 2
    assert distinct(replace(old, title="A title long enough to tell"), paper(published="2020")) == 1


def test_ids_of_a_collection_keep_equal_titles_apart():
    assert distinct(paper(paper_id="17"), paper(paper_id="18")) == 2


def test_a_subtitle_makes_another_paper():
    assert distinct(paper("Attention"), paper("Attention: A Survey")) == 2


def test_spellings_of_a_title_are_one_paper():
    spellings = (
        r"$\pi_0$: {P}re-Training Robots",
        "π0: Pretraining robots.",
        "π_0 - Pre-training Robots",
    )
    assert distinct(*map(paper, spellings)) == 1


def test_the_better_known_date_wins():
    day = paper(published="2024-05-06", date_precision="day")
    guess = paper(published="2025-05-06", date_precision="day", year_inferred=True)
    year = paper(published="2023", date_precision="year")
    assert merge(merge(year, guess), day).published == "2024-05-06"
    assert not merge(guess, day).year_inferred


def test_joins_name_their_reason_and_conflicts():
    one = paper(arxiv_id="2401.00001", published="2024-01-01", date_precision="day")
    other = paper(
        "Another title", arxiv_id="2401.00001", published="2024-02-02", date_precision="day"
    )
    (join,) = merge_all([one, other]).joins
    assert (join.paper_id, join.other, join.why) == ("2401.00001", other, "same arXiv id")
    assert {(c.field, c.kept, c.other) for c in join.conflicts} == {
        ("title", "Another title", one.title),
        ("published", "2024-01-01", "2024-02-02"),
    }


def test_a_coarser_date_is_no_conflict():
    assert not conflicts(paper(published="2024"), paper(published="2024-02-03"))


def test_a_thousand_papers_of_one_name_merge_in_good_time():
    found = [
        paper("Introduction", paper_id=f"p{n}", authors=(f"Author N{n}x",)) for n in range(3000)
    ]
    assert distinct(*found) == 3000


@pytest.fixture(scope="module")
def daily():
    if not DAILY.is_file():
        pytest.skip("the Daily Papers collection is not beside the checkout")
    return list(read_papers(DAILY))


@pytest.fixture(scope="module")
def pages():
    return list(read_papers(SAMPLE))


@pytest.mark.shared
class TestDailyPapers:
    """8,932 papers with arXiv ids and 335 entries of the sample pages, without ids."""

    def test_all_rows_are_read(self, daily):
        assert (len(daily), {type(row) for row in daily}) == (8932, {Paper})

    def test_both_merge_into_one_corpus(self, daily, pages):
        """8,932 + 283 − 80: eighty of the 283 papers on the pages are in the collection."""
        merging = merge_all([*daily, *pages])
        assert len(merging.papers) == 9135
        known = {p.paper_id for p in daily}
        entries = Counter(join.paper_id for join in merging.joins)
        assert (len(merging.joins), len(known & set(entries))) == (132, 80)
        assert len(merge_all([*pages, *daily]).papers) == 9135

    def test_no_title_is_left_twice_but_that_of_two_arxiv_papers(self, daily, pages):
        found = Counter(title_key(p.title) for p in merge_all([*daily, *pages]).papers)
        twice = [p for p in daily if found[title_key(p.title)] > 1]
        assert {p.title for p in twice} == {"FuseChat: Knowledge Fusion of Chat Models"}
        assert len({p.arxiv_id for p in twice}) == 2

    def test_merged_papers_have_the_fields_of_both(self, daily, pages):
        merged = {p.paper_id: p for p in merge_all([*daily, *pages]).papers}
        both = [p for p in merged.values() if len(p.sources) > 1 and p.arxiv_id]
        assert len(both) == 80
        assert all(p.upvotes is not None for p in both)
        assert sum(p.author_count is not None for p in both) > 50

"""What was merged is explained, what was not is shown, and the corpus can be mended."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app import App
from rag.corpus import merge_all, read_papers
from rag.corpus.duplicates import deduplicate
from rag.corpus.normalise import hashed_id
from rag.records import Paper
from rag.resources import sample_corpus
from tests.test_corpus_merge import papers

LONG = "We study how bees react to smoke in a large and careful field experiment. " * 5


def paper(title: str, abstract: str = "", **values: Any) -> Paper:
    values.setdefault("paper_id", values.get("arxiv_id") or values.get("doi") or hashed_id(title))
    return Paper(title=title, abstract=abstract, **values)


PREPRINT = paper(
    "Quiet bees", arxiv_id="2401.00001", published="2024-01-02", date_precision="day",
    authors=("Ann Lee",), sources=("arxiv.jsonl",),
)  # fmt: skip
ARTICLE = paper("Calm bees: a study", doi="10.1000/b", authors=("Ann Lee",), sources=("lib.bib",))
BOTH = paper(
    "Calm bees: a study", doi="10.1000/b", arxiv_id="2401.00001", published="2025",
    date_precision="year", authors=("Ann Lee",), sources=("zotero.ris",),
)  # fmt: skip


def test_a_conflict_names_what_was_kept_and_where_each_value_stood():
    (join,) = deduplicate([PREPRINT, BOTH]).joins
    told = {c.field: (c.kept, c.kept_from, c.other, c.other_from) for c in join.conflicts}
    assert join.why == "same arXiv id"
    assert told["published"] == ("2024-01-02", ("arxiv.jsonl",), "2025", ("zotero.ris",))
    newer = ("Calm bees: a study", ("zotero.ris",), "Quiet bees", ("arxiv.jsonl",))
    assert told["title"] == newer  # under the same id, a new text replaces the old one


def test_the_source_of_a_value_survives_an_earlier_merge():
    dated = paper("Quiet bees", arxiv_id="2401.00001", sources=("first.csv",))
    last = deduplicate([dated, PREPRINT, BOTH]).joins[-1]
    (date,) = (c for c in last.conflicts if c.field == "published")
    assert date.kept_from == ("arxiv.jsonl",)


def test_a_record_that_knows_both_ids_brings_preprint_and_article_together():
    found = deduplicate([PREPRINT, ARTICLE, BOTH])
    assert (len(found.papers), len(found.joins)) == (1, 2)
    ((kept, joins),) = found.merged
    assert kept.sources == ("arxiv.jsonl", "zotero.ris", "lib.bib")
    assert [join.why for join in joins] == ["same arXiv id", "same DOI"]


@given(st.lists(papers(), max_size=8))
def test_no_two_papers_of_a_result_would_be_merged(found):
    merging = merge_all(found)
    assert not merge_all(merging.papers).joins
    assert deduplicate(found).records == len(merging.papers) + len(merging.joins)


@given(st.lists(papers(), max_size=8))
def test_every_join_is_listed_under_a_paper_that_is_left(found):
    explained = deduplicate(found)
    assert sum(len(joins) for _, joins in explained.merged) == len(explained.joins)


@pytest.mark.parametrize(
    ("one", "other", "alike", "why"),
    [
        (
            paper("Calm bees and smoke", LONG, arxiv_id="2401.00001"),
            paper("Calm bees and smoke", LONG, arxiv_id="2401.00002"),
            "same title", "different arXiv ids",
        ),
        (
            paper("Introduction", doi="10.1000/a", authors=("Ann Lee",)),
            paper("Introduction", doi="10.1000/b", authors=("Bob Ray",)),
            "same title", "different DOIs",
        ),
        (
            paper("Introduction", paper_id="a", authors=("Ann Lee",)),
            paper("Introduction", paper_id="b", authors=("Bob Ray",)),
            "same title", "no author in common",
        ),
        (
            paper("Errata", paper_id="a", published="1999"),
            paper("Errata", paper_id="b", published="2020"),
            "same title", "a short title, and years far apart",
        ),
        (
            paper("Calm bees and smoke", paper_id="a"), paper("Calm bees and smoke", paper_id="b"),
            "same title", "different ids in their sources",
        ),
        (
            paper("Smoke that calms bees", LONG), paper("What does calm a bee?", LONG),
            "same beginning of the abstract", "different titles",
        ),
        (
            paper("Smoke calms wild bees", LONG), paper("Smoke calms tame bees", LONG[5:]),
            "titles that differ by one word", "different titles",
        ),
    ],
)  # fmt: skip
def test_look_alikes_are_kept_apart_for_a_reason(one, other, alike, why):
    (pair,) = deduplicate([one, other]).look_alikes
    assert (pair.alike, pair.why) == (alike, why)
    assert {pair.one, pair.other} == {one, other}


def test_reports_on_different_subjects_are_no_look_alikes():
    one = paper("Qwen2-VL Technical Report", "We present a vision model for images.")
    other = paper("Qwen2-Audio Technical Report", "Speech and music are understood by ours.")
    assert deduplicate([one, other]).look_alikes == ()


# -- the command ------------------------------------------------------------


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "rag", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "lib.bib").write_text(
        "@article{a, title={Calm Bees}, author={Lee, Ann}, doi={10.1000/b}, year=2023}\n"
    )
    (tmp_path / "mine.csv").write_text(
        "title,abstract,doi,year\nCalm bees.,Smoke.,10.1000/B,2024\n"
    )
    return [str(tmp_path / "lib.bib"), str(tmp_path / "mine.csv")]


def test_dedupe_of_files_explains_without_storing_anything(files):
    out = run("index", "dedupe", "--explain", *files)
    assert "2 records are 1 papers: 1 joined another (same DOI 1)" in out
    assert "published: kept 2023 (lib.bib), not 2024 (mine.csv)" in out


def test_dedupe_as_json(files):
    told = json.loads(run("--json", "index", "dedupe", "--explain", *files))
    assert (told["schema"], told["records"], told["papers"]) == (1, 2, 1)
    (merged,) = told["merged"]
    assert merged["sources"] == ["lib.bib", "mine.csv"]
    assert merged["joins"][0]["conflicts"] == [
        {
            "field": "published", "kept": "2023", "kept_from": ["lib.bib"],
            "other": "2024", "other_from": ["mine.csv"],
        }
    ]  # fmt: skip
    assert "merged" not in json.loads(run("--json", "index", "dedupe", *files))


def test_duplicates_that_the_corpus_still_has_are_merged_on_demand(small_app: App):
    home = str(small_app.settings.index.folder)
    # Added in this order, nothing tells preprint and article to be one until the third is known.
    for record in (PREPRINT, ARTICLE, BOTH):
        small_app.index.add_papers([record])
    found = deduplicate(p for _, p in small_app.index.catalogue.iter_papers())
    assert (len(found.papers), [join.why for join in found.joins]) == (1, ["same DOI"])

    from rag.cli.dedupe import merge_duplicates

    assert merge_duplicates(small_app, found) == 1
    ((_, left),) = small_app.index.catalogue.iter_papers()
    assert set(left.sources) == {"arxiv.jsonl", "zotero.ris", "lib.bib"}
    assert small_app.index.verify() == [], home


def test_a_corpus_remembers_what_was_joined_why_and_what_disagreed(small_app: App):
    small_app.index.add_papers([PREPRINT])
    for _twice in range(2):  # the second time nothing is new
        small_app.index.add_papers([BOTH])
    (join,) = small_app.index.catalogue.joins()
    assert (join.paper_id, join.why) == ("2401.00001", "same arXiv id")
    assert (join.other.sources, join.other.published) == (("zotero.ris",), "2025")
    (date,) = (c for c in join.conflicts if c.field == "published")
    assert (date.kept, date.kept_from, date.other) == ("2024-01-02", ("arxiv.jsonl",), "2025")
    found = deduplicate(
        (p for _, p in small_app.index.catalogue.iter_papers()), small_app.index.catalogue.joins()
    )
    ((paper, joins),) = found.merged
    assert (paper.paper_id, joins) == ("2401.00001", (join,))


# -- Daily Papers and the sample pages ----------------------------------------


def papers_of(*paths: Path) -> list[Paper]:
    return [p for path in paths for p in read_papers(path) if isinstance(p, Paper)]


@pytest.mark.shared
@pytest.mark.slow
def test_every_merge_of_daily_papers_and_the_sample_pages_is_accounted_for(shared: Path):
    """8,932 rows and 335 entries on four saved pages are 9,135 papers: 132 joins.

    52 joins are papers that stand on more than one page (335 entries, 283 papers), 80 are
    papers of the pages that the rows hold as well. Rows have an arXiv id each and pages
    none, so every join is by title.
    """
    rows = papers_of(shared / "papers" / "hf-daily.jsonl")
    entries = papers_of(*sample_corpus())
    pages = deduplicate(entries)
    assert (len(rows), len(entries), len(pages.papers), len(pages.joins)) == (8932, 335, 283, 52)

    both = deduplicate([*rows, *entries])
    assert (len(both.papers), len(both.joins)) == (9135, 132)
    assert Counter(join.why for join in both.joins) == {"same title": 132}
    known = {row.paper_id for row in rows}
    shared_papers = [paper for paper, _ in both.merged if paper.paper_id in known]
    assert len(shared_papers) == 80
    assert len(both.joins) == len(pages.joins) + len(shared_papers)
    assert len(both.papers) == len(rows) + len(pages.papers) - len(shared_papers)
    assert not merge_all(both.papers).joins

    # The one title that is left twice belongs to two arXiv papers.
    twice = [pair for pair in both.look_alikes if pair.alike == "same title"]
    assert [(pair.one.title, pair.why) for pair in twice] == [
        ("FuseChat: Knowledge Fusion of Chat Models", "different arXiv ids")
    ]


@pytest.mark.shared
@pytest.mark.slow
def test_the_order_of_the_files_changes_no_count(shared: Path):
    rows = papers_of(shared / "papers" / "hf-daily.jsonl")
    entries = papers_of(*sample_corpus())
    assert len(deduplicate([*entries, *rows]).papers) == 9135

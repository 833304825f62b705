"""What is written as BibTeX, RIS or JSON Lines comes back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.corpus import read_papers, to_bibtex, to_jsonl, to_markdown_references, to_ris
from rag.corpus.export import escape_latex
from rag.corpus.latex import latex_to_text
from rag.corpus.markup import clean_text, one_line, unwrap
from rag.corpus.normalise import hashed_id
from rag.records import Paper

SAMPLE = Path(__file__).parent.parent / "rag" / "corpus" / "sample"
FULL = Paper(
    paper_id="2401.00001",
    title="Learning {Sets} of 100% & more: α_1 < $x^2_{i}$ \\ ~ # \"quotes\" -- 'it''s' `ok`",
    abstract="First, 5% of $\\alpha$ & {braces}.\n\nThen 3 < 4 --- at $5 and $6, C:\\new, a_b^c~d.",
    published="2024-01-02",
    date_precision="day",
    authors=("Jan van der Berg", "Özgür Çetin, Jr", "World Health Organization", "Plato"),
    author_count=4,
    organisations=("Institute of A and B; C", "MIT"),
    upvotes=3,
    comments=4,
    url="https://example.org/a_b?c=%20d&e=~f#g",
    arxiv_id="2401.00001",
    doi="10.1000/a_b(1)",
    categories=("cs.CL", "one, two"),
    sources=("there.jsonl",),
)
CARRIED = (
    "paper_id", "title", "abstract", "published", "date_precision", "authors", "organisations",
    "url", "arxiv_id", "doi", "categories",
)  # fmt: skip


def back(tmp_path: Path, text: str) -> list[Any]:
    path = tmp_path / "out"
    path.write_text(text, encoding="utf-8")
    return list(read_papers(path))


def carried(paper: Paper) -> dict[str, Any]:
    return {name: getattr(paper, name) for name in CARRIED}


@pytest.fixture(scope="module")
def sample():
    return [p for p in read_papers(SAMPLE / "001_99719bd6781c337b.txt") if isinstance(p, Paper)]


def test_jsonl_carries_everything(tmp_path, sample):
    papers = [FULL, *sample, Paper("x", "Only a title", "")]
    found = back(tmp_path, to_jsonl(papers))
    assert found[:-1] == papers[:-1]
    assert found[-1].sources == ("out",)


def test_jsonl_leaves_markup_alone(tmp_path):
    odd = Paper("x", "<b>bold</b> \\emph{x} &amp;", " \\alpha ".strip(), sources=("s",))
    assert back(tmp_path, to_jsonl([odd])) == [odd]


def test_bibtex_carries_a_full_paper(tmp_path):
    (found,) = back(tmp_path, to_bibtex([FULL]))
    assert carried(found) == carried(FULL)


def test_ris_carries_a_full_paper(tmp_path):
    plain = Paper(
        **{
            **{n: getattr(FULL, n) for n in Paper.__dataclass_fields__},
            "title": "Sets & 5 %: α_1 $x^2$",
        }
    )
    plain = Paper(
        **{
            **{n: getattr(plain, n) for n in Paper.__dataclass_fields__},
            "abstract": "One.\n\nTwo 5%.",
        }
    )
    (found,) = back(tmp_path, to_ris([plain]))
    assert carried(found) == carried(plain)


@pytest.mark.parametrize("write", [to_bibtex, to_ris], ids=["bibtex", "ris"])
def test_the_sample_pages_come_back(tmp_path, sample, write):
    found = back(tmp_path, write(sample))
    assert [(p.paper_id, p.title, p.published) for p in found] == [
        (p.paper_id, p.title, p.published) for p in sample
    ]
    # RIS is plain text: LaTeX that the pages left in is cleaned away on the way back.
    expected = [p.abstract if write is to_bibtex else clean_text(p.abstract) for p in sample]
    assert [unwrap(text) for text in expected] == [p.abstract for p in found]


@pytest.mark.parametrize("write", [to_bibtex, to_ris], ids=["bibtex", "ris"])
@pytest.mark.parametrize("published", ["2020", "2020-07", "2020-07-03", None])
def test_dates_keep_their_precision(tmp_path, write, published):
    precision = {4: "year", 7: "month", 10: "day"}.get(len(published or ""))
    paper = Paper(hashed_id("T"), "T", "A.", published=published, date_precision=precision)
    (found,) = back(tmp_path, write([paper]))
    assert (found.published, found.date_precision) == (published, precision)


@pytest.mark.parametrize("write", [to_bibtex, to_ris], ids=["bibtex", "ris"])
def test_ids_that_nothing_else_tells_are_carried(tmp_path, write):
    papers = [Paper("corpus_17", "Same", "A."), Paper("corpus_18", "Same", "B.")]
    assert [p.paper_id for p in back(tmp_path, write(papers))] == ["corpus_17", "corpus_18"]


def test_citation_keys_are_unique():
    keys = [line for line in to_bibtex([FULL, FULL, FULL]).splitlines() if line.startswith("@")]
    assert len(set(keys)) == 3


texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\xa0"
    ),
    max_size=60,
).map(one_line)


@given(texts)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_escaped_latex_reads_back(text):
    import unicodedata

    text = unicodedata.normalize("NFC", text)
    assert latex_to_text(escape_latex(text), source=True) == text


@given(st.text("ab\\{}$%&_^~#<>`'\"-; \n", max_size=40).map(unwrap))
def test_escaped_marks_read_back(text):
    assert latex_to_text(escape_latex(text), source=True) == text


def test_no_title_breaks_out_of_its_field(tmp_path):
    attack = Paper(
        "x", "a}, author = {Evil}, note = {b", "@article{y, title = {z}}\nER  - \nTY  - JOUR"
    )
    for write in (to_bibtex, to_ris):
        (found,) = back(tmp_path, write([attack]))
        assert found.title == attack.title
        assert found.authors == ()


def test_markdown_references_are_literal_text_with_links():
    evil = Paper(
        "x",
        "[click](http://bad) *now* <b>\n# top",
        "",
        authors=("A_b", "C", "D", "E"),
        url="javascript:1",
    )
    first, second = to_markdown_references([FULL, evil]).splitlines()
    assert first.startswith(
        "1. Jan van der Berg, Özgür Çetin, Jr, World Health Organization, et al. [Learning"
    )
    assert "(https://doi.org/10.1000/a_b%281%29) (2024)." in first
    assert second == r"2. A\_b, C, D, et al. *\[click\](http://bad) \*now\* \<b\> \# top*."


def test_each_line_of_jsonl_is_an_object():
    rows = [json.loads(line) for line in to_jsonl([FULL, FULL]).splitlines()]
    assert [row["paper_id"] for row in rows] == ["2401.00001"] * 2

"""Libraries as reference managers export them, and their round trips."""

import lzma
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.corpus import ReadOptions, merge_all, read_papers, to_bibtex, to_jsonl, to_ris
from rag.corpus.normalise import hashed_id
from rag.records import Paper, Reject

ZOTERO_BIB = r"""@string{jml = "Journal of Learning"}

@article{devlin2019,
	title = {{BERT}: {Pre}-training of {Deep} {Transformers} \& {L}anguage},
	url = {https://aclanthology.org/N19-1423},
	doi = {10.18653/v1/N19-1423},
	abstract = {We introduce a na{\"i}ve model, 50\% better. It is caf{\'e}.},
	urldate = {2024-05-02},
	journal = jml # { B},
	author = {Devlin, Jacob and {\v C}apek, Karel and M{\"u}ller, J{\o}rgen and others},
	month = jun,
	year = {2019},
	keywords = {Computation and Language, Machine Learning},
	file = {Full Text:/home/me/Zotero/storage/ABC/x.pdf:application/pdf},
}

@inproceedings{lee-etal-2020-quiet,
    title = "{Q}uiet Bees",
    author = "Lee, Ann  and
      de la Cruz, Jos{\'e}  and
      {The Hive Collaboration}  and
      Knuth, Jr., Donald E.",
    month = jul # "~5",
    year = "2020",
    abstract = "A new ``calm'' {--} and quiet {--} hive.",
}

@InProceedings{child, crossref = {PARENT}, title = {{{A Child of the Volume}}}, author = {Doe, J.}}
@proceedings{parent, title = {Proceedings of X}, year = 2021, month = "8"}
"""
ZOTERO_RIS = """TY  - JOUR
TI  - Quiet Bees
AU  - Lee, Ann
AU  - van der Berg, Jan
AB  - Smoke calms bees.
C1  - note
DA  - 2024/06/03/
PY  - 2024
DO  - 10.1000/bees
UR  - https://example.org/bees
Y2  - 2024/07/01/
KW  - bees
KW  - smoke
ER  -

"""
CSL = """[{"id":"http://zotero.org/users/1/items/ABC","type":"article-journal","title":"Quiet Bees",
"abstract":"Smoke calms bees.","DOI":"10.1000/bees","URL":"https://example.org/bees","author":[
{"family":"Lee","given":"Ann"},{"family":"Berg","given":"Jan","non-dropping-particle":"van der"}],
"issued":{"date-parts":[["2024",6,3]]},"keyword":"bees, smoke"}]"""
ZOTERO_JSON = """[{"key":"A","version":3,"library":{},"data":{"itemType":"journalArticle",
"title":"Quiet Bees","abstractNote":"Smoke calms bees.","DOI":"10.1000/bees",
"url":"https://example.org/bees","date":"2024-06-03","tags":[{"tag":"bees"},{"tag":"smoke"}],
"creators":[{"creatorType":"author","firstName":"Ann","lastName":"Lee"},
{"creatorType":"editor","firstName":"Ed","lastName":"Itor"},
{"creatorType":"author","firstName":"Jan","lastName":"van der Berg"}]}}]"""
ZOTERO_CSV = (
    "\ufeff"
    '"Key","Item Type","Publication Year","Author","Title","Publication Title","DOI","Url",'
    '"Abstract Note","Date","Manual Tags"\r\n"ABC","journalArticle","2024",'
    '"Lee, Ann; van der Berg, Jan","Quiet Bees","Journal","10.1000/bees",'
    '"https://example.org/bees","Smoke calms bees.","2024-06-03","bees; smoke"\r\n'
)
BEES = Paper(
    "10.1000/bees", "Quiet Bees", "Smoke calms bees.", published="2024-06-03",
    date_precision="day", authors=("Ann Lee", "Jan van der Berg"), author_count=2,
    url="https://example.org/bees", doi="10.1000/bees", categories=("bees", "smoke"),
    sources=("file",),
)  # fmt: skip


def read(tmp_path: Path, content: str | bytes, options: ReadOptions | None = None) -> list[Any]:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_papers(path, options))


@pytest.mark.parametrize(
    "content", [ZOTERO_RIS, CSL, ZOTERO_JSON, ZOTERO_CSV], ids=["ris", "csl", "zotero", "csv"]
)
def test_one_paper_is_the_same_in_every_export(tmp_path, content):
    (paper,) = read(tmp_path, content)
    assert paper == BEES


def test_zotero_s_bibtex(tmp_path):
    paper = read(tmp_path, ZOTERO_BIB)[0]
    assert paper.title == "BERT: Pre-training of Deep Transformers & Language"
    assert paper.abstract == "We introduce a naïve model, 50% better. It is café."
    assert paper.authors == ("Jacob Devlin", "Karel Čapek", "Jørgen Müller")
    assert paper.author_count is None, "“and others” leaves the number open"
    assert (paper.published, paper.doi) == ("2019-06", "10.18653/v1/n19-1423")
    assert paper.categories == ("Computation and Language", "Machine Learning")
    assert paper.original_title.startswith("{BERT}")


def test_the_anthology_s_bibtex(tmp_path):
    paper = read(tmp_path, ZOTERO_BIB)[1]
    assert (paper.title, paper.published) == ("Quiet Bees", "2020-07")
    assert paper.authors == (
        "Ann Lee", "José de la Cruz", "The Hive Collaboration", "Donald E. Knuth, Jr.",
    )  # fmt: skip
    assert paper.abstract == "A new “calm” – and quiet – hive."


def test_an_entry_takes_its_date_from_the_volume_it_names(tmp_path):
    child, volume = read(tmp_path, ZOTERO_BIB)[2:]
    assert (child.title, child.published) == ("A Child of the Volume", "2021-08")
    assert volume.title == "Proceedings of X"


def test_a_volume_is_found_in_a_later_block_of_a_large_file(tmp_path):
    filler = "".join(
        f"@article{{k{n}, title = {{Paper {n}}}, year = 1999, abstract = {{{'word ' * 900}}}}}\n"
        for n in range(100)
    )
    entries = ZOTERO_BIB.rpartition("@proceedings")
    found = read(tmp_path, entries[0] + filler + entries[1] + entries[2])
    assert len(found) == 104
    (child,) = (p for p in found if p.title == "A Child of the Volume")
    assert child.published == "2021-08"


@pytest.mark.parametrize("content", [ZOTERO_BIB, ZOTERO_RIS, CSL], ids=["bib", "ris", "csl"])
@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: lzma.compress(text.encode()),
    ],
    ids=["windows newlines", "mark of UTF-8", "UTF-16", "xz"],
)
def test_the_same_file_written_otherwise(tmp_path, content, written: Callable[[str], bytes]):
    assert read(tmp_path, written(content)) == read(tmp_path, content)


def test_attachments_and_notes_are_no_papers(tmp_path):
    items = '{"items":[{"itemType":"attachment","title":"Full Text PDF"},{"itemType":"note"}]}'
    found = read(tmp_path, items)
    assert [type(item) for item in found] == [Reject, Reject]


def test_a_library_in_four_formats_is_one_paper(tmp_path):
    for name, content in {"a": ZOTERO_RIS, "b": CSL, "c": ZOTERO_JSON, "d": ZOTERO_CSV}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    merging = merge_all(p for p in read_papers(tmp_path) if isinstance(p, Paper))
    assert (len(merging.papers), len(merging.joins)) == (1, 3)
    assert merging.papers[0].sources == ("a", "b", "c", "d")


def test_columns_are_mapped_by_option(tmp_path):
    content = "heading;inhalt;jahr;wer\nQuiet Bees;Smoke calms bees.;2024;Ann Lee\n"
    columns = {"title": "heading", "abstract": "inhalt", "published": "jahr", "authors": "wer"}
    (paper,) = read(tmp_path, content, ReadOptions(columns=columns))
    assert (paper.title, paper.abstract) == ("Quiet Bees", "Smoke calms bees.")
    assert (paper.published, paper.authors) == ("2024", ("Ann Lee",))


# -- round trips --------------------------------------------------------------------

words = st.text(
    st.characters(categories=("L", "N", "Sm"), include_characters=" .,:-$%&_#{}~^\\'\"<>/()"),
    min_size=1,
    max_size=40,
).map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
plain = st.text(st.characters(categories=("Lu", "Ll", "Nd")), min_size=1, max_size=12)
names = st.builds("{} {}".format, plain.filter(str.isalpha), plain.filter(str.isalpha))
dates = st.sampled_from(
    [(None, None), ("2024", "year"), ("2024-05", "month"), ("2024-05-06", "day")]
)


@st.composite
def library_papers(draw: Any) -> Paper:
    published, precision = draw(dates)
    title = draw(words.filter(lambda text: any(c.isalnum() for c in text)))
    authors = tuple(draw(st.lists(names, max_size=3, unique=True)))
    arxiv = draw(st.sampled_from([None, "2401.00001", "hep-th/9901001"]))
    doi = draw(st.sampled_from([None, "10.1000/bees", "10.1234/a_b(1)"]))
    return Paper(
        arxiv or doi or hashed_id(title, authors), title, draw(words),
        published=published, date_precision=precision, authors=authors,
        author_count=len(authors) or None, arxiv_id=arxiv, doi=doi,
        url=draw(st.sampled_from([None, "https://example.org/a_b?c=%20d&e=~f#g"])),
        categories=tuple(draw(st.lists(plain, max_size=2, unique=True))), sources=("file",),
    )  # fmt: skip


def unoriginal(paper: Paper) -> Paper:
    return replace(paper, original_title=None, original_abstract=None)


@pytest.mark.parametrize("write", [to_bibtex, to_jsonl], ids=["bibtex", "jsonl"])
@given(paper=library_papers())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_reads_back(tmp_path, write, paper):
    (found,) = read(tmp_path, write([paper]))
    assert unoriginal(found) == paper


@given(paper=library_papers())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ris_carries_everything_but_markup(tmp_path, paper):
    """RIS is plain text: what looks like LaTeX or HTML in it is cleaned away."""
    marks = str.maketrans("", "", "\\${}^_~<>&%#-'\"")
    tame = replace(
        paper,
        title=" ".join(paper.title.translate(marks).split()) or "T",
        abstract=" ".join(paper.abstract.translate(marks).split()),
    )
    known = paper.arxiv_id or paper.doi
    tame = replace(tame, paper_id=known or hashed_id(tame.title, tame.authors))
    (found,) = read(tmp_path, to_ris([tame]))
    assert unoriginal(found) == tame


def test_an_open_list_of_authors_stays_open(tmp_path):
    many = replace(BEES, author_count=23)
    (found,) = read(tmp_path, to_bibtex([many]))
    assert "and others}" in to_bibtex([many])
    assert (found.authors, found.author_count) == (BEES.authors, None)

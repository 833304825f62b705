"""Formats without a sample file, each on a small file of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.corpus import ReadOptions, read_papers
from rag.errors import MissingExtraError
from rag.records import Paper, Reject


def read(tmp_path: Path, content: str | bytes, columns: dict[str, str] | None = None) -> list[Any]:
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_papers(path, ReadOptions(columns=columns or {})))


ANTHOLOGY = """<?xml version='1.0' encoding='UTF-8'?>
<collection id="2020.acl">
  <volume id="main" type="proceedings">
    <meta><booktitle>Proceedings</booktitle><month>July</month><year>2020</year></meta>
    <frontmatter><url>2020.acl-main.0</url></frontmatter>
    <paper id="1">
      <title>Learning with <fixed-case>BERT</fixed-case> and <tex-math>x^2</tex-math></title>
      <author><first>Ann</first><last>Lee</last></author>
      <author><first>Bob</first><last>Ray</last></author>
      <abstract>We use <i>many</i> words.</abstract>
      <url hash="1">2020.acl-main.1</url><doi>10.18653/v1/2020.acl-main.1</doi>
    </paper>
    <paper id="2"><title>No doi</title></paper>
    <paper id="3"><author><first>C</first><last>D</last></author></paper>
  </volume>
</collection>"""


def test_acl_anthology(tmp_path):
    first, second, reject = read(tmp_path, ANTHOLOGY)
    assert first.title == "Learning with BERT and $x^2$"
    assert (first.abstract, first.published) == ("We use many words.", "2020-07")
    assert first.authors == ("Ann Lee", "Bob Ray")
    assert (first.paper_id, first.url) == (
        "10.18653/v1/2020.acl-main.1",
        "https://aclanthology.org/2020.acl-main.1",
    )
    assert second.url == "https://aclanthology.org/2020.acl-main.2"
    assert str(reject) == "file:14: neither title nor abstract"


PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://example.org/pubmed.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">123</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2020</Year><Month>Mar</Month><Day>3</Day></PubDate></JournalIssue></Journal>
<ArticleTitle>[CO<sub>2</sub> in <i>E. coli</i>].</ArticleTitle>
<Abstract><AbstractText Label="BACKGROUND">We did.</AbstractText>
<AbstractText Label="RESULTS">p &lt; 0.05 of 10<sup>5</sup>.</AbstractText></Abstract>
<AuthorList><Author><LastName>Müller</LastName><ForeName>Ann B</ForeName><AffiliationInfo><Affiliation>ETH
</Affiliation></AffiliationInfo></Author><Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>
</Article><KeywordList><Keyword>genes</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">123</ArticleId><ArticleId IdType="doi">10.1000/XY</ArticleId>
</ArticleIdList></PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>4</PMID><Article><Journal><JournalIssue><PubDate>
<MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue></Journal>
<ArticleTitle>Old.</ArticleTitle></Article></MedlineCitation></PubmedArticle>
</PubmedArticleSet>"""


def test_pubmed(tmp_path):
    paper, old = read(tmp_path, PUBMED)
    assert paper.title == "CO2 in E. coli"
    assert paper.abstract == "Background: We did.\n\nResults: p < 0.05 of 10^5."
    assert (paper.paper_id, paper.published) == ("10.1000/xy", "2020-03-03")
    assert (paper.authors, paper.organisations) == (("Ann B Müller", "The Group"), ("ETH",))
    assert paper.categories == ("genes",)
    assert (old.title, old.published) == ("Old.", "1998")
    assert old.url == "https://pubmed.ncbi.nlm.nih.gov/4/"


SNAPSHOT = {
    "id": "0704.0001", "submitter": "P", "authors": "C. Bal\\'azs, Ann Lee", "title": "Calculation of\n  $x$",
    "abstract": "  A fully\ndifferential 5\\% calculation.\n", "categories": "hep-ph cs.CL", "doi": "10.1103/X.1",
    "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "update_date": "2008-11-26",
    "authors_parsed": [["Bal\\'azs", "C.", ""], ["Lee", "Ann", "Jr"]],
}  # fmt: skip


def test_arxiv_snapshot(tmp_path):
    paper, reject = read(
        tmp_path, json.dumps(SNAPSHOT) + "\n" + '{"id": "1", "authors_parsed": []}\n'
    )
    assert (paper.title, paper.abstract) == (
        "Calculation of $x$",
        "A fully differential 5% calculation.",
    )
    assert paper.authors == ("C. Balázs", "Ann Lee Jr")
    assert (paper.paper_id, paper.doi, paper.published) == (
        "0704.0001",
        "10.1103/x.1",
        "2007-04-02",
    )
    assert paper.categories == ("hep-ph", "cs.CL")
    assert (reject.line, reject.reason) == (2, "neither title nor abstract")


def test_arxiv_rss(tmp_path):
    item = (
        "<item><title>A Title</title><link>https://arxiv.org/abs/2401.00001</link>"
        "<description>arXiv:2401.00001v1 Announce Type: new\nAbstract: We do.</description>"
        "<dc:creator>Ann Lee, Bob Ray</dc:creator><category>cs.CL</category></item>"
    )
    xml = f'<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{item}</channel></rss>'
    (paper,) = read(tmp_path, xml)
    assert (paper.abstract, paper.authors) == ("We do.", ("Ann Lee", "Bob Ray"))


ROW = {
    "paper": {"id": "2401.00001", "title": "T", "summary": "hard\nwrapped", "upvotes": 3},
    "numComments": 1,
}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([ROW]),
        json.dumps([ROW], indent=1),
        json.dumps(ROW) + "\n",
        json.dumps({"2024-01-01": [ROW]}),
        json.dumps([[ROW]]),
        json.dumps([repr(ROW)]),
        json.dumps([json.dumps(ROW)]),
        json.dumps(ROW, indent=2) + "\n" + json.dumps({"items": []}, indent=2),
    ],
    ids=["array", "indented", "lines", "by day", "lists", "python text", "json text", "several"],
)
def test_dumps_of_the_daily_papers_api(tmp_path, content):
    (paper,) = read(tmp_path, content)
    assert (paper.paper_id, paper.abstract, paper.upvotes, paper.comments) == (
        "2401.00001",
        "hard wrapped",
        3,
        1,
    )


def test_an_array_is_streamed_past_a_megabyte_with_true_lines(tmp_path):
    rows = [{"title": f"Title {n}", "text": "word " * 100} for n in range(5000)]
    content = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n"
    *papers, reject = read(tmp_path, content)
    assert [p.title for p in papers] == [row["title"] for row in rows]
    assert (reject.line, reject.reason) == (5002, "the array is cut off: no closing ]")


def test_a_mistake_in_an_array_names_its_line_and_keeps_what_came_before(tmp_path):
    paper, reject = read(tmp_path, '[{"title": "A"},\n\n{"title": oops},\n{"title": "C"}]')
    assert paper.title == "A"
    assert reject.line == 3
    assert "the rest of the file was not read" in reject.reason


def test_the_answer_of_a_service_that_failed(tmp_path):
    (reject,) = read(tmp_path, '{"error": "Not found"}')
    assert str(reject) == "file:1: the service answered with an error: Not found"


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_csv_with_any_separator(tmp_path, separator):
    lines = [
        ["Title", "Abstract", "Authors", "Year"],
        ["A", '"two\nlines"', '"Lee, Ann; Ray, Bob"', "2020"],
    ]
    (paper,) = read(tmp_path, "\r\n".join(separator.join(line) for line in lines))
    assert (paper.title, paper.abstract, paper.published) == ("A", "two\nlines", "2020")
    assert paper.authors == ("Ann Lee", "Bob Ray")


def test_lines_that_end_in_carriage_returns_alone(tmp_path):
    papers = read(tmp_path, "title,abstract\rA,x\rB,y\r")
    assert [p.title for p in papers] == ["A", "B"]


def test_columns_can_be_mapped(tmp_path):
    content = "Name of work,Body,When\nA,The text.,2021-02-03\n,,\n"
    columns = {"title": "name of work", "abstract": "Body", "published": "When"}
    paper, reject = read(tmp_path, content, columns)
    assert (paper.title, paper.abstract, paper.published) == ("A", "The text.", "2021-02-03")
    assert (reject.line, reject.reason) == (3, "neither title nor abstract")


def test_line_numbers_in_csv_count_skipped_lines(tmp_path):
    content = b'title,abstract\nA,"x\ny"\n\xff\xfe,z\n,\nB,w\n'
    items = read(tmp_path, content)
    assert [i.title for i in items if isinstance(i, Paper)] == ["A", "B"]
    assert [str(i) for i in items if isinstance(i, Reject)] == [
        "file:4: not UTF-8 (byte 1)",
        "file:5: neither title nor abstract",
    ]


def test_strings_joined_values_and_missing_keys_in_bibtex(tmp_path):
    bib = """@string{acl = "Proceedings of ACL"}
    @article{a, title = acl # { 2020}, author = {Lee, Ann and {The Group} and others}, month = feb, year = 2021}
    @article{a, title = {Twice}, title = {ignored}, date = {2020-05/2020-06}}
    @misc{
      title = {No key}, eprint = {2401.00001}, archiveprefix = {arXiv}, keywords = {x, {y, z}}
    }
    @article{broken, title = {Never closed
    @misc{last, title = {Last}}
    """
    first, twice, keyless, broken, last = read(tmp_path, bib)
    assert (first.title, first.published) == ("Proceedings of ACL 2020", "2021-02")
    assert first.authors == ("Ann Lee", "The Group")
    assert (twice.title, twice.published) == ("Twice", "2020-05")
    assert (keyless.paper_id, keyless.categories) == ("2401.00001", ("x", "y, z"))
    assert (broken.line, "broken BibTeX entry" in broken.reason) == (7, True)
    assert last.title == "Last"


def test_bibtex_of_many_blocks_keeps_lines_and_strings(tmp_path):
    entries = "".join(
        f"@misc{{k{n},\n title = s # {{ {n}}},\n abstract = {{{'word ' * 50}}}}}\n"
        for n in range(3000)
    )
    items = read(tmp_path, '@string{s = "Title"}\n' + entries + "@misc{x, year = 2020}\n")
    assert [p.title for p in items[:-1]] == [f"Title {n}" for n in range(3000)]
    assert items[-1].line == 9002


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    rows = [
        {"title": "A", "abstract": "x", "authors": ["Ann"]},
        {"title": None, "abstract": None, "authors": None},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "papers.bin")
    found: list[Any] = list(read_papers(tmp_path / "papers.bin"))
    paper, reject = found
    assert (paper.title, paper.authors) == ("A", ("Ann",))
    assert str(reject) == "papers.bin:2: neither title nor abstract"


@pytest.mark.parametrize(
    ("package", "magic", "extra"),
    [("zstandard", b"\x28\xb5\x2f\xfd", "zstd"), ("pyarrow", b"PAR1", "parquet")],
)
def test_a_missing_package_is_named_with_the_command(tmp_path, monkeypatch, package, magic, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'papers-rag\[{extra}\]'"):
        read(tmp_path, magic + b"rest")


def test_originals_are_kept_where_cleaning_changed_a_text(tmp_path):
    if "original_title" not in Paper.__dataclass_fields__:
        pytest.skip("papers have no fields for the originals")
    cleaned, plain = read(
        tmp_path, "@misc{a, title = {{B}ERT}, abstract = {5\\%}}\n@misc{b, title = {Plain}}"
    )
    assert (cleaned.title, cleaned.original_title) == ("BERT", "{B}ERT")
    assert (cleaned.abstract, cleaned.original_abstract) == ("5%", "5\\%")
    assert (plain.original_title, plain.original_abstract) == (None, None)

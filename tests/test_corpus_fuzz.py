"""Whatever the bytes: papers, rejects or an error of our own tree, and nothing else."""

import gzip
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.corpus import merge_all, read_papers, to_bibtex, to_jsonl, to_markdown_references, to_ris
from rag.errors import PapersError
from rag.records import Paper, Reject

SEEDS = {
    "page": "Daily Papers\n\nby AK and the research community\n\nOct 3\n\nTitle\n\n" + "We do it. " * 50
    + "\n\n•3 authors\n·\nSep 29, 2025 4\n",
    "html": '<!doctype html><div data-target="DailyPapers" data-props="{&quot;dailyPapers&quot;:[{&quot;paper&quot;:'
    '{&quot;id&quot;:&quot;2401.00001&quot;,&quot;title&quot;:&quot;T&quot;}}]}">',
    "atom": '<feed><entry><id>http://arxiv.org/abs/1707.08567v1</id><title>T</title><summary>S</summary>'
    '<author><name>A</name></author><category term="cs"/></entry></feed>',
    "rss": "<rss><channel><item><title>T</title><link>https://arxiv.org/abs/2401.00001</link><description>"
    "&lt;b&gt;Authors:&lt;/b&gt; A, B&lt;/p&gt;</description></item></channel></rss>",
    "anthology": '<collection id="P19"><volume id="1"><meta><year>2019</year></meta><paper id="1">'
    "<title>T</title><author><first>A</first><last>B</last></author></paper></volume></collection>",
    "pubmed": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T"
    "</ArticleTitle><Abstract><AbstractText Label='A'>x</AbstractText></Abstract></Article>"
    "</MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "openalex": json.dumps({"results": [{"id": "https://openalex.org/W1", "title": "T",
        "abstract_inverted_index": {"a": [0, 2], "b": [1]}, "authorships": [{"author": {"display_name": "A"}}]}]}),
    "crossref": json.dumps({"message": {"items": [{"DOI": "10.1000/x", "title": ["T"], "abstract": "<jats:p>x</jats:p>",
        "issued": {"date-parts": [[2020, 1]]}, "author": [{"given": "A", "family": "B"}]}]}}),
    "s2": json.dumps({"data": [{"paperId": "p", "externalIds": {"ArXiv": "2401.00001"}, "title": "T", "year": 2020}]}),
    "snapshot": json.dumps({"id": "0704.0001", "title": "T", "abstract": "x", "authors_parsed": [["B", "A", ""]],
        "versions": [{"created": "Mon, 2 Apr 2007 19:18:42 GMT"}]}) + "\n",
    "daily": json.dumps([{"paper": {"id": "2401.00001", "title": "T", "authors": [{"name": "A"}]}}], indent=1),
    "literal": json.dumps(["{'paper': {'id': '2401.00001', 'title': 'T'}}"]),
    "jsonl": '{"_id": "1", "title": "T", "text": "x", "date": "2020"}\n{"title": "U"}\n',
    "csv": 'title,abstract,year\n"T, U","x\ny",2020\nV,w,\n',
    "bibtex": '@string{s = "S"}\n@article{k, title = {{T}\\"{o} $x$} # s, author = {A, B and C}, year = 2020, '
    "month = jan}\n@comment{x}\n",
    "ris": "TY  - JOUR\nTI  - T\nAU  - B, A\nPY  - 2020/01/02\nAB  - x\nER  - \n",
}  # fmt: skip
JUNK = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"<", b">", b"&", b"\0", b"\n", b"\r", b"\\", b",", b"@", b"$", b"null", b"-1",
     b"1e999", b"[]", b"{}", b"true", b"\xff", b"\xed\xa0\x80", "ü".encode(), b"<!ENTITY a 'b'>", b"99999999999", b" - "]
)  # fmt: skip


def survives(content: bytes, name: str = "file") -> None:
    """Read the bytes and put what comes of them through merging and export."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            items = list(read_papers(path))
        except PapersError as exc:
            items = [Reject("", 0, str(exc))]
    papers = [item for item in items if isinstance(item, Paper)]
    assert all(p.title or p.abstract for p in papers)
    assert all(r.reason and "\n" not in str(r) for r in items if isinstance(r, Reject))
    merged = merge_all(papers).papers
    for write in (to_bibtex, to_ris, to_jsonl, to_markdown_references):
        write(merged).encode()


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_themselves_are_papers(name, tmp_path):
    path = tmp_path / "seed"
    path.write_text(SEEDS[name])
    assert [type(item) for item in read_papers(path)].count(Paper) >= 1


relaxed = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@given(st.binary(max_size=300))
@example(b"[" * 70_000)
@example(b'{"a":' * 70_000)
@example(b"\x1f\x8b\x08")
@example(gzip.compress(b"{"))
@relaxed
def test_random_bytes(content):
    survives(content)


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
@relaxed
def test_mutated_files(name, data):
    content = bytearray(SEEDS[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 12)))
        content[start:stop] = data.draw(JUNK | st.binary(max_size=4))
    survives(bytes(content))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "id", "title", "abstract", "text", "paper", "authors", "externalIds", "paperId", "DOI", "doi", "issued",
    "author", "authorships", "abstract_inverted_index", "versions", "authors_parsed", "error", "message", "data",
    "results", "summary", "upvotes", "organization", "publishedAt", "paper_id", "sources", "year", "primary_location",
    "locations", "keywords", "s2FieldsOfStudy", "fieldsOfStudy", "submitter", "published", "subject", "categories",
)  # fmt: skip


@given(
    st.lists(st.dictionaries(st.sampled_from(FIELDS), values, max_size=6), min_size=1, max_size=3)
)
@settings(relaxed, max_examples=150)
def test_fields_of_any_type(rows):
    survives("\n".join(json.dumps(row) for row in rows).encode("utf-8", "surrogatepass"))
    survives(json.dumps(rows).encode())


@pytest.mark.parametrize("name", SEEDS)
def test_files_cut_anywhere(name):
    content = SEEDS[name].encode()
    for stop in range(1, len(content), max(1, len(content) // 40)):
        survives(content[:stop])

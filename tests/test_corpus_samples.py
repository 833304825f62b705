"""Real files, as their services and programs wrote them: each with its expected counts.

The counts were found by looking at the files: elements, array lengths and ``@entry``
lines. Files are named only where they differ from the usual count of their folder.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rag.corpus import read_papers
from rag.corpus.opening import decode
from rag.records import Paper, Reject

SAMPLES = Path(__file__).parent.parent.parent / "shared" / "samples"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the checkout"),
]

NONE = (0, 1)  # no paper, and one reason why
FOLDERS = {  # folder: (files, the usual (papers, rejects), {file: (papers, rejects)})
    "api-crossref": (48, (1, 0), dict.fromkeys(["test_bad_dois_1.json", "test_bad_titles_0.json"], NONE)),
    "api-openalex": (
        11,
        (1, 0),
        {
            "test_does_openalex_work_not_oa_in_openalex__0.json": NONE,  # no title was asked for
            "test_does_openalex_work_oa_in_openalex1__0.json": NONE,
            "test_does_openalex_work_oa_in_openalex2__0.json": NONE,
            "test_title_search_paper_attributes2__3.json": (2, 0),
        },
    ),
    "api-semanticscholar": (
        45,
        (1, 0),
        dict.fromkeys(
            [
                "test_bad_dois_0.json", "test_bad_titles_1.json", "test_bulk_doi_search_3.json",
                "test_equations_docling__1.json", "test_equations_nemotron__1.json",
                "test_equations_pymupdf__1.json", "test_s2_title_search_empty_data_0.json",
            ],
            NONE,
        ),
    ),
    "arxiv-atom": (
        20,
        (10, 0),
        {
            "id_0000.0000_s0_m100_8b51d9633a68.xml": NONE,
            "id_0808.05394_1707.08567_s0_m100_42e5aa0ec3af.xml": (1, 0),
            "id_0808.05394_s0_m100_7b0c7d0a7cdd.xml": NONE,
            "id_1605.08386_s0_m100_199195aa31ad.xml": (1, 0),
            "id_1707.08567_s0_m100_6a1afebfc6a3.xml": (1, 0),
            "id_2104.12255v1_s0_m100_6ae69987ffe1.xml": (1, 0),
            "id_abc_s0_m100_b79c8dcf6bc3.xml": NONE,
            "id_astro-ph_0601001_s0_m100_3150dca9dc76.xml": (1, 0),
            "id_quant-ph_0201082v1_s0_m100_86989fe779ef.xml": (1, 0),
            "q_testing_s0_m100_cfe7536492ca.xml": (100, 0),
            "q_testing_s0_m15_80c242b59d59.xml": (15, 0),
            "q_testing_s5_m15_bbcf6b23085b.xml": (15, 0),
            "q_testing_s9_m15_0b78d4b4d476.xml": (15, 0),
        },
    ),
    "hf-html": (2, (1, 0), {"listing_2024-08.html": (13, 0)}),
    "hf-rss": (2, (30, 0), {"feed_weekly.xml": (6, 0)}),
    "ris": (
        19,
        (1, 0),
        {
            "RisImporterCorrupted.ris": NONE,  # the record does not start
            "RisImporterTestDoiAndJournalTitle.ris": NONE,  # no title
        },
    ),
}  # fmt: skip
DAILY_COUNTS = (
    13, 18, 13, 6, 7, 6, 9, 20, 8, 15, 11, 9, 6, 13, 18, 8, 9, 32, 13, 10, 13, 17, 26, 15, 26, 15,
    8, 23, 11, 12, 13,
)  # fmt: skip
BIBTEX_PAPERS = {
    "ArXivQuantumMock": 3, "BibtexImporter.examples": 2, "Chocolate": 15,
    "Chocolate-pseudnomyized": 15, "CitaviXmlImporterTest1": 60, "CitaviXmlImporterTest2": 58,
    "CitaviXmlImporterTest3": 99, "CitaviXmlImporterTest5": 4, "CopacImporterTest2": 2,
    "EndnoteXmlExportTestMultipleEntries": 2, "EndnoteXmlImporterTestArticle2": 2,
    "EndnoteXmlImporterTestLabelAndMultiTitle": 3, "EndnoteXmlImporterTest_WithoutUrlStyle2": 2,
    "MODSImporterTestModsCollection": 3, "MSBibXmlTest": 2, "MedlineImporterTestNbib": 2,
    "MedlinePlainImporterStringOutOfBounds": 2, "ModsExportFormatTestMultipleEntries": 2,
    "SearchExamples": 15, "SpringerCloud ComputingMock": 2, "SpringerQuantumMock": 2,
    "bibWithUserCommentAndEntryChange": 2, "bibWithUserComments": 2, "biblatex-software": 5,
    "bug1283": 2, "changes": 2, "complex": 20, "config": 3, "crossref": 4,
    "entry-editor-tabs-biblatex": 2, "entry-editor-tabs-bibtex": 2, "general-server-test": 3,
    "groups-server-test": 2, "ieee-paper": 5, "ieee-paper-reference-text": 16,
    "jabref-authors": 212, "no-autosave": 2, "origin": 3, "pdf-field-upgrade": 3,
    "pdfContentImporterTest-pdfs": 8, "result": 2, "simple-search-library": 16,
    "special-fields": 2, "test": 19, "test-library-title-casing": 3, "testjabref": 156,
    "testjabref_210as292": 6, "testjabref_292": 6, "unlinkedFilesTestBib": 2,
}  # fmt: skip
BIBTEX_REJECTS = {
    "biblatex-software": 4,
    "origin": 3,
    "utf8-bom": 1,
    "MedlineImporterTestBookArticleSet": 1,
}
# Entries without a title, or (the last three) files without any entry.
BIBTEX_WITHOUT_PAPER = {
    "BiblioscapeImporterTestArticleST", "BiblioscapeImporterTestInbook",
    "BiblioscapeImporterTestUnknownType", "MODSImporterTestGenreMapping",
    "MedlinePlainImporterTestDOI", "MedlinePlainImporterTestInproceeding",
    "MedlinePlainImporterTestMultiAbstract", "ModsExportFormatTestBook",
    "ModsExportFormatTestTotalPages", "MsBibImportExportRoundTripTest1",
    "MsBibImportExportRoundTripTest1BibTexString",
    "MsBibImportExportRoundTripTestAddressWithoutComma", "MsBibImportExportRoundTripTestDay",
    "MsBibImportExportRoundTripTestDayBiblatex", "MsBibImporterMsBibFieldsTest", "MsBibKeyTest",
    "MsBibLCID", "MsBibLocationTest", "MsBibMultiAddressTest", "MsBibMultiLocationAddressTest",
    "MsBibShorttitle", "RisImporterTestDoiAndJournalTitle", "article_dublinCore_partial_date",
    "encoding-windows-1252-but-utf-8-declared--decoding-fails", "encoding-windows-1252-with-header",
    "encoding-windows-1252-without-header", "encodingWithoutNewline", "entryWithMultilineAbstract",
    "issue_181_1.8.0_51-b16", "issue_181_1.8.0_60-b27", "othertype", "reallyunknowntype",
    "articleWithMonths", "test-library-with-attached-files",
    "MedlineImporterTestMinimalEntry", "empty", "issue-12274",
}  # fmt: skip
SEVERAL_REJECTS = {"articleWithMonths": 2, "test-library-with-attached-files": 6}


def read(name: str) -> list[Any]:
    return list(read_papers(SAMPLES / name))


def counts(path: Path) -> tuple[int, int]:
    items = list(read_papers(path))
    return sum(isinstance(i, Paper) for i in items), sum(isinstance(i, Reject) for i in items)


def only(name: str) -> Any:
    (paper,) = read(name)
    return paper


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_a_folder_gives_its_count(folder):
    files, usual, others = FOLDERS[folder]
    found = {path.name: counts(path) for path in (SAMPLES / folder).iterdir()}
    assert found == {**dict.fromkeys(found, usual), **others}
    assert len(found) == files


def test_every_day_of_the_daily_papers_api():
    found = [counts(path) for path in sorted((SAMPLES / "hf-daily-api").iterdir())]
    assert found == [(n, 0) for n in DAILY_COUNTS]
    assert sum(DAILY_COUNTS) == 423


def test_days_of_the_api_hold_as_many_papers_as_array_elements():
    for path in (SAMPLES / "hf-daily-api").iterdir():
        assert counts(path)[0] == len(json.loads(path.read_text("utf-8"))), path.name


def bibtex_expectation(name: str) -> tuple[int, int]:
    if name in BIBTEX_WITHOUT_PAPER:
        return 0, SEVERAL_REJECTS.get(name, 1)
    papers = BIBTEX_PAPERS.get(name, 1)
    return papers, BIBTEX_REJECTS.get(name, 0)


def bibtex_files() -> list[Path]:
    return sorted((SAMPLES / "bibtex").iterdir())


def test_every_bibtex_file_gives_its_count():
    found = {path.stem: counts(path) for path in bibtex_files()}
    assert found == {name: bibtex_expectation(name) for name in found}
    assert (len(found), sum(papers for papers, _ in found.values())) == (210, 931)


def test_no_bibtex_entry_is_lost_in_silence():
    """Each line that starts an entry becomes a paper or a reject."""
    start = re.compile(r"(?mi)^[ \t]*@(?!comment|string|preamble|set)[a-z]+\s*[{(,]")
    empty = {"MedlineImporterTestMinimalEntry", "empty", "issue-12274", "encodingWithoutNewline"}
    for path in bibtex_files():
        text = decode(path.read_bytes()).replace("\r", "\n")
        if path.stem not in empty:
            assert sum(counts(path)) == len(start.findall(text)), path.name


def test_a_day_of_the_api_in_full():
    paper = next(p for p in read("hf-daily-api/2025-10-15.json") if p.organisations)
    assert paper.arxiv_id == paper.paper_id == "2510.12586"
    assert paper.title.endswith("Modeling via Self-supervised Pre-training")
    assert "\n" not in paper.abstract
    assert (paper.published, paper.upvotes, paper.comments) == ("2025-10-14", 67, 2)
    assert paper.organisations == ("AMAP-ML",)
    assert paper.authors[:2] == ("Jiachen Lei", "Keli Liu")


def test_a_day_whose_entries_were_saved_as_text():
    papers = read("hf-daily-api/2024-12-23.json")
    assert papers[0].title == "Parallelized Autoregressive Visual Generation"


def test_a_saved_listing_and_a_saved_paper_page():
    listing = read("hf-html/listing_2024-08.html")
    assert (listing[0].paper_id, listing[0].upvotes, listing[0].comments) == ("2407.21783", 94, 5)
    page = only("hf-html/paper_page_2509.24002.html")
    assert page.paper_id == "2509.24002"
    assert page.title.startswith("MCPMark: A Benchmark for Stress-Testing Realistic")
    assert page.published == "2025-09-28"


def test_the_rss_feed():
    paper = read("hf-rss/feed.xml")[0]
    assert (paper.paper_id, paper.upvotes, paper.published) == ("2607.28609", 52, "2026-07-30")
    assert paper.abstract.startswith("Computer-using agents (CUAs) are advancing")
    assert (paper.authors[0], paper.author_count) == ("Qiushi Sun", 23)


def test_arxiv_atom():
    paper = only("arxiv-atom/id_1707.08567_s0_m100_6a1afebfc6a3.xml")
    assert (paper.paper_id, paper.published, paper.categories) == (
        "1707.08567",
        "2017-07-27",
        ("cs.IT",),
    )
    assert paper.author_count == 34
    (error,) = read("arxiv-atom/id_abc_s0_m100_b79c8dcf6bc3.xml")
    assert (error.line, error.reason) == (
        9,
        "arXiv answered with an error: incorrect id format for abc",
    )


def test_openalex_abstracts_are_rebuilt():
    paper = only("api-openalex/test_doi_search_paper_attributes4__2.json")
    assert paper.abstract.startswith(
        "Significance The inadequate mechanical properties of engineered"
    )
    assert paper.paper_id == paper.doi == "10.1073/pnas.1414271111"
    assert paper.organisations


def test_crossref_markup_becomes_text():
    paper = only("api-crossref/test_bulk_title_search_0.json")
    assert paper.abstract.startswith("Objective: To automate scientific claim verification")
    assert "<" not in paper.abstract
    assert "\n\nMaterials and Methods: We developed" in paper.abstract


def test_semantic_scholar_ids():
    paper = only("api-semanticscholar/test_bulk_doi_search_0.json")
    assert (paper.arxiv_id, paper.doi) == ("2304.05376", "10.1038/s42256-024-00832-8")


@pytest.mark.parametrize(
    "name", ["tiny-BE-noBOM", "tiny-BE-withBOM", "tiny-LE-noBOM", "tiny-LE-withBOM"]
)
def test_bibtex_in_utf_16(name):
    paper = only(f"bibtex/{name}.bib")
    assert paper.title.startswith("Investigation of the best suture pattern")
    assert (paper.published, paper.author_count) == ("2011-12", 4)


def test_markup_in_bibtex_is_no_markup_afterwards():
    paper = only("bibtex/xss-server-test.bib")
    assert (paper.title, paper.authors) == ('Title "quoted"', ("Alice & Bob",))


def test_a_ris_record_with_everything_twice():
    paper = only("ris/RisImporterTest1.ris")
    assert (paper.title, paper.abstract, paper.published) == (
        "Editorial.",
        "abstract1",
        "2001-09-01",
    )
    assert paper.doi == "10.1023/a:1017379030770"
    assert paper.categories == ("keyword0", "keyword1")

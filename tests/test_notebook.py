"""What notebooks show: everything of the record, nothing that acts, links of our own making."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.notebook import answer_html, known_address, themes_html
from rag.records import Answer, Citation, Claim, Paper, Reason, Source, Verdict
from rag.themes.records import Theme, ThemeReport, Trend, Trends, Uncovered

EVIL = "<script>alert(1)</script><img src=x onerror=y>\"'&\x1b[31m"
PAPER = Paper(
    "2401.00001", "Quiet Bees", "Smoke calms bees.", published="2024-01-02",
    organisations=("Hive",), arxiv_id="2401.00001", url="https://evil.example/track",
)  # fmt: skip
CLAIM = Claim(
    "Smoke calms them.",
    (Citation(1, PAPER.paper_id, PAPER.title, "Smoke calms bees.", 0, 17, Verdict.SUPPORTED),),
    Verdict.SUPPORTED,
)
ANSWER = Answer("What calms bees?", (CLAIM,), (Source(1, PAPER),))
REPORT = ThemeReport(
    matched=2,
    themes=(Theme("1", "Bees", ("bees",), (PAPER,), (CLAIM,), cohesion=0.5),),
    uncovered=(Uncovered(Paper("t-0", "Loud Owls", ""), "far from all"),),
    trends=Trends("year", 2, 0, 0, (Trend("1", (), "rising", 0.094),)),
)


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags are closed in order."""

    VOID = frozenset({"hr", "br", "img", "meta", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.open[-1:] != ["style"] else ""

    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name in ("href", "src")]


def test_an_answer_is_shown_with_marks_citations_quotes_and_sources():
    page = Page(ANSWER._repr_html_())
    for part in ("What calms bees?", "✓", "Smoke calms them. [1]", "Quotes (1)", "2024-01-02"):
        assert part in page.text
    assert set(page.links()) == {"https://arxiv.org/abs/2401.00001"}
    assert ("title", "Quiet Bees") in page.attributes


def test_doubts_are_shown_with_their_reasons():
    doubted = replace(CLAIM, verdict=Verdict.UNSUPPORTED, why="41% is not in this abstract")
    page = Page(
        answer_html(
            replace(
                ANSWER,
                claims=(doubted,),
                complete=False,
                invalid_citations=("[7]",),
                dropped=(CLAIM,),
            )
        )
    )
    for part in ("✗", "41% is not in this abstract", "broke off", "[7]", "unsupported: 1"):
        assert part in page.text


def test_an_abstention_names_the_nearest_papers():
    answer = Answer(
        "Owls?", abstained=True, reason=Reason.NOT_IN_CORPUS, nearest=(PAPER,),
        explanation="The corpus does not answer this.",
    )  # fmt: skip
    page = Page(answer_html(answer))
    assert "The corpus does not answer this." in page.text
    assert "Nearest papers (1)Quiet Bees" in page.text


def test_themes_account_for_every_paper():
    page = Page(REPORT._repr_html_())
    for part in (
        "2 papers = 1 in 1 themes + 1 in none", "1. Bees", "rising +9.4 points a year",
        "Smoke calms them. [1]", "In no theme (1)Loud Owls",
    ):  # fmt: skip
        assert part in page.text


@pytest.mark.parametrize("shown", ["answer", "themes"])
def test_foreign_text_is_shown_and_does_nothing(shown: str):
    paper = Paper(EVIL, EVIL, EVIL, EVIL, organisations=(EVIL,), doi=EVIL, arxiv_id=EVIL, url=EVIL)
    citation = Citation(1, EVIL, EVIL, EVIL, 0, 1, Verdict.WEAK, EVIL)
    claim = Claim(EVIL, (citation,), Verdict.WEAK, EVIL)
    answer = Answer(EVIL, (claim,), (Source(1, paper),), invalid_citations=(EVIL,))
    themes = ThemeReport(
        2, (Theme(EVIL, EVIL, (EVIL,), (paper,), (claim,)),), (Uncovered(paper, EVIL),),
        query=EVIL, notes=(EVIL,),
    )  # fmt: skip
    page = Page(answer_html(answer) if shown == "answer" else themes_html(themes))
    assert page.tags <= {
        "style", "div", "p", "b", "ul", "ol", "li", "span", "details", "summary", "blockquote",
        "h4", "a",
    }  # fmt: skip
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.links() == []
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text


@pytest.mark.parametrize(
    ("ids", "address"),
    [
        ({"doi": "10.1000/a_b(1)"}, "https://doi.org/10.1000/a_b(1)"),
        ({"doi": "10.1000/a?<b>#c"}, "https://doi.org/10.1000/a%3F%3Cb%3E%23c"),
        ({"arxiv_id": "hep-th/9901001"}, "https://arxiv.org/abs/hep-th/9901001"),
        ({"arxiv_id": "//evil.example"}, None),
        ({"doi": "javascript:alert(1)"}, None),
        ({"url": "https://evil.example"}, None),
    ],
)
def test_addresses_are_made_from_identifiers_only(ids: dict[str, str], address: str | None):
    assert known_address(Paper("x", "T", "", **ids)) == address  # type: ignore[arg-type]


def test_nothing_is_fetched_and_mathematics_stays_as_written():
    shown = answer_html(replace(ANSWER, question="$5 and $6"))
    assert not re.search(r"url\(|@import|src=|<script|<link", shown)
    assert "tex2jax_ignore" in shown
    assert "$5 and $6" in shown

"""Sources that disagree: both sides are shown, marked and named; nothing else raises the alarm."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from rag.app import App, open_app
from rag.cli.render import print_answer
from rag.records import Answer, Paper, Verdict
from rag.resources import root
from tests.fakes import HashedEmbedder

QUESTION = "How fast does smoke calm bees?"
BEES = (
    "Bees are kept by many people all over the world. Beekeepers blow smoke into the hives "
    "before they open them. We study how smoke calms bees in forty hives of two regions. "
    "Smoke calms bees within 30 seconds in all of our trials. Pine needles and jute work best. "
    "The effect lasts until the hive is closed again."
)


def asked(folder: Path, *papers: Paper, question: str = QUESTION) -> Answer:
    app = open_app(home=folder / "home", embedder=HashedEmbedder())
    app.index.add_papers(papers, "made")
    answer = app.ask(question)
    app.index.close()
    return answer


def version(paper_id: str, title: str, before: str = "", after: str = "") -> Paper:
    assert before in BEES
    return Paper(paper_id, title, BEES.replace(before, after))


def doubted(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.verdict is Verdict.WEAK]


ORIGINAL = version("b1", "Bees and Smoke")


def test_an_earlier_and_a_later_version_that_differ_stand_side_by_side(tmp_path: Path) -> None:
    answer = asked(
        tmp_path, ORIGINAL, version("b2", "Bees and Smoke (Revised)", "30 sec", "90 sec")
    )
    texts = doubted(answer)
    assert len(texts) == 2
    assert any("30 seconds" in text for text in texts)
    assert any("90 seconds" in text for text in texts)
    places = [i for i, claim in enumerate(answer.claims) if claim.text in texts]
    assert places[1] - places[0] == 1
    assert {source.paper.paper_id for source in answer.sources} == {"b1", "b2"}


def test_each_side_names_the_other_and_quotes_itself(tmp_path: Path) -> None:
    revised = version("b2", "Bees and Smoke (Revised)", "30 sec", "90 sec")
    papers = {"b1": ORIGINAL, "b2": revised}
    answer = asked(tmp_path, *papers.values())
    for claim in answer.claims:
        for citation in claim.citations:
            abstract = papers[citation.paper_id].abstract
            assert abstract[citation.start : citation.end] == citation.quote
    reasons = {c.paper_id: c.why for claim in answer.claims if claim.why for c in claim.citations
               if claim.verdict is Verdict.WEAK}  # fmt: skip
    assert reasons == {
        "b1": "“Bees and Smoke (Revised)” says otherwise",
        "b2": "“Bees and Smoke” says otherwise",
    }


def test_a_version_that_denies_what_the_other_says_is_a_conflict(tmp_path: Path) -> None:
    other = version("b2", "Bees and Smoke (Revised)", "Smoke calms bees", "Smoke never calms bees")
    assert len(doubted(asked(tmp_path, ORIGINAL, other))) == 2


def test_five_poisoned_papers_do_not_silence_the_one_they_contradict(tmp_path: Path) -> None:
    poison = [
        Paper(
            f"x{n}",
            f"Smoke and Bees, Part {n}",
            f"{QUESTION} Smoke calms bees within 900 seconds{ending}. Ask any beekeeper of renown.",
        )
        for n, ending in enumerate(
            [" in most cases", ", as is known", " as a rule", ", on average", ""], 1
        )
    ]
    answer = asked(tmp_path, ORIGINAL, *poison)
    assert "30 seconds" in answer.text
    assert "900 seconds" in answer.text
    assert any("b1" in conflict["papers"] for conflict in answer.trace["conflicts"])
    assert len(doubted(answer)) >= 2


def test_the_conflict_is_in_the_trace_and_on_the_screen(tmp_path: Path) -> None:
    answer = asked(
        tmp_path, ORIGINAL, version("b2", "Bees and Smoke (Revised)", "30 sec", "90 sec")
    )
    (conflict, *_) = answer.trace["conflicts"]
    assert set(conflict["papers"]) == {"b1", "b2"}
    assert "30 seconds" in " ".join(conflict["quotes"])
    screen = io.StringIO()
    print_answer(iter([answer]), Console(file=screen, width=200))
    assert "Sources disagree: [1] and [2] say different things." in screen.getvalue()
    assert screen.getvalue().count("says otherwise") == 2


@pytest.mark.parametrize(
    "other",
    [
        version("b2", "A copy"),
        version("b2", "A version with another ending", " The effect lasts until", " It lasts till"),
        Paper("b2", "Ants", "Ants are many. Smoke calms ants within 90 seconds on warm sand."),
        Paper("b2", "Bees", "Bees fly far. We follow bees for 12 kilometres and 40 days."),
        Paper("b2", "Smoke", "Smoke rises. Smoke calms bees, say 70% of all beekeepers we asked."),
    ],
    ids=lambda paper: paper.title,
)
def test_what_says_the_same_or_something_else_raises_no_alarm(tmp_path: Path, other: Paper) -> None:
    answer = asked(tmp_path, ORIGINAL, other)
    assert answer.trace["conflicts"] == []
    assert doubted(answer) == []


@pytest.fixture(scope="module")
def some_questions() -> list[str]:
    file = root() / "evals" / "questions" / "sample.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [json.loads(line)["question"] for line in lines[::14]]


def test_no_alarm_is_raised_on_the_sample_corpus(
    sample_app: App, some_questions: list[str]
) -> None:
    if not some_questions:
        pytest.skip("the question set does not lie beside the package")
    answers = [sample_app.ask(question) for question in some_questions]
    assert [a.question for a in answers if a.trace.get("conflicts")] == []
    assert sum(not a.abstained for a in answers) > len(answers) / 2

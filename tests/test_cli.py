"""The command line as a user meets it: real processes on a real home."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.app import App

CGRS = "How much does CGRS shorten reasoning, and on which benchmarks?"
CGRS_TITLE = (
    "Efficient Reasoning for Large Reasoning Language Models "
    "via Certainty-Guided Reflection Suppression"
)


def papers(
    *words: str, home: Path | None = None, text: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    place = {"PAPERS_HOME": str(home)} if home else {}
    return subprocess.run(
        [sys.executable, "-m", "rag", *words],
        capture_output=True, text=True, input=text, timeout=120, check=False,
        env={**os.environ, **place, **environ},
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(sample_app: App) -> Path:
    sample_app.search("warm", k=1)
    return sample_app.settings.index.folder


def test_help_and_version_import_nothing_heavy() -> None:
    heavy = (
        "chromadb",
        "langchain",
        "langchain_core",
        "openai",
        "onnxruntime",
        "numpy",
        "rich",
        "pydantic",
    )
    code = (
        "import sys\nfrom rag.cli import main\ntry:\n    main([{word!r}])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    for word in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("{word!r}", repr(word))],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr.strip() == "[]", word
        assert "papers" in done.stdout.lower()


def test_ask_prints_the_answer_and_its_paper(home: Path) -> None:
    done = papers("ask", CGRS, home=home)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "18.5% to 41.9%" in text
    assert CGRS_TITLE in text
    assert "[1]" in text


def test_ask_json_is_one_object_whose_quotes_are_verbatim(home: Path, sample_app: App) -> None:
    done = papers("ask", "--json", home=home, text=CGRS)
    answer = json.loads(done.stdout)
    assert answer["schema"] == 1
    assert not answer["abstained"]
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            found = sample_app.index.catalogue.find(citation["paper_id"])
            assert found is not None
            assert found[1].title == citation["title"]
            assert found[1].abstract[citation["start"] : citation["end"]] == citation["quote"]


def test_planning_cites_tree_planner(home: Path) -> None:
    question = "Why does closing the loop make planning with language models expensive, and what removes the cost?"
    answer = json.loads(papers("ask", question, "--json", home=home).stdout)
    assert any("Tree-Planner" in source["title"] for source in answer["sources"])


def test_a_question_from_elsewhere_is_declined_with_the_nearest_papers(home: Path) -> None:
    question = "How do I keep a sourdough bread starter alive?"
    done = papers("ask", question, home=home)
    assert done.returncode == 0
    assert "The corpus does not answer this" in done.stdout
    answer = json.loads(papers("ask", question, "--json", home=home).stdout)
    assert answer["abstained"]
    assert answer["nearest"]
    assert answer["claims"] == []


def test_search_json_carries_ranks_scores_and_evidence(home: Path) -> None:
    found = json.loads(
        papers("search", "overthinking in reasoning models", "-k", "5", "--json", home=home).stdout
    )
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(hit["evidence"][0]["text"] for hit in found["hits"])


def test_a_batch_keeps_ids_and_order(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"id": "x", "question": "What is CGRS?"}\n{"id": "y", "question": "papers by Google"}\n'
    )
    done = papers("ask", "--batch", str(file), "--jobs", "2", home=home)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["x", "y"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ask", ""], "empty"),
        (["search", "x", "-k", "0"], "1 to 1000"),
        (["search", "x", "-k", "1000000000"], "1 to 1000"),
        (["search", "x", "--filter", "colour=red"], "date"),
        (["serch", "x"], "search"),
        (["--set", "retrieval.kk=3", "ask", "x"], "retrieval.k"),
        (["--preset", "nonsense", "ask", "x"], "openai"),
        (["index", "add", "no-such-file.jsonl"], "no-such-file.jsonl"),
    ],
)
def test_mistakes_get_one_line_and_a_code(home: Path, words: list[str], says: str) -> None:
    done = papers(*words, home=home)
    assert done.returncode in (1, 2)
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("length", [1_000_000])
@pytest.mark.parametrize("sign", [" ", "a"])
def test_an_endless_question_is_refused(home: Path, sign: str, length: int) -> None:
    done = papers("ask", home=home, text=sign * length)
    assert done.returncode == 2
    assert "question" in done.stderr


@pytest.mark.parametrize(
    "environ", [{"LANG": "C", "LC_ALL": "C"}, {"TZ": "Asia/Tokyo"}, {"COLUMNS": "20"}]
)
def test_locale_zone_and_width_change_nothing_essential(
    home: Path, environ: dict[str, str]
) -> None:
    done = papers(
        "search", "papers from October 2025 about agents", "-k", "3", "--json", home=home, **environ
    )
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["hits"]) == 3


@pytest.mark.parametrize("words", ["index export", "search planning"])
def test_a_closed_pipe_is_no_error(home: Path, words: str) -> None:
    command = f"{sys.executable} -m rag {words} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False,
        env={**os.environ, "PAPERS_HOME": str(home)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
@pytest.mark.parametrize("words", [("search", "planning"), ("index", "export")])
def test_an_output_that_is_full_is_told_in_one_line(home: Path, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rag", *words], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, env={**os.environ, "PAPERS_HOME": str(home)},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("papers: the output cannot be written: No space left")
    assert len(done.stderr.splitlines()) == 1


def test_status_prints_the_facts(home: Path) -> None:
    status = json.loads(papers("index", "status", "--json", home=home).stdout)
    facts = ("papers", "dated", "with_authors", "with_organisation", "with_comments")
    assert [status[f] for f in facts] == [283, 222, 213, 9, 76]

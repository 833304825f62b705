"""Saved answers: stored privately, asked again, compared, explained; and files that are none."""

import json
import os
import re
import shlex
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.answering.machine_form import parse_answer
from rag.answering.replay import compare_answers, difference_to_dict
from rag.answering.saved import read_saved, saved_form, write_saved
from rag.app import App, open_app
from rag.cli.main import main
from rag.records import Answer, Citation, Claim, Paper, Source, Verdict, answer_to_dict

BEES = {
    "id": "b1",
    "title": "Bees and Smoke",
    "abstract": "Bees are kept by many people. We study how smoke calms bees. "
    "Smoke calms bees within 30 seconds in all of our trials. It works with pine needles, too.",
    "date": "2024-03-01",
}
WASPS = {
    "id": "w1",
    "title": "Wasps in Autumn",
    "abstract": "Wasps are many in autumn. We count wasps near orchards and find that cider "
    "attracts 40% of them.",
    "date": "2025-09-01",
}
QUESTION = "How fast does smoke calm bees?"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of two papers."""
    home = tmp_path_factory.mktemp("built") / "home"
    app = open_app(home=home)
    app.index.add_papers([Paper(**_fields(BEES)), Paper(**_fields(WASPS))], "made")
    app.index.close()
    return home


def _fields(row: dict[str, str]) -> dict[str, Any]:
    return {
        "paper_id": row["id"],
        "title": row["title"],
        "abstract": row["abstract"],
        "published": row["date"],
        "date_precision": "day",
    }


@pytest.fixture
def papers(
    built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return the command line on a home of two papers: words in; code, stdout, stderr out."""
    shutil.copytree(built, tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as done:
            main(["--home", str(tmp_path / "home"), *words])
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


def add(run: Run, folder: Path, *rows: dict[str, str]) -> None:
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run("index", "add", str(file))[0] == 0


@pytest.fixture(scope="module")
def kept(built: Path) -> dict[str, Any]:
    app = open_app(home=built)
    values = saved_form(app.ask(QUESTION), None, app.settings)
    app.index.close()
    return values


@pytest.fixture
def saved(kept: dict[str, Any], tmp_path: Path) -> Path:
    write_saved(tmp_path / "bees.json", kept)
    return tmp_path / "bees.json"


def test_a_saved_answer_is_the_same_when_nothing_has_changed(papers: Run, saved: Path) -> None:
    code, out, _ = papers("replay", saved.name)
    assert code == 0
    assert "the same answer" in out
    code, out, _ = papers("replay", saved.name, "--json")
    assert code == 0
    assert json.loads(out)["equal"] is True
    assert json.loads(out)["behind"] == {}


def test_another_generation_of_the_index_is_shown_and_is_no_difference(
    papers: Run, saved: Path, tmp_path: Path
) -> None:
    crabs = {"id": "c1", "title": "Crabs", "abstract": "Crabs walk sideways on wet sand."}
    add(papers, tmp_path, crabs)
    code, out, _ = papers("replay", saved.name, "--json")
    assert json.loads(out)["behind"]["index generation"] == {"before": 1, "after": 2}
    assert json.loads(out)["claims"] == {"added": [], "gone": [], "changed": [], "reordered": False}
    assert code == int(bool(json.loads(out)["outcome"]))


def test_a_changed_abstract_shows_the_new_wording_beside_the_old(
    papers: Run, saved: Path, tmp_path: Path
) -> None:
    add(papers, tmp_path, {**BEES, "abstract": BEES["abstract"].replace("30", "90")})
    code, out, _ = papers("replay", saved.name)
    assert code == 1
    assert "another answer" in out
    assert "- Smoke calms bees within 30 seconds in all of our trials." in out
    assert "+ Smoke calms bees within 90 seconds in all of our trials." in out
    changed = json.loads(papers("replay", saved.name, "--json")[1])["claims"]["changed"]
    assert [set(one["changes"]) for one in changed] == [{"wording", "citations"}]


def test_a_removed_paper_is_a_source_gone(papers: Run, saved: Path) -> None:
    assert papers("index", "remove", "b1")[0] == 0
    code, out, _ = papers("replay", saved.name, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["sources"]["gone"] == [{"paper_id": "b1", "title": "Bees and Smoke"}]
    assert len(found["claims"]["gone"]) > 0


def test_options_are_those_of_the_file_and_can_be_overridden(papers: Run) -> None:
    assert papers("--set", "answer.sentences=1", "ask", QUESTION, "--save", "one.json")[0] == 0
    assert papers("replay", "one.json")[0] == 0
    code, out, _ = papers("replay", "one.json", "--set", "answer.sentences=4")
    assert code == 1
    assert "answer.sentences: 1 → 4" in out


def test_filters_are_those_of_the_file(papers: Run) -> None:
    words = ("ask", "What attracts wasps near orchards?", "--since", "2025", "--save", "w.json")
    assert papers(*words)[0] == 0
    assert papers("replay", "w.json")[0] == 0
    assert "date_from 2025-01-01" in papers("explain", "w.json")[1]


def test_a_saved_answer_is_private_and_holds_no_key(
    papers: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-this-is-a-secret-0123456789")
    asked = f"{QUESTION} sk-this-is-a-secret-0123456789"
    assert papers("--model", "none", "ask", asked, "--save", "k.json")[0] == 0
    text = (tmp_path / "k.json").read_text()
    assert "[key]" in text
    assert "secret" not in text
    assert str(tmp_path) not in text
    assert stat.S_IMODE((tmp_path / "k.json").stat().st_mode) == 0o600


def test_the_answer_to_the_same_question_is_renewed(papers: Run, saved: Path) -> None:
    before = saved.stat().st_ino
    assert papers("ask", QUESTION, "--save", saved.name)[0] == 0
    assert saved.stat().st_ino != before
    assert [path.name for path in saved.parent.glob(".*")] == []


def test_nothing_else_is_overwritten_without_being_told_to(papers: Run, saved: Path) -> None:
    other = "What attracts wasps near orchards?"
    notes = saved.with_name("notes.txt")
    notes.write_text("my notes")
    for name, says in ((saved.name, "another question"), (notes.name, "no saved answer")):
        code, out, err = papers("ask", other, "--save", name)
        assert (code, out) == (2, "")
        assert says in err
    assert notes.read_text() == "my notes"
    assert papers("ask", other, "--save", notes.name, "--force")[0] == 0
    assert read_saved(notes).answer.question == other


def test_a_target_that_cannot_be_written_is_refused_before_anything_is_asked(papers: Run) -> None:
    for target, says in (("no-such/x.json", "does not exist"), (".", "no file")):
        code, out, err = papers("ask", QUESTION, "--save", target)
        assert (code, out) == (2, "")
        assert says in err


def test_options_that_would_be_passed_over_are_refused(papers: Run, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("What is smoke?\n")
    for words in (("--batch", "q.txt", "--save", "a.json"), ("x", "--out", "b"), ("x", "--batch", "q.txt")):  # fmt: skip
        code, _, err = papers("ask", *words)
        assert code == 2
        assert len(err.strip().splitlines()) == 1


def _edited(**changes: Any) -> Callable[[dict[str, Any]], str]:
    def edit(values: dict[str, Any]) -> str:
        for dotted, value in changes.items():
            *path, last = dotted.split("__")
            place = values
            for step in path:
                place = place[step]
            place[last] = value
        return json.dumps(values)

    return edit


BAD_FILES: dict[str, Callable[[dict[str, Any]], str]] = {
    "empty": lambda _: "",
    "truncated": lambda values: json.dumps(values)[:-200],
    "binary": lambda _: "\0\1\2\udcff",
    "not an object": lambda _: "[1, 2]",
    "a batch": lambda values: json.dumps(values["answer"]) + "\n" + json.dumps(values["answer"]),
    "the output of --json": lambda values: json.dumps(values["answer"]),
    "of another program": lambda _: '{"schema": 1, "kind": "notebook", "cells": []}',
    "nested without end": lambda _: "[" * 200_000,
    "not a number": lambda values: json.dumps(values).replace('"generation": 1', '"generation": NaN'),
    "later release": _edited(schema=2),
    "schema of no release": _edited(schema="x"),
    "no question": _edited(answer__question=""),
    "endless question": _edited(answer__question="a" * 10_001),
    "claims that are none": _edited(answer__claims=[{"text": 5}]),
    "verdict that is none": _edited(answer__claims=[{"text": "x", "verdict": "true", "citations": []}]),
    "a million claims": _edited(
        answer__claims=[{"text": "x", "verdict": "weak", "citations": []}] * 20_000
    ),
    "confidence beyond one": _edited(answer__confidence=7),
    "filter that is none": _edited(filters={"date_from": ["x"]}),
    "filter with an order in SQL": _edited(filters={"order": "1; DROP TABLE paper"}),
    "a setting that is a list": _edited(settings={"answer.papers": [1]}),
    "an absurd setting": _edited(settings={"answer.papers": 10**9}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_line_and_exit_2(papers: Run, saved: Path, name: str) -> None:
    text = BAD_FILES[name](json.loads(saved.read_text()))
    saved.write_text(text, encoding="utf-8", errors="surrogateescape")
    code, out, err = papers("replay", saved.name)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert len(err) < 400
    assert "Traceback" not in err


def test_what_is_no_regular_file_is_refused_at_once(papers: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    for name in ("pipe.json", "folder.json", "missing.json"):
        for command in ("replay", "explain"):
            code, out, err = papers(command, name)
            assert (code, out) == (2, "")
            assert name in err


def test_a_file_cannot_send_the_key_to_its_own_server(
    papers: Run, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = json.loads(saved.read_text())
    values["settings"] |= {"model.base_url": "http://127.0.0.1:9/v1", "index.home": "/elsewhere"}
    saved.write_text(json.dumps(values))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-this-is-a-secret-0123456789")
    code, out, _ = papers("replay", saved.name, "--json")
    assert code == 0
    assert json.loads(out)["equal"]


def test_control_sequences_of_a_file_do_not_reach_the_terminal(papers: Run, saved: Path) -> None:
    values = json.loads(saved.read_text())
    values["answer"]["claims"][0]["text"] = "\x1b]52;c;ZXZpbA==\x07 [/b] evil \x9b2J"
    values["answer"]["claims"][0]["citations"][0]["title"] = "\x1b[2J title"
    saved.write_text(json.dumps(values))
    for command in ("explain", "replay"):
        _, out, _ = papers(command, saved.name)
        assert "[/b] evil" in out
        assert not {"\x1b", "\x07", "\x9b"} & set(out)


def test_explain_prints_quote_verdict_ranks_weights_and_filters(papers: Run, saved: Path) -> None:
    code, out, _ = papers("explain", saved.name)
    assert code == 0
    start = BEES["abstract"].index("Smoke calms")
    end = BEES["abstract"].index(" It works")
    assert f"quote, characters {start}–{end} of the abstract" in out
    for words in ("quoted from the abstract", "fused score", "dense: rank 1", "lexical: rank 1"):
        assert words in out
    assert "weights: dense" in out
    assert "filters: none" in out


def test_explain_of_a_question_equals_explain_of_its_saved_answer(papers: Run, saved: Path) -> None:
    asked = json.loads(papers("explain", QUESTION, "--json")[1])
    assert asked == json.loads(papers("explain", saved.name, "--json")[1])
    assert asked["claims"][0]["citations"][0]["rank"] == 1


def test_explain_of_a_file_needs_no_index(
    papers: Run, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = saved.with_name("elsewhere")
    with pytest.raises(SystemExit) as done:
        main(["--home", str(elsewhere), "explain", saved.name])
    assert done.value.code == 0
    assert "Bees and Smoke" in capsys.readouterr().out
    assert not elsewhere.exists()


def test_explain_says_why_nothing_was_answered_and_what_was_near(papers: Run) -> None:
    _, out, _ = papers("explain", "How do I keep a sourdough starter alive?")
    assert "The corpus does not answer this" in out
    assert "rank 1" in out


CITED = Citation(1, "p1", "One", "It grows by 5%.", 0, 15, Verdict.SUPPORTED)
CLAIM = Claim("It grows by 5%.", (CITED,), Verdict.SUPPORTED)
ANSWER = Answer(
    "Does it grow?", (CLAIM,), (Source(1, Paper("p1", "One", "It grows by 5%.")),), confidence=0.9
)


def _difference(after: Answer) -> dict[str, Any]:
    forms = [parse_answer(answer_to_dict(answer)) for answer in (ANSWER, after)]
    return difference_to_dict("Does it grow?", compare_answers(forms[0], forms[1], ({}, {})))


def test_a_verdict_that_changed_is_a_difference_with_its_reason() -> None:
    doubted = replace(CLAIM, verdict=Verdict.WEAK, why="“Two” says otherwise")
    (changed,) = _difference(replace(ANSWER, claims=(doubted,)))["claims"]["changed"]
    assert changed["changes"] == {
        "verdict": {"before": "supported", "after": "weak: “Two” says otherwise"}
    }


def test_other_numbers_for_the_same_papers_are_no_difference() -> None:
    renumbered = replace(CLAIM, citations=(replace(CITED, n=7),))
    assert _difference(replace(ANSWER, claims=(renumbered,)))["equal"]


def test_the_same_words_cited_to_another_paper_are_a_difference() -> None:
    moved = replace(CLAIM, citations=(replace(CITED, paper_id="p2"),))
    (changed,) = _difference(replace(ANSWER, claims=(moved,)))["claims"]["changed"]
    assert set(changed["changes"]) == {"citations"}


def test_claims_in_another_order_are_a_difference() -> None:
    other = replace(CLAIM, text="Bees dance.")
    before = parse_answer(answer_to_dict(replace(ANSWER, claims=(CLAIM, other))))
    after = parse_answer(answer_to_dict(replace(ANSWER, claims=(other, CLAIM))))
    found = compare_answers(before, after, ({}, {}))
    assert found.moved
    assert (found.added, found.gone, found.changed) == ((), (), ())


def test_rounding_of_the_confidence_is_no_difference() -> None:
    assert _difference(replace(ANSWER, confidence=0.9004))["equal"]
    assert _difference(replace(ANSWER, confidence=0.8))["outcome"] == {
        "confidence": {"before": 0.9, "after": 0.8}
    }


DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "answers.md"
COMMANDS = re.findall(
    r"^\$ papers (.*?)(?:  # exit (\d))?$", DOCUMENT.read_text("utf-8"), re.MULTILINE
)


def test_the_commands_of_the_documentation_do_what_it_says(
    sample_app: App,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "questions.txt").write_text("What is CGRS?\nWhich papers are by Google?\n")
    home = str(sample_app.settings.index.folder)
    assert len(COMMANDS) >= 6
    for words, code in COMMANDS:
        with pytest.raises(SystemExit) as done:
            main(["--home", home, *shlex.split(words)])
        assert str(done.value.code or 0) == (code or "0"), words
    assert "2 of 2 answers are there" in capsys.readouterr().err

"""``papers log``: earlier conversations are listed, shown, searched, exported and deleted."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.chat.budget import Budget
from rag.chat.conversation import Chat
from rag.chat.transcripts import FILE, Transcripts
from rag.cli import log
from rag.cli.chat import JsonScreen
from rag.cli.common import Context
from rag.corpus import read_papers
from rag.errors import InputError, UsageError
from rag.pricing import load_prices
from rag.records import Paper
from tests.chat_driver import PAPERS, open_slow_app


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a home with one conversation of two turns."""
    folder = tmp_path / "home"
    app = open_slow_app(folder, 0.0)
    chat = Chat(
        app,
        JsonScreen(),
        budget=Budget(load_prices()),
        transcripts=Transcripts(folder / FILE),
    )
    chat.ask("what grows networks while training?")
    chat.ask("does it save compute?")
    chat.close()
    app.index.close()
    capsys.readouterr()
    return folder


def run(home: Path, *words: str, as_json: bool = False) -> str:
    """Return what a command prints. Raises what it raises."""
    context = Context(home=str(home), json=as_json, quiet=True)
    result = CliRunner().invoke(log.app, list(words), obj=context)
    if result.exception:
        raise result.exception
    return result.stdout


def test_list_show_and_search_have_a_machine_form(home: Path) -> None:
    listed = json.loads(run(home, "list", as_json=True))
    assert [(c["number"], c["questions"]) for c in listed["conversations"]] == [(1, 2)]
    shown = json.loads(run(home, "show", as_json=True))
    assert [turn["typed"] for turn in shown["turns"]][1] == "does it save compute?"
    found = json.loads(run(home, "search", "SAVE COMPUTE", as_json=True))
    assert {row["number"] for row in found["found"]} == {1}


def test_show_prints_what_was_shown(home: Path) -> None:
    shown = run(home, "show", "1")
    assert "> does it save compute?" in shown
    assert "✓" in shown


def test_export_writes_bibtex_that_holds_every_source(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sources.bib"
    run(home, "export", "1", str(path))
    read = [paper for paper in read_papers(path) if isinstance(paper, Paper)]
    assert {paper.title for paper in read} == {paper.title for paper in PAPERS}


def test_delete_wants_to_know_what_and_then_leaves_nothing(home: Path) -> None:
    with pytest.raises(UsageError, match="--all"):
        run(home, "delete")
    run(home, "delete", "1")
    assert "No conversation yet" in run(home, "list")
    with pytest.raises(InputError, match="papers chat"):
        run(home, "show")

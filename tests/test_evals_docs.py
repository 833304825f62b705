"""What docs/evaluation.md shows is run here, in its order, on a small corpus of its own."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.cli.main import main
from tests.servers.lying import lying
from tests.test_evals_judge import by_words_over_http

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
PAPERS = [
    {"_id": "p1", "title": "Certainty-Guided Reflection Suppression",
     "text": "Suppression keeps the accuracy. It reduces the number of tokens by 18.5% to 41.9%."},
    {"_id": "p2", "title": "Unobtrusive Robot Navigation",
     "text": "Robots learn not to disturb people by minimising counterfactual perturbation."},
    {"_id": "p3", "title": "Barking Dogs", "text": "Dogs bark loudly at night. Cats do not."},
]  # fmt: skip
FILES = re.findall(r"<!-- file: (\S+) -->\n```json\n(.*?)```", TEXT, re.DOTALL)


def commands(kind: str) -> list[str]:
    blocks = re.findall(rf"<!-- {kind} -->\n```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def rows(path: Path, found: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")


def run(line: str) -> object:
    program, *words = shlex.split(line)
    assert program == "papers"
    with pytest.raises(SystemExit) as caught:
        main([*words, "--quiet"])
    return caught.value.code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with a home, the files that the document shows and a BEIR folder."""
    folder = tmp_path_factory.mktemp("evaluation")
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    collection = folder / "my-collection"
    (collection / "qrels").mkdir(parents=True)
    rows(collection / "corpus.jsonl", PAPERS)
    rows(collection / "queries.jsonl", [{"_id": "1", "text": "Which animals bark at night?"}])
    (collection / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\tp3\t1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPERS_HOME", str(folder / "home"))
        patch.chdir(folder)
        assert run("papers index add my-collection/corpus.jsonl") == 0
        yield folder


@pytest.fixture(autouse=True)
def _there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERS_HOME", str(place / "home"))
    monkeypatch.chdir(place)


def test_the_commands_of_the_document_run_and_leave_what_they_promise(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in commands("run"):
        assert run(line) == 0, (line, capsys.readouterr())
    for name in ("answers.html", "pool.jsonl", "compare.html", "compare.md", "gate.xml"):
        assert (place / name).stat().st_size > 0, name
    assert "warning" not in capsys.readouterr().err.lower()


def test_a_judge_is_recorded_and_then_replayed_without_a_server(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (place / "answers" / "manifest.json").exists():
        assert run("papers eval answers my-questions.jsonl --out answers") == 0
    with lying(by_words_over_http) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        for line in commands("run with a judge"):
            assert run(line) == 0, (line, capsys.readouterr())
        hits = server.hits
    assert hits == 2 * 3 + len((place / "judge.jsonl").read_text().splitlines())
    monkeypatch.delenv("OPENAI_BASE_URL")
    capsys.readouterr()
    for line in commands("run without a judge"):
        assert run(line) == 0, (line, capsys.readouterr())
    assert "[gpt-5-mini@1.1]" in capsys.readouterr().out


def test_every_command_of_papers_eval_is_in_the_document() -> None:
    from rag.cli.evaluate import app

    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    shown = set(re.findall(r"papers eval ([a-z]+)", TEXT))
    assert shown == names


def test_every_shell_block_is_run() -> None:
    assert TEXT.count("```sh") == len(re.findall(r"<!-- run[a-z ]* -->\n```sh", TEXT))

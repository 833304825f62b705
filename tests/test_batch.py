"""Many questions from a file: in order or resumed, killed or stopped, nothing is lost or doubled."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rag.app import App, open_app
from rag.cli.batch import answer_batch
from rag.errors import LockedError, ModelRefusedError, UsageError
from rag.records import Paper, answer_to_dict
from tests.fakes import HashedEmbedder

SUBJECTS = ("bees", "wasps", "crabs", "newts", "moles", "larks", "seals", "goats")
WORDS = ("honey", "cider", "sand", "ponds", "soil", "dawn", "ice", "hills")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("built") / "home"
    app = open_app(home=home)
    app.index.add_papers(
        [
            Paper(
                subject,
                f"On {subject} and {word}",
                f"Many animals live near {word}. We study {subject} near {word} for years. "
                f"Half of all {subject} return to {word} within {number} days.",
            )
            for number, (subject, word) in enumerate(zip(SUBJECTS, WORDS, strict=True), 3)
        ],
        "made",
    )
    app.index.close()
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "home"))


def questions(folder: Path, n: int) -> Path:
    file = folder / "questions.txt"
    lines = [
        f"How many {SUBJECTS[i % 8]} return to {WORDS[i % 8]} within {i} days?" for i in range(n)
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def start(home: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "rag", "--home", str(home), "ask", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip


def ask(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    child = start(home, *words)
    out, err = child.communicate(timeout=120)
    return subprocess.CompletedProcess(words, child.returncode, out, err)


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def told(rows: list[dict[str, Any]]) -> list[Any]:
    """Return what the rows say, without what differs from run to run."""
    return [(r["id"], r["key"], r["question"], r["claims"], r["sources"]) for r in rows]


def wait_for_lines(file: Path, n: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if file.exists() and file.read_bytes().count(b"\n") >= n:
            return
        time.sleep(0.005)
    raise AssertionError(f"{file.name} did not grow")


def test_a_killed_batch_goes_on_where_it_was_and_equals_one_that_was_not(
    home: Path, tmp_path: Path
) -> None:
    n, out = 80, tmp_path / "out.jsonl"
    file = questions(tmp_path, n)
    child = start(home, "--batch", str(file), "-o", str(out), "--jobs", "2")
    wait_for_lines(out, 20)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    kept = out.read_bytes().count(b"\n")
    assert 20 <= kept < n
    with out.open("r+b") as stream:  # as if the kill had cut the last write in two
        stream.truncate(out.stat().st_size - 30)

    done = ask(home, "--batch", str(file), "-o", str(out), "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert f"{kept - 1} of {n} answers are there" in done.stderr
    assert done.stdout == ""

    whole = tmp_path / "whole.jsonl"
    assert ask(home, "--batch", str(file), "-o", str(whole)).returncode == 0
    assert told(rows(out)) == told(rows(whole))
    assert [row["id"] for row in rows(out)] == [str(i) for i in range(1, n + 1)]


def test_ctrl_c_ends_a_batch_at_once_and_leaves_a_file_to_go_on_with(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    child = start(home, "--batch", str(questions(tmp_path, 2000)), "-o", str(out), "--jobs", "2")
    wait_for_lines(out, 10)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert time.monotonic() - began < 5
    assert "run the same command to go on" in err
    assert "Traceback" not in err
    assert len(rows(out)) >= 10


@pytest.fixture
def app(home: Path) -> Any:
    app = open_app(home=home)
    yield app
    app.index.close()


def run(app: App, file: Path, out: Path, **options: Any) -> int:
    return answer_batch(app, file, **{"jobs": 1, "filters": None, "out": out, **options})


def test_a_second_run_asks_nothing_again(app: App, tmp_path: Path) -> None:
    file, out = questions(tmp_path, 6), tmp_path / "out.jsonl"
    assert run(app, file, out) == 0
    before = out.read_bytes(), out.stat().st_mtime_ns
    assert run(app, file, out) == 0
    assert (out.read_bytes(), out.stat().st_mtime_ns) == before


def test_questions_added_or_moved_keep_the_answers_that_are_there(app: App, tmp_path: Path) -> None:
    file, out = questions(tmp_path, 3), tmp_path / "out.jsonl"
    run(app, file, out)
    first = rows(out)
    file.write_text("What do newts do near ponds?\n" + file.read_text())
    run(app, file, out)
    assert [row["id"] for row in rows(out)] == ["1", "2", "3", "4"]
    assert [row["question"] for row in rows(out)[1:]] == [row["question"] for row in first]
    assert [row["usage"] for row in rows(out)[1:]] == [row["usage"] for row in first]


def test_other_filters_or_settings_are_other_answers(app: App, tmp_path: Path) -> None:
    file, out = questions(tmp_path, 2), tmp_path / "out.jsonl"
    run(app, file, out)
    shorter = open_app(home=app.index.home, overrides={"answer.sentences": 1})
    run(shorter, file, out)
    assert [row["id"] for row in rows(out)] == ["1", "2", "1", "2"]
    assert len({row["key"] for row in rows(out)}) == 4
    shorter.index.close()


def test_the_same_question_twice_is_answered_twice(app: App, tmp_path: Path) -> None:
    file, out = tmp_path / "twice.jsonl", tmp_path / "out.jsonl"
    file.write_text("".join(f'{{"id": "{i}", "question": "Where do seals go?"}}\n' for i in "ab"))
    for _ in range(2):
        run(app, file, out)
        assert [row["id"] for row in rows(out)] == ["a", "b"]


def test_failed_and_incomplete_answers_are_asked_again(app: App, tmp_path: Path) -> None:
    file, out = questions(tmp_path, 3), tmp_path / "out.jsonl"
    run(app, file, out)
    first, second, third = rows(out)
    failed = {"id": "1", "key": first["key"], "schema": 1, "error": "the server is away"}
    cut = {**second, "complete": False}
    out.write_text("".join(json.dumps(row) + "\n" for row in (failed, cut, third)))
    assert run(app, file, out) == 0
    assert told(rows(out)) == told([first, second, third])


@pytest.mark.parametrize(
    "cut", [1, 2, 5, 9, 30, 400, -1], ids=lambda n: f"{n} bytes" if n > 0 else "all but the end"
)
def test_a_torn_last_line_is_mended_wherever_it_was_cut(app: App, tmp_path: Path, cut: int) -> None:
    file, out = questions(tmp_path, 2), tmp_path / "out.jsonl"
    run(app, file, out)
    whole = out.read_bytes()
    first = whole.index(b"\n") + 1
    out.write_bytes(whole[: first + cut] if cut > 0 else whole[:cut])
    assert run(app, file, out) == 0
    assert told(rows(out)) == told([json.loads(line) for line in whole.splitlines()])


@pytest.mark.parametrize(
    "text", ["my notes", "my notes\n", '{"id": 1}\n', "[]\n", '{"key": "x", "id"\n{"id": ']
)
def test_a_file_that_is_no_batch_is_refused_and_left_alone(
    app: App, tmp_path: Path, text: str
) -> None:
    out = tmp_path / "notes.txt"
    out.write_text(text)
    with pytest.raises(UsageError, match=r"notes.txt:1: no answer of a batch"):
        run(app, questions(tmp_path, 2), out)
    assert out.read_text() == text


def test_two_batches_do_not_write_to_one_file(app: App, tmp_path: Path) -> None:
    from rag.cli.batch_file import BatchFile

    out = tmp_path / "out.jsonl"
    with BatchFile(out), pytest.raises(LockedError, match="another batch"):
        run(app, questions(tmp_path, 2), out)


def test_a_bad_line_is_named_and_the_rest_is_answered(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "mixed.jsonl", tmp_path / "out.jsonl"
    file.write_bytes(
        b'{"id": "a", "question": "Where do seals go?"}\n'
        b'{"id": "b", "question": \n'
        b'{"id": "c"}\n'
        b'{"id": "d", "question": 5}\n'
        b"\xff\xfe\x00 broken\n"
        b'{"id": ["e"], "question": "Where do goats go?"}\n'
        b"\n"
        b"Where do larks go?\n"
    )
    assert run(app, file, out) == 4
    assert [row["id"] for row in rows(out)] == ["a", "8"]
    said = capsys.readouterr().err
    for number in (2, 3, 4, 5, 6):
        assert f"mixed.jsonl:{number}: " in said


def test_a_question_that_fails_has_a_line_that_says_why(app: App, tmp_path: Path) -> None:
    file, out = tmp_path / "q.txt", tmp_path / "out.jsonl"
    file.write_text("Where do seals go?\n" + "x" * 20_000 + "\nWhere do goats go?\n")
    assert run(app, file, out) == 4
    assert ["error" in row for row in rows(out)] == [False, True, False]


def test_what_concerns_every_question_stops_the_batch(tmp_path: Path) -> None:
    class Refused(HashedEmbedder):
        def embed_query(self, text: str) -> Any:
            raise ModelRefusedError("the key is not accepted")

    app = open_app(home=tmp_path / "home", embedder=Refused())
    app.index.add_papers([Paper("p", "Seals", "Seals go to the ice in winter.")])
    out = tmp_path / "out.jsonl"
    with pytest.raises(ModelRefusedError):
        run(app, questions(tmp_path, 3), out)
    assert out.read_text() == ""


def test_a_hundred_parallel_asks_equal_the_serial_ones(app: App, tmp_path: Path) -> None:
    file, out = questions(tmp_path, 100), tmp_path / "out.jsonl"
    assert run(app, file, out, jobs=16) == 0
    texts = file.read_text().splitlines()
    serial = [answer_to_dict(app.ask(text))["claims"] for text in texts]
    assert [row["claims"] for row in rows(out)] == serial


def test_on_stdout_the_order_is_that_of_the_file(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer_batch(app, questions(tmp_path, 40), jobs=8, filters=None)
    printed = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert printed == [str(i) for i in range(1, 41)]

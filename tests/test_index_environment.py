"""Where a home lies, what its papers are called, and which clock and locale rule change nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.records import Paper
from tests.faults.conftest import search, title, write_corpus
from tests.index_stores import opened

ROOT = Path(__file__).resolve().parents[1]


def run(
    home: str, *words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without HOME, without a terminal, and with no variables but ``env``."""
    command = [sys.executable, "-m", "tests.faults.commands", home, *words]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, env=bare, cwd=cwd, check=False)


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/Adak", "PYTHONUTF8": "0"},
    ],
)
def test_locale_time_zone_and_a_missing_home_change_nothing(
    tmp_path: Path, env: dict[str, str]
) -> None:
    home = str(tmp_path / "home")
    corpus = write_corpus(tmp_path / "a.jsonl", 10)
    corpus.write_text(corpus.read_text() + '{"title": "İstanbul ıssız — naïve", "abstract": "x"}\n')
    assert run(home, "index", "add", str(corpus), env=env).returncode == 0
    exported = run(home, "index", "export", env={**env, "PYTHONIOENCODING": "utf-8"})
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.isascii()
    titles = [json.loads(line)["title"] for line in exported.stdout.splitlines()]
    assert "İstanbul ıssız — naïve" in titles
    assert search(Path(home), "number7 case7") == [title(7)]


def test_a_clock_that_was_set_back_neither_hides_nor_reorders_anything(tmp_path: Path) -> None:
    index = opened(tmp_path / "home", "")
    index.add([write_corpus(tmp_path / "a.jsonl", 5)])
    with index.catalogue.transaction():  # as if it had been written a century from now
        for change in ("log SET at", "ingest SET started", "ingest SET finished"):
            index.catalogue._db.execute(f"UPDATE {change} = '2126-01-01T00:00:00Z'")
    index.add([write_corpus(tmp_path / "b.jsonl", 5, start=5)])
    assert index.lexical("number9", 1)
    assert [ingest["source"] for ingest in index.status()["ingests"]] == ["a.jsonl", "b.jsonl"]
    assert index.verify() == []
    index.close()


@pytest.mark.parametrize("name", ["with spaces & ümlaut", "a\nb", "-dash", "x/../up", "[b]*?"])
def test_a_home_may_be_called_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").mkdir()
    index = opened(tmp_path / name, "")
    index.add([write_corpus(tmp_path / "a.jsonl", 5)])
    index.close()
    index = opened(tmp_path / name, "")
    assert index.lexical("number3", 1)
    assert index.dense(index.embed_query(title(3)), 1)
    index.close()


@pytest.mark.parametrize("name", ["x" * 300, "file/inside"])
def test_a_home_that_cannot_be_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    done = run(str(tmp_path / name), "index", "status")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert str(tmp_path) not in done.stderr


def test_ids_that_look_like_paths_lead_nowhere(tmp_path: Path) -> None:
    ids = ["../../escape", "/etc/passwd", "a/b", "nul\0byte", "-rf", "." * 300, "C:\\x", "~"]
    index = opened(tmp_path / "home", "")
    index.add_papers(
        [Paper(i, f"Title {n} about bees", "Bees.", sources=("x",)) for n, i in enumerate(ids)]
    )
    assert {p.paper_id for _, p in index.catalogue.iter_papers()} == set(ids)
    index.close()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    index = opened(tmp_path / "home", "")
    assert index.remove(ids) == ids
    assert index.is_empty()
    index.close()

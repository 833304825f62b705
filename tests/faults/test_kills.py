"""Killed writers lose nothing that was acknowledged, and never stop the next one."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rag.index.index import Index
from tests.fakes import HashedEmbedder
from tests.faults.conftest import TALLY, rows, run, search, start, title, write_corpus
from tests.index_stores import opened

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1500)]
KILLS = 20


def acknowledged(child: subprocess.Popen[str]) -> int:
    """Return how many papers a dead child said were safe."""
    out, _ = child.communicate()
    told = [int(line.split()[1]) for line in out.splitlines() if line.startswith("acknowledged")]
    return max(told, default=0)


def check(home: Path, safe: int, store: str = "") -> None:
    """Open the home as the next process would: what was acknowledged is there and is found."""
    TALLY["kills"] += 1
    TALLY["acknowledged"] += safe
    done = run(home, "index", "status", "--json")
    TALLY["crashes on reopen"] += done.returncode < 0
    assert done.returncode == 0, done.stderr
    index = opened(home, store)
    papers = {p.title for _, p in index.catalogue.iter_papers()}
    lost = {title(i) for i in range(safe)} - papers
    TALLY["lost"] += len(lost)
    assert not lost
    if safe:
        sample = random.Random(safe).sample(range(safe), min(5, safe))
        for number in sample:
            found = index.lexical(f"number{number}", 1)
            assert index.catalogue.papers([found[0].paper_num]).popitem()[1].title == title(number)
        near = index.dense(index.embed_query(title(sample[0])), 20)
        assert near
    index.close()


def test_kills_at_random_moments_lose_nothing(tmp_path: Path, store: str) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 3000)
    dice = random.Random(1)
    for round_ in range(KILLS):
        home = tmp_path / f"home{round_ // 4}"
        child = start(home, "add-telling", str(corpus))
        time.sleep(dice.uniform(1.0, 5.0))
        child.send_signal(signal.SIGKILL)
        check(home, acknowledged(child), store)
    done = run(tmp_path / "home0", "add-telling", str(corpus))
    assert done.returncode == 0, done.stderr
    assert opened(tmp_path / "home0", store).verify() == []
    assert search(tmp_path / "home0", "number2999 case2999") == [title(2999)]


def test_kills_while_chroma_flushes_lose_nothing(tmp_path: Path) -> None:
    """Watch the segment files and kill within 30 ms of a change."""
    home, dice = tmp_path / "home", random.Random(2)
    safe = 0
    for round_ in range(KILLS):
        corpus = write_corpus(tmp_path / f"{round_}.jsonl", 1200, start=round_ * 1200)
        child = start(home, "add-telling", str(corpus))
        _wait_for_flush(home, child)
        time.sleep(dice.uniform(0.0, 0.03))
        child.send_signal(signal.SIGKILL)
        added = acknowledged(child)
        if added < 1200:
            run(home, "add-telling", str(corpus))
        safe = (round_ + 1) * 1200
        check(home, safe)
    assert Index(home, HashedEmbedder()).verify() == []


def _wait_for_flush(home: Path, child: subprocess.Popen[str]) -> None:
    def state() -> dict[str, int]:
        try:
            return {str(p): p.stat().st_mtime_ns for p in home.glob("generations/*/chroma/*/*.bin")}
        except OSError:
            return {}

    before = state()
    while child.poll() is None and state() == before:
        time.sleep(0.001)


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_add_ends_quickly_and_is_resumed(
    tmp_path: Path, store: str, sign: signal.Signals, code: int
) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 20_000)
    child = start(tmp_path / "home", "index", "add", str(corpus))
    time.sleep(6)
    sent = time.monotonic()
    child.send_signal(sign)
    child.communicate()
    assert child.returncode == code
    assert time.monotonic() - sent < 2
    small = write_corpus(tmp_path / "small.jsonl", 2000)
    assert run(tmp_path / "home", "add-telling", str(small)).returncode == 0
    once = tmp_path / "once"
    assert run(once, "add-telling", str(small)).returncode == 0
    assert search(tmp_path / "home", "number1500 case1500") == search(once, "number1500 case1500")


def test_an_interrupted_add_embeds_nothing_twice(tmp_path: Path, store: str) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 2000)
    home = tmp_path / "home"
    child = start(home, "add-telling", str(corpus))
    assert child.stdout is not None
    while not child.stdout.readline().startswith("acknowledged 5"):
        pass
    child.kill()
    child.communicate()
    index = opened(home, store)
    already = index.catalogue.counts().papers
    report = index.add([corpus])
    assert already >= 512
    assert report.embedded == 2000 - already
    assert len(list(rows(2000))) == index.catalogue.counts().papers

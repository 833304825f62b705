"""An index that is open already follows what other processes do, also when they are killed."""

import signal
import time
from pathlib import Path

import pytest

from rag.index import snapshots
from rag.index.index import Index
from rag.index.locking import writer_lock
from tests.faults.conftest import run, title, write_corpus
from tests.index_stores import opened, store

__all__ = ["store"]


def finds(reader: Index, number: int) -> bool:
    """Tell whether a paper is found by its words and by its vector."""
    if not reader.lexical(f"number{number}", 1):
        return False
    near = reader.dense(reader.embed_query(title(number)), 20)
    papers = reader.catalogue.papers(hit.chunk.paper_num for hit in near)
    return title(number) in {paper.title for paper in papers.values()}


@pytest.fixture
def reader(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return an open index of 50 papers that has just been searched."""
    monkeypatch.setenv("PAPERS_STORE", store)
    index = opened(tmp_path / "home", store)
    index.add([write_corpus(tmp_path / "a.jsonl", 50)])
    assert finds(index, 7)
    return index


def kill_a_writer(reader: Index, corpus: Path) -> None:
    """Add a corpus in a child that is killed between acknowledging and publishing it."""
    killed = run(reader.home, "add-and-die", str(corpus))
    assert killed.returncode == -signal.SIGKILL


def test_an_open_reader_finds_within_two_seconds_what_a_killed_writer_acknowledged(
    reader: Index, tmp_path: Path
) -> None:
    before = reader.generation
    kill_a_writer(reader, write_corpus(tmp_path / "b.jsonl", 20, start=50))
    killed = time.monotonic()
    while not finds(reader, 69):
        assert time.monotonic() - killed < 2
        time.sleep(0.02)
    assert time.monotonic() - killed < 2
    assert reader.generation == before + 1
    reader.close()


def test_while_another_writer_is_at_work_publishing_is_left_to_it(
    reader: Index, tmp_path: Path
) -> None:
    kill_a_writer(reader, write_corpus(tmp_path / "b.jsonl", 20, start=50))
    with writer_lock(reader.home):
        time.sleep(snapshots.LOOK_EVERY)
        assert not finds(reader, 69)
        assert finds(reader, 7)
    time.sleep(snapshots.LOOK_EVERY)
    assert finds(reader, 69)
    reader.close()


def test_the_log_is_looked_at_once_a_second_however_often_one_searches(
    reader: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = [], reader.catalogue.last_seq

    def counted(space: str) -> int:
        looks.append(space)
        return look(space)

    monkeypatch.setattr(reader.catalogue, "last_seq", counted)
    began = time.monotonic()
    for _ in range(200):
        assert reader.lexical("number7", 1)
    assert len(looks) <= 1 + (time.monotonic() - began) / snapshots.LOOK_EVERY
    reader.close()

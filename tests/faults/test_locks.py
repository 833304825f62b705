"""One writer, many readers, and locks that die with their holder."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from rag.errors import IndexStateError
from tests.faults.conftest import TALLY, run, search, start, title, write_corpus
from tests.index_stores import opened

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_the_second_writer_exits_3_naming_the_first_and_both_corpora_survive(
    tmp_path: Path, store: str
) -> None:
    home = tmp_path / "home"
    holder = start(home, "hold")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    corpus = write_corpus(tmp_path / "a.jsonl", 300)
    refused = run(home, "index", "add", str(corpus))
    assert refused.returncode == 3
    assert str(holder.pid) in refused.stderr
    assert "Traceback" not in refused.stderr
    holder.kill()
    holder.communicate()
    assert run(home, "index", "add", str(corpus)).returncode == 0
    assert search(home, "number123 case123") == [title(123)]


def test_two_adds_at_once_lose_nothing(tmp_path: Path, store: str) -> None:
    home = tmp_path / "home"
    files = [write_corpus(tmp_path / f"{i}.jsonl", 1000, start=i * 1000) for i in range(2)]
    children = [start(home, "index", "add", str(file)) for file in files]
    codes = []
    for child, file in zip(children, files, strict=True):
        child.communicate()
        codes.append(child.returncode)
        if child.returncode == 3:
            assert run(home, "index", "add", str(file)).returncode == 0
    assert set(codes) <= {0, 3}
    index = opened(home, store)
    assert index.catalogue.counts().papers == 2000
    assert index.verify() == []


def test_an_open_reader_sees_another_process_s_changes_within_two_seconds(
    tmp_path: Path, store: str
) -> None:
    home = tmp_path / "home"
    run(home, "index", "add", str(write_corpus(tmp_path / "a.jsonl", 200)))
    reader = opened(home, store)
    gone = reader.dense(reader.embed_query(title(7)), 1)[0].chunk.paper_num
    run(home, "index", "add", str(write_corpus(tmp_path / "b.jsonl", 50, start=200)))
    run(home, "index", "remove", "p7")
    published = time.monotonic()
    assert reader.lexical("number249", 1)
    assert gone not in {h.chunk.paper_num for h in reader.dense(reader.embed_query(title(7)), 50)}
    assert time.monotonic() - published < 2


def test_a_forked_child_is_refused_at_once_and_may_open_its_own(tmp_path: Path, store: str) -> None:
    home = tmp_path / "home"
    index = opened(home, store)
    index.add([write_corpus(tmp_path / "a.jsonl", 50)])
    assert index.dense(index.embed_query(title(3)), 1)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            index.dense(index.embed_query(title(3)), 1)
        except IndexStateError as exc:
            os.write(write, json.dumps(str(exc)).encode())
        os._exit(0)
    deadline = time.monotonic() + 5
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert b"forked" in os.read(read, 1000)
    os.close(read)
    os.close(write)


def test_an_open_reader_finds_within_two_seconds_what_a_killed_writer_acknowledged(
    tmp_path: Path, store: str
) -> None:
    """The writer dies between the catalogue's commit and publishing; nobody else comes."""
    home = tmp_path / "home"
    run(home, "index", "add", str(write_corpus(tmp_path / "a.jsonl", 200)))
    reader = opened(home, store)
    assert reader.lexical("number199", 1)
    corpus = write_corpus(tmp_path / "b.jsonl", 300, start=200)
    assert run(home, "add-and-die", str(corpus)).returncode == -signal.SIGKILL
    TALLY["kills"] += 1
    TALLY["acknowledged"] += 300
    killed = time.monotonic()
    while not reader.lexical("number499", 1):
        assert time.monotonic() - killed < 2
        time.sleep(0.01)
    assert time.monotonic() - killed < 2
    assert reader.dense(reader.embed_query(title(499)), 1)
    assert reader.verify() == []

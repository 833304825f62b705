"""Damaged, full and read-only storage: found, said in one line, and mended by one command."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.index.index import Index
from tests.fakes import HashedEmbedder
from tests.faults.conftest import run, search, title, write_corpus
from tests.index_stores import opened

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home of 1,500 papers, so that Chroma has flushed its segment files."""
    home = tmp_path / "home"
    index = Index(home, HashedEmbedder())
    index.add([write_corpus(tmp_path / "a.jsonl", 1500)])
    index.close()
    return home


SEGMENTS = [
    "data_level0.bin",
    "header.bin",
    "length.bin",
    "link_lists.bin",
    "index_metadata.pickle",
]


@pytest.mark.parametrize("name", [*SEGMENTS, "chroma.sqlite3"])
@pytest.mark.parametrize("how", ["truncate", "delete"])
def test_a_broken_chroma_file_is_found_and_rebuilt_from_the_catalogue(
    home: Path, name: str, how: str
) -> None:
    file = next(home.glob(f"generations/*/chroma/**/{name}"))
    if how == "delete":
        file.unlink()
    else:
        os.truncate(file, file.stat().st_size // 2)
    assert run(home, "index", "verify").returncode == 1
    assert search(home, "number777 case777") == [title(777)]
    index = Index(home, HashedEmbedder())
    assert index.verify() == []
    near = index.dense(index.embed_query(title(42)), 30)
    papers = index.catalogue.papers(hit.chunk.paper_num for hit in near)
    assert title(42) in {p.title for p in papers.values()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_is_an_error_within_seconds_and_loses_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        home = small / "home"
        assert (
            run(home, "index", "add", str(write_corpus(tmp_path / "a.jsonl", 300))).returncode == 0
        )
        safe = Index(home, HashedEmbedder()).catalogue.counts().papers
        began = time.monotonic()
        filler = small / "filler"
        filler.write_bytes(b"\0" * max(0, shutil.disk_usage(small).free - 600_000))
        failed = run(home, "index", "add", str(write_corpus(tmp_path / "b.jsonl", 8000)))
        assert failed.returncode == 2, failed.stderr
        assert "space" in failed.stderr
        assert "Traceback" not in failed.stderr
        assert time.monotonic() - began < 30
        asked = run(home, "search", "number12", "--json", timeout=30)
        assert asked.returncode == 0, asked.stderr
        filler.unlink()
        assert search(home, "number299 case299") == [title(299)]
        assert Index(home, HashedEmbedder()).catalogue.counts().papers >= safe
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.fixture
def read_only(tmp_path: Path, store: str) -> Iterator[Path]:
    """Return a home on a file system that refuses every write."""
    home = tmp_path / "home"
    index = opened(home, store)
    index.add([write_corpus(tmp_path / "a.jsonl", 1500)])
    index.close()
    steps = [
        ["mount", "--bind", str(home), str(home)],
        ["mount", "-o", "remount,ro,bind", str(home)],
    ]
    if os.geteuid() or any(subprocess.run(step, check=False).returncode for step in steps):
        pytest.skip("mounting is not allowed here")
    yield home
    subprocess.run(["umount", "-l", str(home)], check=False)


@pytest.mark.parametrize("words", [["search", "number88 case88"], ["ask", "What is case88?"]])
def test_a_read_only_home_can_be_asked(read_only: Path, words: list[str]) -> None:
    done = run(read_only, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert "88" in json.dumps(json.loads(done.stdout))


def test_adding_to_a_read_only_home_is_one_line(read_only: Path, tmp_path: Path) -> None:
    done = run(read_only, "index", "add", str(write_corpus(tmp_path / "b.jsonl", 5)))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr

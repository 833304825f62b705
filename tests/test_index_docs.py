"""The commands that docs/index.md shows are run, from top to bottom."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import chroma
from tests.servers.lying import Exchange, lying

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
PAPERS = """\
{"id": "made-1", "title": "Short reasoning", "abstract": "Reasoning gets shorter by 20 percent."}
{"id": "made-2", "title": "Glaciers", "abstract": "Glaciers melt faster in the east."}
"""
BIBTEX = "@article{made3, title={Bees find home}, abstract={Bees use the sun.}, year={2025}}\n"


@pytest.fixture
def embedding_server() -> Iterator[str]:
    """Yield the address of a server that embeds a text by its length."""

    def embed(exchange: Exchange) -> None:
        texts = exchange.body["input"]
        rows = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
        exchange.reply(200, {"object": "list", "model": "e", "data": rows})

    with lying(embed) as server:
        yield server.url


def test_the_guide_runs_from_top_to_bottom(tmp_path: Path, embedding_server: str) -> None:
    (tmp_path / "my-papers.jsonl").write_text(PAPERS)
    (tmp_path / "more.bib").write_text(BIBTEX)
    script = "\n".join(["set -e", 'papers() { "$PYTHON" -m rag "$@"; }', *BLOCKS])
    script = script.replace("http://127.0.0.1:8080/v1", embedding_server)
    script = script.replace("http://127.0.0.1:8000", chroma.address_of("server"))
    env = {
        **os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "COLUMNS": "100",
        "PAPERS_HOME": str(tmp_path / "home"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "2 papers read: 2 new" in done.stdout
    assert "3 papers read: 1 new, 0 updated, 0 merged, 2 already there" in done.stdout
    assert "1 removed" in done.stdout
    assert done.stdout.count("sound:") == 2
    embedded = re.findall(r"rebuilt: generation \d+, (\d+) texts embedded", done.stdout)
    assert embedded == ["0", "2", "0", "0", "0"]
    assert done.stdout.count("Short reasoning") == 2
    assert (tmp_path / "corpus.jsonl").read_text().count("\n") == 2


def test_the_guide_names_every_file_of_a_home(tmp_path: Path) -> None:
    from tests.index_stores import opened

    for store in ("embedded", "server"):
        index = opened(tmp_path / store, chroma.address_of(store))
        index.add_papers([])
        found = {path.name for path in (tmp_path / store).iterdir()}
        found |= {path.name for path in index.generations.path(1).iterdir()}
        index.close()
        for name in found - {"generations", "lock", "catalogue.sqlite-wal", "catalogue.sqlite-shm"}:
            assert name in GUIDE, name


def test_every_setting_the_guide_names_is_one() -> None:
    from rag.settings import known_keys

    named = set(re.findall(r"`((?:index|embedding)\.[a-z_]+)`", GUIDE))
    assert len(named) > 5
    assert named <= set(known_keys())

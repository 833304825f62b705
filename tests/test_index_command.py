"""``papers index add`` as a user mistypes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAPER = '{"id": "a", "title": "On bees", "abstract": "Bees dance. They dance well."}\n'


def add(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run ``papers index add`` in ``folder``, on a home beside it."""
    home = folder.with_name("home")
    return subprocess.run(
        [sys.executable, "-m", "rag", "--home", str(home), "--json", "index", "add", *names],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds one paper."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "papers.jsonl").write_text(PAPER, encoding="utf-8")
    return tmp_path / "here"


@pytest.mark.parametrize("names", [[""], ["papers.jsonl", ""], ["  "]])
def test_an_empty_name_is_not_the_current_folder(folder: Path, names: list[str]) -> None:
    done = add(folder, *names)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'papers: index add: a name is empty; give files or folders ("." is this folder)\n'
    )
    assert not folder.with_name("home").exists()  # nothing was begun


def test_the_current_folder_can_be_added_by_its_name(folder: Path) -> None:
    done = add(folder, ".")
    assert done.returncode == 0, done.stderr
    assert '"new": 1' in done.stdout

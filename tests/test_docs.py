"""What the documentation shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.app import App
from tests.sessions import FILES, ROOT, printed, sessions

SHOWN = [pair for file in FILES for pair in sessions(file.read_text(encoding="utf-8"))]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(("words", "lines", "shown"), SHOWN, ids=[case[0] for case in SHOWN])
def test_captured_sessions_are_what_the_commands_print(
    words: str, lines: int | None, shown: str, sample_app: App
) -> None:
    sample_app.search("warm", k=1)
    now = printed(words, sample_app.settings.index.folder, lines)
    if lines is None:  # papers that tie to the fourth digit may change places
        assert sorted(now.split()) == sorted(shown.split())
    else:  # of the head only its first words: near-ties may fall out otherwise elsewhere
        assert len(now.splitlines()) > 2
        assert now.splitlines()[0].split(" = ")[0] == shown.splitlines()[0].split(" = ")[0]


def test_every_test_named_in_the_reliability_table_exists() -> None:
    table = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", table):
        assert (ROOT / file).is_file(), file
        assert name in (ROOT / file).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_papers_command_in_the_documentation_is_one() -> None:
    shown = set()
    for document in DOCS:
        text = document.read_text(encoding="utf-8")
        shown |= set(re.findall(r"(?:^|`|\$ )papers (?:--home \S+ )?([a-z]+)", text, re.MULTILINE))
    assert shown
    for word in shown:
        done = subprocess.run(
            [sys.executable, "-m", "rag", word, "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0, word


def test_the_readme_s_library_example_runs(sample_app: App) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    home = str(sample_app.settings.index.folder)
    scope: dict[str, object] = {}
    exec(code.replace('"my-corpus"', repr(home)), scope)  # noqa: S102 - our own documentation
    assert scope["answer"].claims  # type: ignore[attr-defined]

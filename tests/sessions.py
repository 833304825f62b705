"""The captured sessions in the documentation: ``<!-- session: ask "…" -->`` before a text block.

``python -m tests.sessions`` runs each command on the sample corpus and writes what it
printed into the block; a test checks that the blocks are still what the commands print.
``<!-- chat: ["…", "/why 1"] -->`` is a chat in which these lines are typed, see ``screens``.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import screens

ROOT = Path(__file__).resolve().parents[1]
FILES = (ROOT / "README.md", ROOT / "docs" / "chat.md")
WIDTH = "90"
_BLOCK = re.compile(
    r"(<!-- session(?:-head (?P<lines>\d+))?: (?P<words>.+?) -->\n```text\n)(?P<shown>.*?)(?=```)",
    re.DOTALL,
)
_CHAT = re.compile(
    r"(<!-- chat: (?P<lines>\[.+?\]) -->\n```text\n)(?P<shown>.*?)(?=```)", re.DOTALL
)


def chats(text: str) -> list[tuple[list[str], str]]:
    """Return the (typed lines, shown screen) of each captured chat."""
    return [(json.loads(found["lines"]), found["shown"]) for found in _CHAT.finditer(text)]


def sessions(text: str) -> list[tuple[str, int | None, str]]:
    """Return the (command words, most lines, shown output) of each captured session."""
    return [(found["words"], _most(found), found["shown"]) for found in _BLOCK.finditer(text)]


def _most(found: re.Match[str]) -> int | None:
    return int(found["lines"]) if found["lines"] else None


def printed(words: str, home: Path, lines: int | None = None) -> str:
    """Return what the command prints on a home, at the width of the documentation."""
    done = subprocess.run(
        [sys.executable, "-m", "rag", *shlex.split(words)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PAPERS_HOME": str(home), "COLUMNS": WIDTH, "NO_COLOR": "1"},
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()[:lines]) + "\n"


def rewrite(path: Path, home: Path) -> None:
    """Put what the commands print now into the blocks of a file."""
    text = path.read_text(encoding="utf-8")
    new = _BLOCK.sub(lambda found: found[1] + printed(found["words"], home, _most(found)), text)
    if screens.INSTALLED:
        new = _CHAT.sub(
            lambda found: found[1] + screens.captured(json.loads(found["lines"]), home), new
        )
    else:
        sys.stderr.write("no tmux: the screens of the chat stay as they are\n")
    path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            rewrite(file, Path(folder))

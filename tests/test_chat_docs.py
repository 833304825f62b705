"""What the documentation shows of the chat is what the chat does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag.app import App
from rag.chat.commands import COMMANDS
from tests import screens
from tests.sessions import FILES, ROOT, chats

CHAT = (ROOT / "docs" / "chat.md").read_text(encoding="utf-8")
SHOWN = [(file.name, *chat) for file in FILES for chat in chats(file.read_text(encoding="utf-8"))]


def loosely(screen: str) -> list[str]:
    """Return the words of a screen; scores may differ in their last digits elsewhere."""
    return sorted(re.sub(r"\d\.\d{2,}", "#", word) for word in screen.split())


@pytest.mark.skipif(not screens.INSTALLED, reason="tmux is not installed")
@pytest.mark.parametrize(("file", "lines", "shown"), SHOWN, ids=[case[0] for case in SHOWN])
def test_the_captured_screens_are_what_the_chat_shows(
    file: str, lines: list[str], shown: str, sample_app: App
) -> None:
    sample_app.search("warm", k=1)
    assert loosely(screens.captured(lines, sample_app.settings.index.folder)) == loosely(shown)


def test_the_readme_and_the_page_of_the_chat_show_a_captured_screen() -> None:
    assert {"README.md", "chat.md"} <= {file for file, *_ in SHOWN}
    assert {"/why", "/compare", "/sources"} <= {
        line.split()[0] for _file, lines, _ in SHOWN for line in lines if line.startswith("/")
    }


def test_every_command_is_documented_and_no_other() -> None:
    table = CHAT.partition("## Commands")[2].partition("\n## ")[0]
    named = {name for pair in re.findall(r"\| `(/\w+)|, `(/\w+)", table) for name in pair if name}
    assert named == set(COMMANDS)


def test_the_commands_of_the_page_run(sample_app: App, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_app.settings.index.folder, home)
    environ = {
        **os.environ,
        "PAPERS_HOME": str(home),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    script = tmp_path / "papers"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m rag "$@"\n')
    script.chmod(0o755)
    lines = re.findall(r"^\$ (.*)$", CHAT, re.MULTILINE)
    assert len(lines) >= 9
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line], input="What is DINO-WM?\n", env=environ, cwd=tmp_path,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout or done.stderr, line
    assert "[^1]: " in (tmp_path / "notes.md").read_text(encoding="utf-8")

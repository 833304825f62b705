"""The code blocks of the documentation, and how they are run.

A block's first word is its language. ``console`` blocks are run, line by line after ``$``,
in one folder and with one home per page; ``console not run: REASON`` is not. A block with
a file name after its language (``csv papers.csv``) is written to that file first.
``python`` blocks of a page share one scope.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.sessions import ROOT, WIDTH

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_ELSEWHERE = {  # pages whose commands need a setting of their own: the test that runs them
    "answers.md": "test_replay.py",
    "chat.md": "test_chat_docs.py",
    "evaluation.md": "test_evals_docs.py",
    "index.md": "test_index_docs.py",
}
_FENCE = re.compile(r"^```(?P<info>[^`\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_BIB = "@misc{a, title = {Quiet Bees}, abstract = {Smoke calms bees within 30 seconds.}}\n"
_ROW = '{"title": "Owls at Dusk", "abstract": "Owls hoot at dusk."}\n'


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands after it, and its text."""

    language: str
    about: str
    body: str

    @property
    def runs(self) -> bool:
        """Whether a test executes it."""
        return not self.about.startswith("not run: ")

    @property
    def commands(self) -> str:
        """The lines after ``$`` with their continuations, as a shell script."""
        found = re.findall(r"^\$ ((?:.*\\\n)*.*)$", self.body, re.MULTILINE)
        return "\n".join(found)


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    found = []
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        language, _, about = match["info"].strip().partition(" ")
        found.append(Block(language, about.strip(), match["body"]))
    return found


def with_commands() -> list[Path]:
    """Return the pages that show commands which are to be run."""
    here = [page for page in PAGES if page.name not in RUN_ELSEWHERE]
    return [p for p in here if any(b.language == "console" and b.runs for b in blocks(p))]


def with_python() -> list[Path]:
    """Return the pages, but for the reference, that show Python which is to be run."""
    return [
        p
        for p in PAGES
        if p.parent.name != "reference"
        and any(b.language == "python" and b.runs for b in blocks(p))
    ]


def run_commands(page: Path, folder: Path, home: Path) -> None:
    """Run the page's commands in ``folder`` on a copy of ``home``; an error code is a failure."""
    environment = _prepared(folder, home)
    for block in blocks(page):
        if block.language == "console" and block.runs:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.commands],
                cwd=folder, env=environment, capture_output=True, text=True, check=False,
                timeout=200, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            assert done.returncode == 0, f"{page.name}:\n{block.body}{done.stdout}{done.stderr}"
        elif re.fullmatch(r"[\w-]+\.\w+", block.about):
            (folder / block.about).write_text(block.body, encoding="utf-8")


def _prepared(folder: Path, home: Path) -> dict[str, str]:
    """Put a ``papers`` command, a home and the files that pages take for granted in place."""
    shutil.copytree(home, folder / ".home")
    tools = folder / ".bin"
    tools.mkdir()
    command = tools / "papers"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rag "$@"\n')
    command.chmod(0o755)
    _provide_files(folder)
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PAPERS_HOME": str(folder / ".home"),
        "HOME": str(folder),
        "COLUMNS": WIDTH,
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
    }


def _provide_files(folder: Path) -> None:
    page = ROOT / "rag" / "corpus" / "sample" / "001_99719bd6781c337b.txt"
    for name in ("more", "saved-pages"):
        (folder / name).mkdir()
        (folder / name / "notes.jsonl").write_text(_ROW)
    shutil.copy(page, folder / "pages.txt")
    (folder / "library.bib").write_text(_BIB)
    (folder / "notes.jsonl").write_text(_ROW)
    (folder / "questions.jsonl").write_text(_few_questions(), encoding="utf-8")
    with gzip.open(folder / "dump.jsonl.gz", "wt") as stream:
        stream.write(_ROW)


def _few_questions() -> str:
    """Return three questions of each half of the sample set: quick, and still two splits."""
    rows = (ROOT / "evals" / "questions" / "sample.jsonl").read_text("utf-8").splitlines()
    halves = ([row for row in rows if f'"split": "{half}"' in row] for half in ("dev", "test"))
    return "".join(f"{row}\n" for half in halves for row in half[:3])

"""Children, corpora and the tally that ``make faults`` prints."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import chroma

TOPICS = ("glaciers", "violins", "bees", "taxes", "proteins", "volcanoes", "bridges", "opals")
TALLY = {"kills": 0, "acknowledged": 0, "lost": 0, "crashes on reopen": 0}


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return where vectors lie, "" or the address of a server; children are told, too."""
    address = chroma.address_of(request.param)
    monkeypatch.setenv("PAPERS_STORE", address)
    return address


def title(number: int) -> str:
    return f"Study {number} of {TOPICS[number % 8]} number{number}"


def rows(n: int, start: int = 0) -> Iterator[str]:
    for i in range(start, start + n):
        text = f"We look at {TOPICS[i % 8]} in case{i}. The effect of case{i} is {i % 97} percent."
        yield json.dumps({"id": f"p{i}", "title": title(i), "abstract": text})


def write_corpus(path: Path, n: int, start: int = 0) -> Path:
    path.write_text("\n".join(rows(n, start)) + "\n", encoding="utf-8")
    return path


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.faults.commands", str(home), *words]


def run(home: Path, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, *words), capture_output=True, text=True, timeout=timeout, check=False
    )


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(home, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def search(home: Path, query: str, k: int = 1) -> list[str]:
    done = run(home, "search", query, "-k", str(k), "--json")
    assert done.returncode == 0, done.stderr
    return [hit["title"] for hit in json.loads(done.stdout)["hits"]]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY["kills"]:
        terminalreporter.section("faults")
        for name, count in TALLY.items():
            terminalreporter.write_line(f"{name}: {count}")

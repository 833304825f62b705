"""``papers themes`` as a process with a model's server: consent, budget, killing, stopping."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.app import open_app
from rag.cli.main import main
from rag.themes.replies import FOLDER
from tests import themes_script as script
from tests.servers.lying import Exchange, LyingServer, failing, honest, lying
from tests.themes_planted import planted

REQUESTS = 6  # four themes, their labels, the overview


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of 32 papers in four groups, embedded by the real default embedder."""
    folder = tmp_path_factory.mktemp("themes")
    lines = [
        {"id": p.paper_id, "title": p.title, "abstract": p.abstract, "published": p.published}
        for p in planted(8).papers
    ]
    file = folder / "papers.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    app = open_app(home=folder / "home")
    app.index.add([file])
    app.index.close()
    return folder / "home"


@pytest.fixture
def home(corpus: Path) -> Iterator[Path]:
    """Return the home without any kept reply, and a price for the server's model."""
    (corpus / "prices.toml").write_text(
        'as_of = "2025-08-31"\n[models."small-model"]\ninput = 1.0\noutput = 1.0\n'
    )
    yield corpus
    for file in (corpus / FOLDER).glob("*"):
        file.unlink()


def reading(exchange: Exchange) -> None:
    """Answer with what the script makes of the prompt."""
    prompt = "\n".join(message["content"] for message in exchange.body["messages"])
    honest(script.says(prompt), pieces=200)(exchange)


def stuck_at(number: int) -> Any:
    """Answer as long as it is not that request's turn, which is never answered."""
    return lambda exchange: exchange.wait() if exchange.number == number else reading(exchange)


def command(home: Path, server: LyingServer, *words: str) -> list[str]:
    return [sys.executable, "-m", "rag", "--home", str(home), "--base-url", server.url,
            "--model", "small-model", "themes", "-n", "4", *words]  # fmt: skip


def run(home: Path, server: LyingServer, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, server, *words), capture_output=True, text=True, timeout=100, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def begun(home: Path, server: LyingServer, requests: int) -> subprocess.Popen[str]:
    """Return a run under way that waits for the reply to its last of so many requests."""
    process = subprocess.Popen(
        command(home, server, "--yes"), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while server.hits < requests and time.monotonic() < until:
        time.sleep(0.02)
    assert server.hits == requests
    return process


def test_a_killed_run_goes_on_where_it_stopped(home: Path) -> None:
    with lying(stuck_at(3)) as server:
        process = begun(home, server, 3)
        process.kill()
        process.communicate()
        assert len(list((home / FOLDER).glob("*.json"))) == 2
        server.lie = reading
        done = run(home, server, "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert server.hits == 3 + REQUESTS - 2  # the third was asked twice, the others once
        report = json.loads(done.stdout)
        assert (report["writing"]["requests"], report["writing"]["reused"]) == (4, 2)
        again = json.loads(run(home, server, "--json").stdout)  # all known: nothing to agree to
        assert server.hits == 3 + REQUESTS - 2
        assert {**again, "writing": 0} == {**report, "writing": 0}


def test_ctrl_c_stops_within_two_seconds_and_keeps_what_is_done(home: Path) -> None:
    with lying(stuck_at(2)) as server:
        process = begun(home, server, 2)
        stopped = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - stopped < 2
        assert process.returncode == 130
        assert out == ""
        assert "Traceback" not in err
        told = " ".join(err.split())
        assert "what was done is kept, run the same command to go on" in told
        assert told.lower().count("stopped") == 1
        assert len(list((home / FOLDER).glob("*.json"))) == 1


def papers(home: Path, server: LyingServer, *words: str) -> int:
    """Run the command in this process; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(command(home, server, *words)[3:])
    return int(ended.value.code or 0)


def test_nothing_is_sent_where_nobody_can_agree(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(reading) as server:
        assert papers(home, server) == 0
        assert server.hits == 0
    out, err = capsys.readouterr()
    err = " ".join(err.split())
    assert "6 requests, about" in err
    assert "at most $0.0" in err
    assert "The themes are quoted; --yes has small-model write them." in err
    assert "Overview" not in out


def test_a_run_over_the_limit_sends_nothing_and_says_why(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(reading) as server:
        assert papers(home, server, "--yes", "--max-cost", "0.0001") == 2
        assert server.hits == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "papers: nothing was sent: this may cost $0.0" in err


def test_a_server_that_refuses_leaves_a_quoted_report_and_exits_4(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(failing(401)) as server:
        assert papers(home, server, "--yes") == 4
        assert server.hits == 1
    out = capsys.readouterr().out
    assert out.count(" · quoted") == 4
    assert "theme 1 is quoted, not written:" in out


def test_on_a_terminal_one_is_asked_and_may_decline(home: Path) -> None:
    with lying(reading) as server:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            command(home, server), stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True
        )
        os.close(theirs)
        shown = ""
        while "Write them?" not in shown:
            shown += os.read(ours, 1000).decode()
        os.write(ours, b"n\n")
        out, _ = process.communicate(timeout=60)
        os.close(ours)
        assert server.hits == 0
        assert process.returncode == 0
        assert "32 papers = " in out
        assert "Overview" not in out

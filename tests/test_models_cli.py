"""What users see of a model server that fails: one line, the right exit code, no key, no wait."""

import json
import os
import subprocess
import sys
import time

import pytest

from rag.app import App
from rag.cli.main import main
from tests.servers import lying as lies
from tests.servers.lying import Lie, lying

KEY = "sk-proj-THE0SECRET0KEY0OF0THE0USER"
QUESTION = "How much does CGRS shorten reasoning, and on which benchmarks?"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def papers(app: App, url: str, *words: str) -> int:
    """Run the command line over the sample corpus and this server; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(app.settings.index.home), "--base-url", url, "--timeout", "3", *words])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("lie", [lies.cut_by_reset, lies.cut_cleanly])
def test_an_answer_that_broke_off_is_shown_as_such_and_exits_4(
    sample_app: App, lie: Lie, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(lie) as server:
        assert papers(sample_app, server.url, "ask", QUESTION) == 4
    shown = capsys.readouterr().out
    assert "CGRS shortens reasoning by 18.5% to 41.9%" in shown
    assert "incomplete" in shown


def test_an_answer_that_broke_off_says_so_in_json(
    sample_app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(lies.cut_cleanly) as server:
        assert papers(sample_app, server.url, "--json", "ask", QUESTION) == 4
    answer = json.loads(capsys.readouterr().out)
    assert answer["complete"] is False
    assert answer["trace"]["broke_off"]


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lies.failing(401, lies.error(f"Incorrect API key: {KEY}")), "mend: check OPENAI_API_KEY"),
        (lies.failing(429, lies.error(f"slow down, {KEY}"), retry_after="90"), "asks to wait 90 s"),
        (lies.failing(400, f"{KEY} is no token".encode()), "refused the request"),
        (lies.honest(f"The key is {KEY} [1]."), ""),
    ],
)
@pytest.mark.parametrize(
    "words", [("ask", QUESTION), ("--json", "ask", QUESTION), ("models",), ("doctor",)]
)
def test_a_key_that_comes_back_is_shown_nowhere(
    sample_app: App, lie: Lie, said: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with lying(lie, lies_of_models="ask" not in words) as server:
        papers(sample_app, server.url, *words, *(("--model", "m") if "ask" in words else ()))
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    if words == ("ask", QUESTION):
        assert said in shown.err
        assert len(shown.err.splitlines()) <= 1


def test_a_server_that_hangs_does_not_keep_the_process(sample_app: App) -> None:
    command = [sys.executable, "-m", "rag", "--home", str(sample_app.settings.index.home)]
    with lying(lies.ping) as server:
        started = time.monotonic()
        run = subprocess.run(
            [*command, "--base-url", server.url, "--timeout", "1", "ask", QUESTION],
            capture_output=True, text=True, timeout=60, check=False, env=os.environ,
        )  # fmt: skip
        assert time.monotonic() - started < 30  # the imports take their time, the server none
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(
        "papers: small-model did not finish within 1 s; mend:"
    )
    assert run.stdout == ""

"""No network, no home directory, a clock that jumps: what surrounds the program may be odd."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.app import App
from tests.faults.conftest import command, write_corpus
from tests.servers import lying as lies
from tests.servers.asking import (
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
)
from tests.servers.lying import SENTENCE, Exchange, lying

WATCHED = """
import os, socket, sys
def watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"):
        if event == "socket.connect" and arguments[0].family == socket.AF_UNIX:
            return
        os.write(2, f"NETWORK {event} {arguments[1:]}".encode())
        os._exit(9)
sys.addaudithook(watch)
from rag.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "words", [("ask", "How much does CGRS shorten reasoning?"), ("search", "planning"), ("doctor",)]
)
def test_the_defaults_look_nothing_up_and_connect_nowhere(
    words: tuple[str, ...], sample_app: App, tmp_path: Path
) -> None:
    """Caches are cold as well: the folder of a fresh user is where libraries would look."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "--home", str(sample_app.settings.index.folder), *words],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )  # fmt: skip
    assert "NETWORK" not in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("home", [None, "/nonexistent/nobody", ""])
def test_no_home_directory_is_needed_when_a_folder_is_named(
    home: str | None, tmp_path: Path
) -> None:
    surroundings = {k: v for k, v in os.environ.items() if k != "HOME" and not k.startswith("XDG_")}
    if home is not None:
        surroundings["HOME"] = home
    corpus = write_corpus(tmp_path / "corpus.jsonl", 10)
    for words in (("index", "add", str(corpus)), ("search", "case7", "--json")):
        done = subprocess.run(
            command(tmp_path / "home", *words),
            capture_output=True, text=True, timeout=120, check=False, env=surroundings,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("jump", [-10 * 365 * 86_400.0, 3600.0, 10 * 365 * 86_400.0])
def test_a_clock_that_jumps_neither_ends_a_request_nor_keeps_it(
    jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    moved = [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + moved[0])

    def answer(exchange: Exchange) -> None:
        moved[0] = jump
        lies.honest()(exchange)

    with lying(answer) as server:
        assert final(model_of(server)).text == SENTENCE
    with lying(lies.hang) as server:
        model = model_of(server, timeout=0.8)
        started = time.monotonic()
        with pytest.raises(Exception, match="did not finish within"):
            final(model)
        assert time.monotonic() - started < 2

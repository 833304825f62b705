"""A real Chroma server on loopback: started once for all tests that want one, or one apiece."""

import atexit
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

COMMAND = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"
STARTS_WITHIN = 30.0  # seconds


class ChromaRun:
    """``chroma run`` in a process of its own, keeping its files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on the port of before. Raises TimeoutError when it does not answer."""
        command = [sys.executable, "-c", COMMAND, "run", "--path", str(self.folder)]
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command + where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.kill()
                raise TimeoutError("chroma run does not answer")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        """Lose all that it holds, and start again."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.start()

    def collections(self) -> int:
        """Return how many collections it holds."""
        found: int = len(list(self.folder.glob("*-*-*-*-*/")))
        return found

    def _answers(self) -> bool:
        try:
            reply = httpx.get(f"{self.address}/api/v2/heartbeat", timeout=1, trust_env=False)
            return reply.status_code == 200
        except httpx.HTTPError:
            return False


@functools.cache
def shared() -> ChromaRun | None:
    """Return the server that tests share, started at the first call; None where it cannot run."""
    server = ChromaRun(Path(tempfile.mkdtemp(prefix="chroma-")))
    try:
        server.start()
    except (OSError, TimeoutError):
        return None
    owner = os.getpid()
    atexit.register(lambda: _end(server) if os.getpid() == owner else None)
    return server


def address_of(store: str) -> str:
    """Return the address of "server", nothing for "embedded"; skip where no server can run."""
    if store == "embedded":
        return ""
    server = shared()
    if server is None:
        pytest.skip("chroma run cannot start here")
    return server.address


def _end(server: ChromaRun) -> None:
    server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)

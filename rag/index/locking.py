"""Locks that die with their holder: one writer on a home, many readers on a generation."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import portalocker

from rag.errors import LockedError, StorageError


@contextmanager
def writer_lock(home: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the one writer's lock of ``home``. Raises LockedError, naming the holder.

    ``wait`` is how many seconds to try for. The lock is the operating system's: it is
    free again however its holder ended.
    """
    path = home / "writer.lock"
    stream = _open(path)
    try:
        deadline = time.monotonic() + wait
        while not _try(stream, portalocker.LOCK_EX):
            if time.monotonic() >= deadline:
                raise LockedError(f"the index is being written by {_holder(path)}; wait for it")
            time.sleep(0.05)
        stream.seek(0)
        stream.truncate()
        stream.write(json.dumps(_me()))
        stream.flush()
        yield
    finally:
        stream.close()


def shared_lock(path: Path) -> IO[str] | None:
    """Return an open file that holds a shared lock, or None when it is locked exclusively."""
    stream = path.open("r")
    if _try(stream, portalocker.LOCK_SH):
        return stream
    stream.close()
    return None


def try_exclusive(path: Path) -> IO[str] | None:
    """Return an open file that holds the exclusive lock, or None when anyone holds any."""
    try:
        stream = path.open("r+")
    except FileNotFoundError:
        return None
    if _try(stream, portalocker.LOCK_EX):
        return stream
    stream.close()
    return None


def _try(stream: IO[str], kind: portalocker.LockFlags) -> bool:
    try:
        portalocker.lock(stream, kind | portalocker.LOCK_NB)
    except portalocker.LockException:
        return False
    return True


def _open(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path.open("a+")
    except OSError as exc:
        raise StorageError(f"the index cannot be written to: {exc.strerror}") from exc


def _me() -> dict[str, str | int]:
    command = " ".join(["papers", *(a for a in sys.argv[1:3] if a.isalpha())])  # no secrets
    return {
        "pid": os.getpid(), "host": socket.gethostname(),
        "command": command, "since": time.strftime("%H:%M:%S"),
    }  # fmt: skip


def _holder(path: Path) -> str:
    try:
        me = json.loads(path.read_text())
        return f"`{me['command']}` (process {me['pid']} on {me['host']}, since {me['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"

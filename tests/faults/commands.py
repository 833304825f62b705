"""What the fault tests run as child processes: real commands, with the hashing embedder.

``python -m tests.faults.commands HOME COMMAND …`` runs the command line of ``papers`` on a
home whose embedder is the fake one, and prints a line for each acknowledged batch.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import rag.app
from rag.cli import main
from rag.index.index import Index
from rag.index.ingest import IngestReport
from rag.index.locking import writer_lock
from rag.index.server_store import ServerStores
from tests.fakes import HashedEmbedder


def add(home: Path, file: Path) -> None:
    """Add a file, telling after each commit how many papers are acknowledged."""

    def tell(stage: str, done: int, _total: int | None) -> None:
        if stage == "reading":
            print(f"acknowledged {done}", flush=True)

    report: IngestReport = opened(home).add([file], progress=tell)
    print(json.dumps(report.counts()), flush=True)


def add_and_die(home: Path, file: Path) -> None:
    """Add a file and be killed when all of it is acknowledged and nothing is published."""

    def kill(stage: str, _done: int, _total: int | None) -> None:
        if stage == "publishing":
            os.kill(os.getpid(), signal.SIGKILL)

    opened(home).add([file], progress=kill)


def opened(home: Path) -> Index:
    """Return the index of a home, on the Chroma server that PAPERS_STORE names, if any."""
    address = os.environ.get("PAPERS_STORE")
    return Index(home, HashedEmbedder(), stores=ServerStores(address) if address else None)


def hold(home: Path) -> None:
    """Hold the writer's lock until killed."""
    with writer_lock(home):
        print("held", flush=True)
        time.sleep(600)


def run(home: Path, words: list[str]) -> None:
    """Run the real command line with the fake embedder."""
    rag.app.App.embedder = HashedEmbedder()  # type: ignore[assignment]
    main(["--home", str(home), *words])


if __name__ == "__main__":
    place, command, *rest = Path(sys.argv[1]), *sys.argv[2:]
    if command == "add-telling":
        add(place, Path(rest[0]))
    elif command == "add-and-die":
        add_and_die(place, Path(rest[0]))
    elif command == "hold":
        hold(place)
    else:
        run(place, [command, *rest])

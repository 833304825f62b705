"""The same papers and questions through the pipeline that LangChain's documentation teaches.

``python -m benchmarks.pipeline [--collection FOLDER] [--home FOLDER] [--peer PYTHON]``.
The peer is Chroma and ``BM25Retriever`` joined by ``EnsembleRetriever``, with Chroma's
default embedding function over our weights; PYTHON has langchain-chroma,
langchain-community and rank_bm25. Each side runs in a process of its own, in turns, and
keeps its store between turns, so that memory and times belong to it alone. Embedding the
collection is timed on its first papers and multiplied, its vectors being random: only the
measure of quality needs the real ones, and takes them from ``papers eval retrieval``.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import publish, ratio, shown

WORKERS = Path(__file__).parent / "workers"
TURNS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collection", type=Path, default=Path("beir/litsearch-mix"))
    parser.add_argument("--home", type=Path, default=Path(".cache/benchmarks/pipeline"))
    parser.add_argument("--peer", type=Path, default=Path(sys.executable))
    given = parser.parse_args(arguments)
    programs = {"ours": Path(sys.executable), "theirs": given.peer}
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "theirs": []}
    for _ in range(TURNS):
        for side, python in programs.items():
            found[side].append(_turn(python, side, given.collection, given.home / side))
    ours, theirs = found["ours"], found["theirs"]
    n = ours[0]["papers"]
    taken = {
        side: turns[0]["ingest"] + n * turns[0]["seconds_a_paper"] for side, turns in found.items()
    }
    asked = {side: [s for turn in turns for s in turn["asked"]] for side, turns in found.items()}
    rows = [
        ["papers", f"{n:,}"],
        ["ingest, embedding included", f"{taken['ours'] / taken['theirs']:.2f}"],
        ["ingest, embedding left out", f"{ours[0]['ingest'] / theirs[0]['ingest']:.2f}"],
        ["a question, p50", shown(ratio(asked["ours"], asked["theirs"]))],
        ["peak memory while asking", f"{_peak(ours[1:]) / _peak(theirs[1:]):.2f}"],
    ]
    publish("pipeline", ["papers / plain LangChain pipeline", "ratio [95 %]"], rows, found)


def _turn(python: Path, side: str, collection: Path, home: Path) -> dict[str, Any]:
    command = [str(python), str(WORKERS / f"{side}.py"), str(collection), str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the worker {side} failed: {done.stderr.strip().splitlines()[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _peak(turns: Sequence[dict[str, Any]]) -> float:
    return max(float(turn["memory"]) for turn in turns)


if __name__ == "__main__":
    main()

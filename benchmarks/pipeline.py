"""The same papers and questions through the pipeline that LangChain's documentation teaches.

``python -m benchmarks.pipeline [--collection FOLDER] [--home FOLDER] [--peer PYTHON]
[--judged FOLDER]``.
The peer is Chroma and ``BM25Retriever`` joined by ``EnsembleRetriever``, with Chroma's
default embedding function over our weights; PYTHON has langchain-chroma,
langchain-community and rank_bm25. Each side runs in a process of its own, in turns, and
keeps its store between turns, so that memory and times belong to it alone. Embedding the
collection is timed on its first papers and multiplied, its vectors being random. Only the
measure of quality needs the real ones: with ``--judged``, the home of a finished
``benchmarks.retrieval`` over the collection, both sides' rankings are measured, the peer's
with the vectors of the dense baseline, which are those of Chroma's default function.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval import MEASURE, open_home
from benchmarks.timing import publish, ratio, shown
from benchmarks.workers.turn import rows as corpus_rows
from evals.baselines import ShortMiniLM
from evals.compare import open_side
from evals.measures import measure_run
from evals.session import Wish, retrieval_run
from evals.stats import bootstrap_interval
from evals.trec import Ranked
from evals.vectors import vectors_of
from rag.corpus import read_papers
from rag.records import Paper

WORKERS = Path(__file__).parent / "workers"
TURNS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collection", type=Path, default=Path("beir/litsearch-mix"))
    parser.add_argument("--home", type=Path, default=Path(".cache/benchmarks/pipeline"))
    parser.add_argument("--peer", type=Path, default=Path(sys.executable))
    parser.add_argument("--judged", type=Path)
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
    if given.judged:
        rows.append(["nDCG@10 of both, and the difference", _quality(given)])
    publish("pipeline", ["papers / plain LangChain pipeline", "ratio [95 %]"], rows, found)


def _turn(python: Path, side: str, collection: Path, home: Path, *vectors: Path) -> dict[str, Any]:
    files = map(str, (WORKERS / f"{side}.py", collection, home, *vectors))
    command = [str(python), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the worker {side} failed: {done.stderr.strip().splitlines()[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _quality(given: argparse.Namespace) -> str:
    """Return the mean nDCG@10 of both sides and their paired difference with its interval."""
    wish = Wish("retrieval", beir=given.collection)
    folder = retrieval_run(partial(open_home, given.judged), wish, _silent)
    ours = open_side(folder.path, "papers").scores[MEASURE]
    papers = [p for p in read_papers(given.collection) if isinstance(p, Paper)]
    cache = given.judged / "benchmarks" / "vectors"
    vectors = vectors_of(papers, ShortMiniLM(), cache=cache, progress=_silent)
    with tempfile.TemporaryDirectory() as aside:
        kept = Path(aside) / "vectors.npy"
        by_id = dict(zip((p.paper_id for p in papers), vectors, strict=True))
        nowhere = np.zeros(vectors.shape[1], dtype=np.float32)  # of what we do not read
        ids = [row["_id"] for row in corpus_rows(given.collection / "corpus.jsonl")]
        np.save(kept, np.stack([by_id.get(i, nowhere) for i in ids]))
        ranked = _turn(given.peer, "theirs", given.collection, Path(aside), kept)["ranked"]
    run = {topic: [Ranked(i, -rank) for rank, i in enumerate(ids)] for topic, ids in ranked.items()}
    theirs = measure_run(folder.qrels, run, [MEASURE])[MEASURE]
    differences = [ours[topic] - theirs[topic] for topic in ours]
    low, high = bootstrap_interval(differences) or (0.0, 0.0)
    means = [sum(scores.values()) / len(scores) for scores in (ours, theirs)]
    return f"{means[0]:.3f}, {means[1]:.3f}; {means[0] - means[1]:+.3f} [{low:+.3f}, {high:+.3f}]"


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Say nothing of progress."""


def _peak(turns: Sequence[dict[str, Any]]) -> float:
    return max(float(turn["memory"]) for turn in turns)


if __name__ == "__main__":
    main()

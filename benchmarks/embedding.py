"""How fast abstracts and questions become vectors, beside Chroma's default embedding function.

``python -m benchmarks.embedding [--abstracts N]``. Both use the same weights; Chroma's
function pads every text to 256 tokens, ours to the longest of a batch. The window is 256
for both, so that the vectors can be compared. The machine's limit is the rate of a
matrix product of the model's own shape, times the model's operations for each token.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import interleaved, publish, ratio, shown
from benchmarks.workers.default_function import default_function
from rag.corpus import read_papers
from rag.embedding import MiniLM, Passage
from rag.records import Paper
from rag.resources import sample_corpus

FLOP_PER_TOKEN = 21e6  # 6 layers of 384 and 1,536 units, two operations a weight
QUESTIONS = Path(__file__).resolve().parents[1] / "evals/questions/sample.jsonl"


class NarrowMiniLM(MiniLM):
    """Our embedder with the window of the other."""

    window = 254  # tokens, without the two that frame them


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--abstracts", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    abstracts = _abstracts(given.abstracts)
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text().splitlines()][:20]
    ours = NarrowMiniLM()
    with tempfile.TemporaryDirectory() as folder:
        theirs = default_function(Path(folder))
        same = _cosines(ours, theirs, [*abstracts[:16], *questions[:4]])
        work = {
            "papers, abstracts": lambda: ours.embed_passages([Passage("", a) for a in abstracts]),
            "chroma, abstracts": lambda: theirs(abstracts),
            "papers, questions": lambda: [ours.embed_query(q) for q in questions],
            "chroma, questions": lambda: [theirs([q]) for q in questions],
            "limit": _multiply,
        }
        seconds = interleaved(work, given.rounds)
    tokens = sum(min(256, ours.count_tokens(a) + 2) for a in abstracts)
    limit = _PRODUCT_FLOP / min(seconds["limit"])
    used = tokens * FLOP_PER_TOKEN / min(seconds["papers, abstracts"])
    rows = [
        [f"{kind}: Chroma's default / papers", shown(ratio(seconds[f"chroma, {kind}"], seconds[f"papers, {kind}"]))]
        for kind in ("abstracts", "questions")
    ]  # fmt: skip
    rows.append(["cosine of the two vectors, smallest", f"{same:.5f}"])
    rows.append(["share of the machine's limit for matrix products", f"{used / limit:.2f}"])
    publish("embedding", ["embedding", "ratio of medians [95 %]"], rows, seconds)


def _abstracts(n: int) -> list[str]:
    found = [p for f in sample_corpus() for p in read_papers(f) if isinstance(p, Paper)]
    return [p.abstract for p in found if p.abstract][:n]


def _cosines(ours: MiniLM, theirs: Any, texts: list[str]) -> float:
    a = np.stack(
        [encoded.vector for encoded in ours.embed_passages([Passage("", t) for t in texts])]
    )
    b = np.stack([np.asarray(vector, dtype=np.float32) for vector in theirs(texts)])
    return float((a * b).sum(axis=1).min())


_LEFT = np.ones((2048, 384), dtype=np.float32)
_RIGHT = np.ones((384, 1536), dtype=np.float32)
_TIMES = 40
_PRODUCT_FLOP = 2.0 * 2048 * 384 * 1536 * _TIMES


def _multiply() -> None:
    for _ in range(_TIMES):
        _LEFT @ _RIGHT


if __name__ == "__main__":
    main()

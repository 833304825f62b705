"""What a small addition costs: the time to add 100 papers to an index of 10k and of 100k.

``python -m benchmarks.additions [--home FOLDER] [SIZE …]`` builds synthetic corpora (about
150 words a paper, random vectors of 384 dimensions, eight sentence vectors each) under the
home, once, then prints a Markdown table of medians. Embedding is left out of the times;
everything else of an addition is in them, up to the rename that publishes it.
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from rag.corpus import read_papers
from rag.embedding import Encoded, Passage, Vector
from rag.index.index import Index
from rag.records import Paper
from rag.resources import sample_corpus

SIZES = (10_000, 100_000)
ADDED = 100
REPEATS = 3
TARGETS = {10_000: 1.0, 100_000: 3.0}  # seconds


class RandomEmbedder:
    """Gives every passage random unit vectors; ``seconds`` is the time that this took."""

    fingerprint = "random-384"
    dimension = 384
    window = 510

    def __init__(self) -> None:
        self.seconds = 0.0
        self._dice = np.random.default_rng(0)

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

    def embed_query(self, text: str) -> Vector:
        """Return a vector that depends on the length of the text only."""
        vector: Vector = self._vectors(np.random.default_rng(len(text)), 1)[0]
        return vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return random vectors of the right shapes."""
        start = time.perf_counter()
        rows = [self._vectors(self._dice, 1 + len(passage.sentences)) for passage in passages]
        self.seconds += time.perf_counter() - start
        return [Encoded(vectors[0], vectors[1:]) for vectors in rows]

    def _vectors(self, dice: np.random.Generator, n: int) -> Vector:
        drawn = dice.standard_normal((n, self.dimension), dtype=np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".cache/benchmarks/additions"))
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    given = parser.parse_args(arguments)
    print(f"| papers | +{ADDED} papers [s] | first search after it [s] | target [s] |")
    print("|---|---|---|---|")
    for size in given.sizes:
        added, searched = measure(given.home / str(size), size)
        target = TARGETS.get(size)
        print(f"| {size:,} | {added:.2f} | {searched:.2f} | {target or '–'} |", flush=True)


def measure(home: Path, size: int) -> tuple[float, float]:
    """Return median seconds of an addition to ``size`` papers, and of the next search."""
    embedder = RandomEmbedder()
    index = Index(home, embedder)
    words = _words()
    if (there := index.catalogue.counts().papers) < size:
        index.add_papers(synthetic_papers(size, there, words))
    vector = embedder.embed_query("first")
    index.dense(vector, 10)
    added, searched = [], []
    for _ in range(REPEATS):
        there = index.catalogue.counts().papers
        fresh = list(synthetic_papers(there + ADDED, there, words))
        before, start = embedder.seconds, time.perf_counter()
        index.add_papers(fresh)
        middle = time.perf_counter()
        added.append(middle - start - (embedder.seconds - before))
        index.dense(vector, 10)
        index.lexical(fresh[0].title, 10)
        searched.append(time.perf_counter() - middle)
    index.close()
    return median(added), median(searched)


def synthetic_papers(stop: int, start: int, words: Sequence[str]) -> Iterator[Paper]:
    """Yield papers number ``start`` to ``stop`` - 1 with words of the sample corpus."""
    for number in range(start, stop):
        dice = np.random.default_rng(number)
        drawn = [words[i] for i in (len(words) * dice.random(160) ** 3).astype(int)]
        sentences = [" ".join(drawn[i : i + 19]).capitalize() + "." for i in range(8, 160, 19)]
        title = f"{' '.join(drawn[:8])} {number}".capitalize()
        yield Paper(f"made-{number}", title, " ".join(sentences), sources=("made",))


def _words() -> list[str]:
    """Return the distinct words of the sample corpus in the order they are first seen."""
    papers = [p for page in sample_corpus() for p in read_papers(page) if isinstance(p, Paper)]
    text = " ".join(paper.abstract for paper in papers).lower()
    return list(dict.fromkeys(re.findall(r"[a-z]{2,}", text)))


if __name__ == "__main__":
    main()

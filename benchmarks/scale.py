"""Many papers: what taking them in costs beside embedding, and what a question costs then.

``python -m benchmarks.scale [--home FOLDER] [--hashed] FILE …`` reads the files into the
home, once and in a process of its own, and then asks. A question is compared with the
least that any dense search must do: embedding it and querying Chroma. Titles of the corpus
serve as questions. With ``--hashed`` passages get cheap vectors, and questions pay for the
real embedder all the same. ``benchmarks.capacity`` reads the results of several sizes.
"""

import argparse
import multiprocessing
import random
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.hashed import HashedEmbedder
from benchmarks.timing import at, interleaved, publish, ratio, shown
from rag.app import App, open_app
from rag.embedding import MiniLM, Passage
from rag.retrieval.filters import Filters

CANDIDATES = 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".cache/benchmarks/scale"))
    parser.add_argument("--hashed", action="store_true")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--embed", type=int, default=5000, help="papers the embedder is timed on")
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args(arguments)
    measured: dict[str, float] = {}
    if _open(given.home, given.hashed).index.is_empty():
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as aside:
            task = aside.submit(_ingest, given.home, given.hashed, given.files, given.embed)
            measured = task.result()
    app = _open(given.home, given.hashed)
    papers = app.index.catalogue.counts().papers
    measured["papers"] = papers
    measured["disk [KiB a paper]"] = _disk(given.home) / 2**10 / papers
    questions = _questions(app, given.questions)
    asked, raw = _asked(app, questions)
    measured["peak memory of asking [GiB]"] = _peak_memory()
    measured["recall@10 of the dense search against an exact scan"] = _recall(app, questions)
    rows = [[name, f"{value:,.3f}".removesuffix(".000")] for name, value in measured.items()]
    publish(f"scale-{papers}", ["", ""], rows + asked, {**raw, "measured": measured})


def _open(home: Path, hashed: bool) -> App:
    return open_app(home=home, embedder=HashedEmbedder() if hashed else MiniLM())


def _ingest(home: Path, hashed: bool, files: Sequence[Path], embed: int) -> dict[str, float]:
    app = _open(home, hashed)
    start = time.perf_counter()
    report = app.index.add(files)
    took = time.perf_counter() - start
    measured = {"peak memory of taking in [GiB]": _peak_memory()}
    if isinstance(app.embedder, HashedEmbedder):
        around = (took - app.embedder.seconds) / report.new
        real = _seconds_a_paper(app, embed)
        measured["taking in, outside the embedder [ms a paper]"] = around * 1000
        measured["the real embedder [ms a paper]"] = real * 1000
        measured["the first as a share of the second"] = around / real
    return measured


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _disk(home: Path) -> int:
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file())


def _seconds_a_paper(app: App, most: int) -> float:
    """Return what the default embedder takes for a paper, measured on up to ``most`` of them."""
    nums = [num for num, _ in app.index.catalogue.iter_papers()]
    nums = random.Random(1).sample(nums, min(most, len(nums)))
    rows = app.index.chunks_of(nums)
    papers = app.index.catalogue.papers(nums)
    passages = [Passage(papers[r.paper_num].title, papers[r.paper_num].abstract) for r in rows]
    model = MiniLM()
    model.embed_query("warm")
    start = time.perf_counter()
    model.embed_passages(passages)
    return (time.perf_counter() - start) / len(passages)


def _questions(app: App, n: int) -> list[str]:
    titles = [
        paper.title for _, paper in app.index.catalogue.iter_papers() if len(paper.title) > 20
    ]
    return random.Random(0).sample(titles, min(n, len(titles)))


def _recall(app: App, questions: Sequence[str]) -> float:
    """Return how many of the exact ten nearest chunks the dense search finds."""
    index = app.index
    rows = index.chunks_of([num for num, _ in index.catalogue.iter_papers()])
    known = index.vectors_of(rows)
    kept = [row for row in rows if row.key in known]
    matrix = np.stack([known[row.key] for row in kept])
    found = 0
    for question in questions:
        vector = index.embed_query(question)
        scores = matrix @ vector
        tenth = np.partition(scores, -10)[-10]
        hits = index.dense(vector, CANDIDATES)[:10]
        found += sum(hit.score >= tenth - 1e-4 for hit in hits)
    return found / (10 * len(questions))


def _asked(app: App, questions: Sequence[str]) -> tuple[list[list[str]], Any]:
    index, filters = app.index, _half(app)
    seconds: dict[str, list[float]] = {"least": [], "hybrid": [], "filtered": []}
    for question in questions:
        turn = interleaved(
            {
                "least": lambda q=question: index.dense(index.embed_query(q), CANDIDATES),  # type: ignore[misc]
                "hybrid": partial(app.search, question),
                "filtered": partial(app.search, question, filters=filters),
            },
            1,
        )
        for name, taken in turn.items():
            seconds[name] += taken
    least, hybrid, filtered = seconds["least"], seconds["hybrid"], seconds["filtered"]
    rows = [
        ["p50: question / (embedding it + Chroma's query)", shown(ratio(hybrid, least))],
        ["p99 likewise", shown(ratio(hybrid, least, 0.99))],
        ["p50: filtered question / unfiltered", shown(ratio(filtered, hybrid))],
        [
            "question, p50 and p99 [ms]",
            f"{at(hybrid, 0.5) * 1000:.0f}, {at(hybrid, 0.99) * 1000:.0f}",
        ],
    ]
    return rows, seconds


def _half(app: App) -> Filters:
    """Return a filter on dates that lets about half of the dated papers through."""
    catalogue = app.index.catalogue
    dated = catalogue.select_papers("published IS NOT NULL", (), order="published")
    middle = catalogue.papers(dated[len(dated) // 2 :][:1])
    return Filters(date_from=next((p.published for p in middle.values()), None))


if __name__ == "__main__":
    main()

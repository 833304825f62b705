"""Themes beside BERTopic on 5,000 arXiv abstracts: V-measure, seconds, NPMI of the labels.

    python benchmarks/themes.py [--vectors FILE]

500 abstracts of each of the ten largest primary categories. Both get the same vectors
and give the same number of topics; papers in no topic count as one cluster for both.
BERTopic is no dependency of the project; it is wanted here only, without torch:
``pip install --no-deps bertopic umap-learn hdbscan pynndescent`` and
``pip install numba pandas plotly tqdm``. Without it our side alone is measured.
"""

import argparse
import json
import lzma
import math
import pickle
import random
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import v_measure_score

from rag.embedding import MiniLM, Passage
from rag.records import Paper
from rag.themes import ThemeOptions, build_themes
from rag.themes.space import Vectors
from rag.themes.words import phrase_key

SHARED = Path(__file__).resolve().parents[2] / "shared" / "papers" / "arxiv-daily.jsonl.xz"
CATEGORIES = (
    "cs.CV", "cs.CL", "cs.AI", "cs.LG", "quant-ph", "cond-mat.mtrl-sci", "cs.RO",
    "cond-mat.mes-hall", "cond-mat.str-el", "cs.IT",
)  # fmt: skip
PER_CATEGORY = 500
TERMS = 10


class Run(NamedTuple):
    """A topic for each paper (-1: none), the topics' terms, seconds by clock and of processor."""

    topics: list[int]
    terms: list[list[str]]
    seconds: float
    cpu: float


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path, default=Path("build/arxiv5k.pkl"))
    arguments = parser.parse_args()
    papers = read_stratified()
    vectors = embedded(papers, arguments.vectors)
    run_bertopic(papers, vectors)  # numba compiles in the first run, which is not counted
    bertopic = run_bertopic(papers, vectors)
    # Our first run is the same size as BERTopic's choice; without it, a topic a category.
    run_themes(papers[:500], vectors[:500], None)  # warms up imports and caches
    count = len(set(bertopic.topics) - {-1}) if bertopic else len(CATEGORIES)
    rows = [(f"themes, n={count}", run_themes(papers, vectors, count))]
    rows += [("BERTopic, its own number", bertopic)] if bertopic else []
    own = run_themes(papers, vectors, None)
    rows.append((f"themes, own number ({len(own.terms)})", own))
    reduced = run_bertopic(papers, vectors, len(CATEGORIES))
    if reduced:
        size = len(reduced.terms)
        rows.append((f"BERTopic, reduced to {size}", reduced))
        rows.append((f"themes, n={size}", run_themes(papers, vectors, size)))
    report(papers, rows)


def read_stratified() -> list[Paper]:
    """Return 500 papers of each category, drawn with a fixed seed, in the order of their ids."""
    of_category: dict[str, list[Paper]] = {name: [] for name in CATEGORIES}
    with lzma.open(SHARED, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["categories"][0] in of_category:
                of_category[entry["categories"][0]].append(_paper(entry))
    rng = random.Random(0)
    drawn: list[Paper] = []
    for name in CATEGORIES:
        drawn += rng.sample(sorted(of_category[name], key=lambda p: p.paper_id), PER_CATEGORY)
    return sorted(drawn, key=lambda p: p.paper_id)


def _paper(entry: dict[str, Any]) -> Paper:
    return Paper(
        entry["_id"],
        entry["title"],
        entry["text"],
        published=entry["date"],
        date_precision="day",
        url=f"https://arxiv.org/abs/{entry['_id']}",
        categories=tuple(entry["categories"][:1]),
    )


def embedded(papers: Sequence[Paper], cache: Path) -> Vectors:
    """Return the vectors (n, 384) of the papers, from ``cache`` where it fits them."""
    ids = [paper.paper_id for paper in papers]
    if cache.exists():
        kept = pickle.loads(cache.read_bytes())  # noqa: S301  (our own file)
        if [doc["_id"] for doc in kept["docs"]] == ids:
            return np.asarray(kept["V"], np.float32)
    model = MiniLM()
    vectors = np.zeros((len(papers), model.dimension), np.float32)
    for start in range(0, len(papers), 250):
        some = [Passage(p.title, p.abstract) for p in papers[start : start + 250]]
        vectors[start : start + 250] = [e.vector for e in model.embed_passages(some)]
        print(f"embedded {start + len(some)} of {len(papers)}", flush=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(pickle.dumps({"docs": [{"_id": i} for i in ids], "V": vectors}))
    return vectors


def run_themes(papers: Sequence[Paper], vectors: Vectors, count: int | None) -> Run:
    """Run ours as ``papers themes`` does, with sentences and trends."""
    begun = time.perf_counter(), time.process_time()
    found = build_themes(papers, vectors, options=ThemeOptions(count=count, subsamples=0))
    seconds = _since(begun)
    number = {p.paper_id: i for i, theme in enumerate(found.themes) for p in theme.papers}
    topics = [number.get(paper.paper_id, -1) for paper in papers]
    return Run(topics, [list(theme.phrases[:TERMS]) for theme in found.themes], *seconds)


def _since(begun: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def run_bertopic(papers: Sequence[Paper], vectors: Vectors, count: int | None = None) -> Run | None:
    """Run BERTopic with its defaults and a seed, English stop words removed; None without it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            topic_class, vectoriser, umap = _bertopic_parts()
    except ImportError as exc:
        print(f"BERTopic is not measured: {exc}")
        return None
    texts = [f"{paper.title}. {paper.abstract}" for paper in papers]
    begun = time.perf_counter(), time.process_time()
    model, topics = _fit(topic_class, umap, vectoriser, texts, vectors, count)
    seconds = _since(begun)
    terms = [
        [word for word, _ in model.get_topic(topic)[:TERMS] if word]
        for topic in sorted(set(topics) - {-1})
    ]
    return Run(topics, terms, *seconds)


def _bertopic_parts() -> tuple[Any, Callable[[], Any], Callable[[], Any]]:
    from bertopic import BERTopic  # type: ignore[import-not-found]
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP  # type: ignore[import-not-found]

    def umap() -> Any:
        return UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42)

    return BERTopic, lambda: CountVectorizer(stop_words="english"), umap


def _fit(
    topic_class: Any,
    umap: Any,
    vectoriser: Any,
    texts: list[str],
    vectors: Vectors,
    count: int | None,
) -> tuple[Any, list[int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # One more for BERTopic counts its outliers as a topic when it reduces.
        wanted = None if count is None else count + 1
        model = topic_class(nr_topics=wanted, umap_model=umap(), vectorizer_model=vectoriser())
        topics, _ = model.fit_transform(texts, vectors)
    return model, [int(topic) for topic in topics]


def npmi(terms: Iterable[Sequence[str]], papers: Sequence[Paper]) -> float:
    """Return the mean NPMI in [−1, 1] of the terms of each topic (Lau et al. 2014).

    A term, word or phrase, occurs in a paper when its abstract or title contains it,
    whatever its number or hyphens; the higher, the more coherent.
    """
    texts = [f" {phrase_key(f'{p.title} {p.abstract}')} " for p in papers]
    where: dict[str, set[int]] = {}
    scores = []
    for topic in terms:
        keys = list(dict.fromkeys(phrase_key(term) for term in topic))
        for key in keys:
            if key not in where:
                where[key] = {i for i, text in enumerate(texts) if f" {key}" in text}
        pairs = [(a, b) for i, a in enumerate(keys) for b in keys[:i]]
        scores.append(np.mean([_npmi(where[a], where[b], len(texts)) for a, b in pairs]))
    return float(np.mean(scores))


def _npmi(one: set[int], other: set[int], total: int) -> float:
    both = len(one & other) / total
    if both == 0:
        return -1.0
    if both == 1:
        return 1.0
    return math.log(both / (len(one) / total * len(other) / total)) / -math.log(both)


def report(papers: Sequence[Paper], rows: Sequence[tuple[str, Run]]) -> None:
    """Print a line for each run."""
    truth = [paper.categories[0] for paper in papers]
    print(
        f"{'':32}{'topics':>7}{'outside':>9}{'V-measure':>11}{'NPMI':>7}{'seconds':>9}{'cpu s':>7}"
    )
    for name, run in rows:
        outside = sum(topic < 0 for topic in run.topics)
        v = v_measure_score(truth, run.topics)
        coherence = npmi(run.terms, papers)
        print(
            f"{name:32}{len(run.terms):>7}{outside:>9}{v:>11.3f}{coherence:>7.2f}{run.seconds:>9.1f}{run.cpu:>7.2f}"
        )


if __name__ == "__main__":
    main()

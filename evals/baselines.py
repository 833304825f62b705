"""The systems that stand beside our own in every report, and depend on none of it.

``random``, ``bm25`` (bm25s with its own English stop words, Snowball stemmer, k1 1.2, b 0.75,
Lucene's variant and defaults), ``dense`` (one MiniLM vector of title and abstract, cut at
256 word pieces), ``rrf`` (reciprocal rank fusion of the two, k = 60, SIGIR 2009),
``convex`` (min-max scaled scores, equal weights) and ``oracle`` (the judgements themselves:
the most that is reachable). None is tuned on anything.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.binding import Qrels
from evals.formats import Topic
from evals.trec import Ranked, Run
from evals.vectors import vectors_of
from rag.embedding import MiniLM
from rag.index.index import Progress
from rag.records import Paper

BASELINES = ("random", "bm25", "dense", "rrf", "convex", "oracle")
DEPTH = 100  # papers of each ranking, and of each side that is fused
RRF_K = 60

Floats = npt.NDArray[np.float64]


class ShortMiniLM(MiniLM):
    """MiniLM as it was published: it reads 256 word pieces, special tokens included."""

    fingerprint = "minilm-l6-v2-int8-w256"
    window = 254


def run_baselines(
    topics: Sequence[Topic],
    qrels: Qrels,
    papers: Sequence[Paper],
    *,
    cache: Path,
    progress: Progress,
) -> dict[str, Run]:
    """Return the run of each baseline, by name, ``DEPTH`` papers a topic.

    ``cache`` is a folder for the vectors of papers.
    """
    ids = [paper.paper_id for paper in papers]
    progress("baselines", 0, 3)
    lexical = bm25_scores([t.question for t in topics], papers)
    progress("baselines", 1, 3)
    dense = dense_scores([t.question for t in topics], papers, cache=cache, progress=progress)
    progress("baselines", 2, 3)
    sides = {
        "bm25": {t.topic_id: top(ids, row, positive=True) for t, row in _rows(topics, lexical)},
        "dense": {t.topic_id: top(ids, row) for t, row in _rows(topics, dense)},
    }
    pairs = {t.topic_id: [run[t.topic_id] for run in sides.values()] for t in topics}
    runs: dict[str, Run] = {
        "random": {t.topic_id: shuffled(ids, t.topic_id) for t in topics},
        **sides,
        "rrf": {topic: reciprocal_rank_fusion(pair) for topic, pair in pairs.items()},
        "convex": {topic: convex_fusion(pair) for topic, pair in pairs.items()},
        "oracle": oracle(qrels),
    }
    progress("baselines", 3, 3)
    return {name: runs[name] for name in BASELINES}


def _rows(topics: Sequence[Topic], scores: Floats) -> Iterator[tuple[Topic, Floats]]:
    return zip(topics, scores, strict=True)


def top(
    ids: Sequence[str], scores: Floats, *, k: int = DEPTH, positive: bool = False
) -> list[Ranked]:
    """Return the ``k`` best papers, equal scores in corpus order; ``positive`` drops the rest."""
    order = np.argsort(-scores, kind="stable")[:k]
    return [Ranked(ids[i], float(scores[i])) for i in order if scores[i] > 0 or not positive]


def shuffled(ids: Sequence[str], topic_id: str, *, k: int = DEPTH, seed: int = 0) -> list[Ranked]:
    """Return ``k`` papers in an order that depends on nothing but the topic and the seed."""
    digest = hashlib.sha256(f"{seed}\0{topic_id}".encode()).digest()
    order = np.random.default_rng(int.from_bytes(digest[:8])).permutation(len(ids))[:k]
    return [Ranked(ids[i], float(len(order) - n)) for n, i in enumerate(order)]


def oracle(qrels: Qrels) -> Run:
    """Return the relevant papers of each topic, highest grade first."""
    return {
        topic: [
            Ranked(paper, float(grade))
            for paper, grade in sorted(grades.items(), key=lambda item: -item[1])
            if grade > 0
        ]
        for topic, grades in qrels.items()
    }


def bm25_scores(questions: Sequence[str], papers: Sequence[Paper]) -> Floats:
    """Return BM25 scores (n_questions, n_papers) of title and abstract; 0 shares no word."""
    import bm25s
    import Stemmer

    scores = np.zeros((len(questions), len(papers)))
    stemmer = Stemmer.Stemmer("english")

    def tokens(texts: list[str]) -> list[list[str]]:
        split: list[list[str]] = bm25s.tokenize(
            texts, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False
        )
        return split

    corpus = tokens([f"{p.title} {p.abstract}" for p in papers])
    index = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    # bm25s cannot index a corpus without a single word; an empty mark matches nothing.
    index.index([words or ["\0"] for words in corpus], show_progress=False)
    for row, words in enumerate(tokens(list(questions))):
        known = [word for word in words if word in index.vocab_dict]
        if known:
            scores[row] = index.get_scores(known)
    return scores


def dense_scores(
    questions: Sequence[str], papers: Sequence[Paper], *, cache: Path, progress: Progress
) -> Floats:
    """Return cosines (n_questions, n_papers) of question and paper, in [-1, 1]."""
    model = ShortMiniLM()
    vectors = vectors_of(papers, model, cache=cache, progress=progress)
    asked = np.stack([model.embed_query(question) for question in questions])
    return np.asarray(asked @ vectors.T, dtype=np.float64)


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """Return the papers by the sum of 1 / (60 + rank) over the rankings."""
    fused: dict[str, float] = {}
    for ranking in rankings:
        for rank, paper in enumerate(ranking, 1):
            fused[paper.paper_id] = fused.get(paper.paper_id, 0.0) + 1 / (RRF_K + rank)
    return _by_score(fused)


def convex_fusion(rankings: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """Return the papers by the mean of their min-max scaled scores; unranked counts 0."""
    fused: dict[str, float] = {}
    for ranking in rankings:
        for paper_id, scaled in _min_max(ranking).items():
            fused[paper_id] = fused.get(paper_id, 0.0) + scaled / len(rankings)
    return _by_score(fused)


def _min_max(ranking: Sequence[Ranked]) -> dict[str, float]:
    scores = [paper.score for paper in ranking]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    width = (high - low) or 1.0
    return {paper.paper_id: (paper.score - low) / width for paper in ranking}


def _by_score(fused: Mapping[str, float]) -> list[Ranked]:
    order = sorted(fused, key=lambda paper_id: (-fused[paper_id], paper_id))[:DEPTH]
    return [Ranked(paper_id, fused[paper_id]) for paper_id in order]

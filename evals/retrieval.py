"""Run a retriever over a collection, and score what it found beside the baselines.

A record of a retrieval run: ``id``, ``seconds``, ``hits`` ([paper_id, raw score] pairs,
best first), ``filters``, ``weights`` and ``notes``; ``error`` instead where the search
failed on the question. A failed question scores 0 and is counted.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.baselines import BASELINES, run_baselines
from evals.binding import Collection, Qrels
from evals.formats import Topic
from evals.latency import percentiles
from evals.measures import Scores, mean, means, measure_run, measured_topics, restricted
from evals.runs import Record, RunFolder, write_json
from evals.trec import Ranked, Run, cell, read_run, without_repeats, write_run
from rag.errors import EmbeddingError, UsageError
from rag.index.index import Progress
from rag.records import Paper, Retrieval

Retriever = Callable[[str, int], Retrieval]
OURS = "papers"
DEPTH = 100


def run_retrieval(
    search: Retriever,
    collection: Collection,
    folder: RunFolder,
    *,
    depth: int = DEPTH,
    progress: Progress,
) -> None:
    """Ask every topic that has no record yet, and leave records and ``run.trec``."""
    known = folder.records()
    for done, topic in enumerate(collection.topics):
        progress("retrieval", done, len(collection.topics))
        if topic.topic_id not in known:
            known[topic.topic_id] = _asked(search, topic, depth)
            folder.append(known[topic.topic_id])
    run = {topic_id: ranking_of(record) for topic_id, record in known.items()}
    write_run(folder.path / "run.trec", run, OURS)
    progress("retrieval", len(collection.topics), len(collection.topics))


def _asked(search: Retriever, topic: Topic, depth: int) -> Record:
    started = time.perf_counter()
    try:
        found = search(topic.question, depth)
    except (UsageError, EmbeddingError) as exc:
        return {"id": topic.topic_id, "error": str(exc), "hits": []}
    return {
        "id": topic.topic_id,
        "seconds": round(time.perf_counter() - started, 5),
        "hits": [[hit.paper.paper_id, round(hit.score, 6)] for hit in found.hits],
        "filters": dict(found.filters),
        "weights": {name: round(w, 4) for name, w in found.weights.items()},
        "notes": list(found.notes),
    }


def ranking_of(record: Record) -> list[Ranked]:
    """Return the ranking that a retrieval record holds."""
    return without_repeats(Ranked(str(i), float(s)) for i, s in record.get("hits", ()))


def add_baselines(
    collection: Collection,
    papers: Sequence[Paper],
    folder: RunFolder,
    *,
    cache: Path,
    progress: Progress,
) -> None:
    """Leave the run of each baseline in ``baselines/NAME.trec``, unless all are there."""
    place = folder.path / "baselines"
    if all((place / f"{name}.trec").exists() for name in BASELINES):
        return
    place.mkdir(exist_ok=True)
    runs = run_baselines(
        collection.topics, collection.qrels, papers, cache=cache, progress=progress
    )
    for name, run in runs.items():
        write_run(place / f"{name}.trec", run, name)


def keep_titles(folder: RunFolder, papers: Sequence[Paper], top: int = 20) -> None:
    """Keep the papers that reports and pools show: judged ones, and the best ``top`` of each run."""
    shown = {paper for grades in folder.qrels.values() for paper in grades}
    for run in runs_of(folder).values():
        shown.update(paper.paper_id for ranking in run.values() for paper in ranking[:top])
    folder.write_papers([p for p in papers if cell(p.paper_id) in shown])


def runs_of(folder: RunFolder) -> dict[str, Run]:
    """Return the runs in a folder by system, our own first, as trec_eval would read them."""
    own = read_run(folder.path / "run.trec")
    place = folder.path / "baselines"
    files = [place / f"{name}.trec" for name in BASELINES]
    return {OURS: own} | {f.stem: read_run(f) for f in files if f.exists()}


def score_retrieval(folder: RunFolder) -> dict[str, Any]:
    """Return the report of a run from its files alone, and keep it as ``report.json``."""
    runs = runs_of(folder)
    scores = {name: measure_run(folder.qrels, run) for name, run in runs.items()}
    records = folder.records()
    report = {
        "schema": 1,
        "kind": "retrieval",
        "set": folder.manifest["set"],
        "fake_model": folder.manifest["fake_model"],
        "n": len(measured_topics(folder.qrels)),
        "left_out": len(folder.topics) - len(measured_topics(folder.qrels)),
        "errors": sum("error" in record for record in records.values()),
        "systems": {name: system_report(s, folder.topics) for name, s in scores.items()},
        "latency": {
            "search": percentiles([r["seconds"] for r in records.values() if "seconds" in r])
        },
        "manifest": folder.manifest,
    }
    write_json(folder.path / "scores.json", scores[OURS])
    write_json(folder.path / "report.json", report)
    return report


def system_report(scores: Scores, topics: Sequence[Topic]) -> dict[str, Any]:
    """Return the means of one system: over all measured topics, and type by type with n."""
    kinds = list(dict.fromkeys(topic.type for topic in topics))
    return {
        "measures": means(scores),
        "by_type": {
            kind: _of_type(scores, {t.topic_id for t in topics if t.type == kind}) for kind in kinds
        },
    }


def _of_type(scores: Scores, members: set[str]) -> dict[str, Any]:
    part = restricted(scores, members)
    n = max((len(values) for values in part.values()), default=0)
    return {"n": n, "measures": {name: mean(values) for name, values in part.items()}}


def score_files(run: Run, qrels: Qrels) -> dict[str, Any]:
    """Return the report of a run and judgements that came from anywhere."""
    scores = measure_run(qrels, run)
    n = len(measured_topics(qrels))
    return {
        "schema": 1,
        "kind": "files",
        "n": n,
        "left_out": len(qrels) - n,
        "missing_topics": sum(topic not in run for topic in measured_topics(qrels)),
        "unjudged_topics": sum(topic not in qrels for topic in run),
        "systems": {"run": {"measures": means(scores), "by_type": {}}},
    }

"""Make run folders for the tests of evals, through the same doors that commands use."""

from typing import Any

from evals.binding import Collection
from evals.formats import Topic
from evals.retrieval import run_retrieval
from evals.runs import Basis, begin, plan_of
from evals.trec import Ranked, write_run
from rag.records import Hit, Paper, Retrieval
from rag.settings import load_settings


def paper(paper_id) -> Any:
    return Paper(paper_id, f"Title of {paper_id}", f"Abstract of {paper_id}.")


def searcher(rankings) -> Any:
    """Return a retriever that gives each question (its topic id) a fixed ranking."""

    def search(question, k):
        names = rankings.get(question, [])[:k]
        hits = (Hit(n, paper(name), 1 / n, {}) for n, name in enumerate(names, 1))
        return Retrieval(question, tuple(hits))

    return search


def collection_of(gold) -> Any:
    """Return a collection that asks each topic id as its question; one right paper each."""
    topics = tuple(Topic(topic_id, topic_id, "fact") for topic_id in gold)
    return Collection("set", topics, {t: {g: 2} if g else {} for t, g in gold.items()}, "0" * 64)


def make_run(path, gold, rankings, baselines=None) -> Any:
    """Return the folder of a complete retrieval run."""
    collection = collection_of(gold)
    papers = [paper(g) for g in gold.values() if g]
    basis = Basis(load_settings(environ={}), papers)
    folder = begin(path, plan_of("retrieval", collection, basis, depth=100), collection)
    run_retrieval(searcher(rankings), collection, folder, progress=lambda *_: None)
    for name, run in (baselines or {}).items():
        (path / "baselines").mkdir(exist_ok=True)
        rows = {t: [Ranked(p, 0.0) for p in names] for t, names in run.items()}
        write_run(path / "baselines" / f"{name}.trec", rows, name)
    folder.write_papers(papers)
    counts = {"papers": len(papers), "questions": len(gold), "records": len(gold), "errors": 0}
    folder.finish(counts)
    return path

"""Baselines against numbers published for a public collection that lies beside the checkout."""

from pathlib import Path

import pytest

from evals.baselines import bm25_scores, top
from evals.beir import load_beir
from evals.measures import means, measure_run
from rag.corpus import read_papers
from rag.records import Paper

pytestmark = pytest.mark.shared


def test_bm25_reaches_its_known_value_on_scifact(shared: Path) -> None:
    folder = shared / "beir" / "scifact"
    collection = load_beir(folder)
    papers = [p for p in read_papers(folder / "corpus.jsonl") if isinstance(p, Paper)]
    scores = bm25_scores([t.question for t in collection.topics], papers)
    ids = [paper.paper_id for paper in papers]
    run = {
        t.topic_id: top(ids, row, positive=True)
        for t, row in zip(collection.topics, scores, strict=True)
    }
    found = means(measure_run(collection.qrels, run, ["nDCG@10"]))["nDCG@10"]
    assert len(collection.topics) == 300
    assert found == pytest.approx(0.679, abs=0.005)

"""List what nobody has judged yet among the papers that several systems rank high.

The pairs come in an order that tells nothing of who ranked them, or how high, so that
the judge is blind. Judgements go to ``NAME.judged.jsonl`` beside the question set: the
same objects with ``grade`` 0, 1 or 2 added.
"""

import hashlib
from pathlib import Path
from typing import Any

from evals.retrieval import runs_of
from evals.runs import open_run
from rag.errors import UsageError

_NOT_POOLED = ("random", "oracle")


def pool_of(path: Path, *, depth: int = 20) -> list[dict[str, Any]]:
    """Return the unjudged pairs among each system's best ``depth``, blind. Raises InputError."""
    if depth < 1:
        raise UsageError(f"--depth {depth}: give at least 1")
    folder = open_run(path)
    runs = [run for name, run in runs_of(folder).items() if name not in _NOT_POOLED]
    questions = {t.topic_id: t.question for t in folder.topics if t.answerable}
    pairs = {
        (topic, paper.paper_id)
        for run in runs
        for topic in questions
        for paper in run.get(topic, ())[:depth]
        if paper.paper_id not in folder.qrels[topic]
    }
    return [
        {
            "id": topic,
            "question": questions[topic],
            "title": folder.papers.get(paper, {}).get("title", paper),
        }
        for topic, paper in sorted(pairs, key=_blind)
    ]


def _blind(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], hashlib.sha256("\0".join(pair).encode()).hexdigest()

"""Our measures against those of ranx, another program, on random runs.

ranx orders ties as its sorting happens to leave them; an order is made of each run first, by
trec_eval's rule, and both programs are handed that. Its functions are run as plain Python:
compiling them takes a minute, evaluating these runs no time.
"""

import random
from typing import Any

import pytest

from evals.measures import measure_run, measured_topics
from evals.trec import Ranked, in_trec_order

# ranx imports IPython and numba, whose deprecation notes are not ours to mend.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*[Nn]umba.*"),
]
NAMES = {"nDCG@10": "ndcg@10", "AP": "map", "RR": "mrr", "R@10": "recall@10", "R@100": "recall@100"}


@pytest.fixture(scope="module")
def ranx() -> Any:
    """Return ranx with its compiler switched off, or skip."""
    numba = pytest.importorskip("numba", reason="ranx is not installed")
    numba.config.DISABLE_JIT = True
    return pytest.importorskip("ranx", reason="ranx is not installed")


def random_case(seed: int) -> tuple[dict[str, dict[str, int]], dict[str, list[Ranked]]]:
    """Return judgements and a run with ties, with papers and whole questions missing."""
    rng = random.Random(seed)
    ids = [f"d{i}" for i in range(150)]
    qrels, run = {}, {}
    for topic in (f"q{i}" for i in range(10)):
        qrels[topic] = {d: rng.choice([0, 1, 2]) for d in rng.sample(ids, rng.randint(1, 20))}
        if rng.random() < 0.8:
            picked = rng.sample(ids, rng.choice([0, 5, 120]))
            run[topic] = in_trec_order(
                Ranked(d, rng.choice([0.0, 0.5, rng.random()])) for d in picked
            )
    return qrels, run


@pytest.mark.parametrize("seed", range(12))
def test_values_equal_those_of_ranx_on_runs_with_ties_gaps_and_empties(
    ranx: Any, seed: int
) -> None:
    qrels, run = random_case(seed)
    topics = measured_topics(qrels)
    ours = measure_run(qrels, run, list(NAMES))
    ordered = {
        t: {p.paper_id: float(len(run[t]) - i) for i, p in enumerate(run[t])}
        for t in topics
        if run.get(t)
    }
    judged = ranx.Qrels({t: {d: g for d, g in qrels[t].items() if g} for t in topics})
    theirs = ranx.Run(ordered)
    ranx.evaluate(judged, theirs, list(NAMES.values()), make_comparable=True)
    for name, key in NAMES.items():
        for topic in topics:
            assert ours[name][topic] == pytest.approx(theirs.scores[key].get(topic, 0.0)), (
                topic,
                key,
            )

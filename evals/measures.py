"""Measures of a ranking, topic by topic, through ir-measures where it has them.

One treatment of the awkward cases, everywhere:

* Ties: a run is an order. It is handed on with strictly decreasing whole scores.
* A paper that is ranked twice counts at its first place.
* A topic that the run lacks scores 0.
* Topics without a relevant paper (all unanswerable ones) have no value and stand in no
  mean; every mean is printed with its n.
* AllHit@k is measured where at least two papers have the topic's highest grade.
* What was not measured is None: never 0, and never a pass.
"""

from collections.abc import Mapping, Sequence

from evals.binding import Qrels
from evals.trec import Ranked, without_repeats

MEASURES = (
    "nDCG@10", "R@5", "R@10", "R@20", "R@100", "AP", "RR", "Success@1", "Success@5",
    "AllHit@10", "AllHit@20", "Judged@10",
)  # fmt: skip

Scores = dict[str, dict[str, float]]  # measure -> topic_id -> value in [0, 1], higher is better


def measured_topics(qrels: Qrels) -> list[str]:
    """Return the topics that have at least one relevant paper, in order."""
    return [topic for topic, grades in qrels.items() if any(g > 0 for g in grades.values())]


def measure_run(
    qrels: Qrels, run: Mapping[str, Sequence[Ranked]], measures: Sequence[str] = MEASURES
) -> Scores:
    """Return each measure's value for every topic that has a relevant paper."""
    topics = measured_topics(qrels)
    judged = {topic: qrels[topic] for topic in topics}
    ranked = {topic: without_repeats(run.get(topic, ())) for topic in topics}
    ours = [name for name in measures if name.startswith("AllHit@")]
    scores = _through_ir_measures([m for m in measures if m not in ours], judged, ranked)
    for name in ours:
        scores[name] = _all_hit(judged, ranked, int(name.partition("@")[2]))
    return {name: scores[name] for name in measures}


def _through_ir_measures(
    names: Sequence[str], qrels: Qrels, run: Mapping[str, Sequence[Ranked]]
) -> Scores:
    if not names:
        return {}
    import ir_measures

    scores: Scores = {name: dict.fromkeys(qrels, 0.0) for name in names}
    if not qrels:
        return scores
    parsed = [ir_measures.parse_measure(name) for name in names]
    by_name = dict(zip(map(str, parsed), names, strict=True))
    numbered = {
        topic: {p.paper_id: len(papers) - i for i, p in enumerate(papers)}
        for topic, papers in run.items()
        if papers
    }
    for value in ir_measures.iter_calc(parsed, qrels, numbered):
        scores[by_name[str(value.measure)]][value.query_id] = float(value.value)
    return scores


def _all_hit(qrels: Qrels, run: Mapping[str, Sequence[Ranked]], k: int) -> dict[str, float]:
    found = {}
    for topic, grades in qrels.items():
        best = {paper for paper, grade in grades.items() if grade == max(grades.values())}
        if len(best) > 1:
            found[topic] = float(best <= {p.paper_id for p in run[topic][:k]})
    return found


def mean(values: Mapping[str, float]) -> float | None:
    """Return the mean, or None where nothing was measured."""
    return sum(values.values()) / len(values) if values else None


def means(scores: Scores) -> dict[str, float | None]:
    """Return the mean of each measure; None where it was measured on no topic."""
    return {name: mean(values) for name, values in scores.items()}


def restricted(scores: Scores, topics: set[str]) -> Scores:
    """Return the scores of some of the topics."""
    return {
        name: {topic: value for topic, value in values.items() if topic in topics}
        for name, values in scores.items()
    }

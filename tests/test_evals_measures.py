"""Measures of a ranking: values worked out by hand, another program's, and their laws."""

import math
import random
from typing import Any

import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.measures import MEASURES, mean, means, measure_run, measured_topics
from evals.trec import Ranked, in_trec_order

QRELS = {"q": {"a": 2, "b": 1, "c": 0, "d": 2}}
DEFAULT = {"nDCG@10": "ndcg_cut_10", "R@5": "recall_5", "R@10": "recall_10", "R@20": "recall_20",
           "R@100": "recall_100", "AP": "map", "RR": "recip_rank",
           "Success@1": "success_1", "Success@5": "success_5"}  # fmt: skip


def ranking(names) -> Any:
    return [Ranked(name, 0.0) for name in names]


def score(names, measure, qrels=QRELS) -> Any:
    return measure_run(qrels, {"q": ranking(names)}, [measure])[measure].get("q")


def test_ndcg_by_hand():
    # Gains 2 at rank 1 and 1 at rank 3; ideal 2, 2, 1.
    ideal = 2 + 2 / math.log2(3) + 1 / 2
    assert score(["a", "c", "b"], "nDCG@10") == pytest.approx((2 + 1 / 2) / ideal)


def test_recall_counts_every_grade_above_zero():
    assert score(["a", "c"], "R@5") == pytest.approx(1 / 3)
    assert score(["x", "y", "z", "u", "v", "a"], "R@5") == 0


def test_average_precision_by_hand():
    assert score(["x", "a", "b"], "AP") == pytest.approx((1 / 2 + 2 / 3) / 3)


def test_reciprocal_rank_looks_at_the_first_relevant_paper():
    assert score(["x", "c", "b", "a"], "RR") == pytest.approx(1 / 3)


def test_success_is_all_or_nothing():
    assert score(["c", "a"], "Success@1") == 0
    assert score(["c", "a"], "Success@5") == 1


def test_all_hit_wants_every_paper_of_the_highest_grade():
    assert score(["d", "x", "a"], "AllHit@10") == 1
    assert score(["d", "b"], "AllHit@10") == 0
    assert score(["a", *"uvwxyzstr", "d"], "AllHit@10") == 0
    assert score(["a", *"uvwxyzstr", "d"], "AllHit@20") == 1


def test_all_hit_is_not_measured_where_one_paper_answers():
    assert score(["a"], "AllHit@10", {"q": {"a": 2, "b": 1}}) is None


def test_judged_counts_papers_judged_as_not_relevant_too():
    assert score(["a", "c", "x", "y"], "Judged@10") == pytest.approx(2 / 4)


def test_a_question_the_run_lacks_scores_zero():
    scores = measure_run({"q": {"a": 1}, "r": {"b": 1}}, {"q": ranking("a")})
    assert scores["nDCG@10"] == {"q": 1.0, "r": 0.0}
    assert means(scores)["nDCG@10"] == 0.5


def test_questions_without_a_relevant_paper_are_in_no_mean():
    qrels = {"q": {"a": 1}, "none": {}, "zero": {"b": 0}}
    assert measured_topics(qrels) == ["q"]
    assert measure_run(qrels, {"q": ranking("a"), "none": ranking("b")})["R@5"] == {"q": 1.0}


def test_nothing_measured_is_none_and_not_zero():
    assert mean({}) is None
    assert set(means(measure_run({"q": {}}, {"q": ranking("a")})).values()) == {None}


def test_questions_nobody_judged_change_nothing():
    with_more = {"q": ranking("ab"), "unjudged": ranking("a")}
    assert measure_run(QRELS, with_more) == measure_run(QRELS, {"q": ranking("ab")})


def test_a_paper_ranked_twice_counts_once():
    assert score(["a", "a", "a", "b"], "R@10") == pytest.approx(2 / 3)
    assert score(["c", "c", "a"], "RR") == pytest.approx(1 / 2)


def test_a_paper_ranked_twice_counts_at_its_first_place():
    assert score(["a", "c", "a"], "RR") == 1


def random_case(seed) -> Any:
    """A run with ties, gaps and empty questions, and judgements with zeros and negatives."""
    rng = random.Random(seed)
    ids = [f"d{i}" for i in range(60)]
    qrels, run = {}, {}
    for topic in (f"q{i}" for i in range(12)):
        qrels[topic] = {d: rng.choice([0, 0, 1, 2]) for d in rng.sample(ids, rng.randint(1, 15))}
        if rng.random() < 0.8:
            picked = rng.sample(ids, rng.randint(0, 50))
            run[topic] = {d: float(rng.choice([0.0, 1.0, 1.5, rng.random()])) for d in picked}
    return qrels, run


@pytest.mark.parametrize("seed", range(25))
def test_values_equal_those_of_trec_eval_on_runs_with_ties_gaps_and_empties(seed):
    qrels, run = random_case(seed)
    ours = measure_run(
        qrels, {t: in_trec_order(Ranked(d, s) for d, s in row.items()) for t, row in run.items()}
    )
    theirs = pytrec_eval.RelevanceEvaluator(qrels, set(DEFAULT.values())).evaluate(
        {t: row for t, row in run.items() if row}
    )
    for topic in measured_topics(qrels):
        for name, key in DEFAULT.items():
            assert ours[name][topic] == pytest.approx(theirs.get(topic, {}).get(key, 0.0)), (
                topic,
                name,
            )


rankings = st.lists(st.sampled_from([f"d{i}" for i in range(15)]), unique=True, max_size=15)
grades = st.dictionaries(
    st.sampled_from([f"d{i}" for i in range(15)]), st.integers(0, 2), min_size=1
)
NO_JUDGED = [m for m in MEASURES if m != "Judged@10"]


def values(names, judged, measures=MEASURES) -> Any:
    found = measure_run({"q": judged}, {"q": ranking(names)}, measures)
    return {name: row.get("q") for name, row in found.items()}


@settings(max_examples=60, deadline=None)
@given(rankings, grades)
def test_every_value_lies_between_zero_and_one(names, judged):
    assert all(v is None or 0 <= v <= 1 for v in values(names, judged).values())


@settings(max_examples=60, deadline=None)
@given(rankings, grades)
def test_the_ideal_order_is_never_worse(names, judged):
    best = sorted(judged, key=lambda d: -judged[d])
    ideal, found = values(best, judged, NO_JUDGED), values(names, judged, NO_JUDGED)
    assert all(v is None or v <= (ideal[name] or 0) + 1e-9 for name, v in found.items())


@settings(max_examples=60, deadline=None)
@given(rankings, grades)
def test_names_of_papers_do_not_matter(names, judged):
    renamed = values([f"z-{n}" for n in names], {f"z-{d}": g for d, g in judged.items()})
    assert renamed == pytest.approx(values(names, judged))


@settings(max_examples=60, deadline=None)
@given(rankings, grades)
def test_appending_papers_that_are_not_relevant_lowers_nothing_but_the_judged_share(names, judged):
    longer = values([*names, "n1", "n2"], judged, NO_JUDGED)
    assert longer == pytest.approx(values(names, judged, NO_JUDGED))


@settings(max_examples=60, deadline=None)
@given(rankings, grades, st.data())
def test_moving_a_relevant_paper_up_past_one_that_is_not_lowers_nothing(names, judged, data):
    places = [
        i for i in range(1, len(names))
        if judged.get(names[i], 0) > 0 and judged.get(names[i - 1], 0) == 0
    ]  # fmt: skip
    if places:
        i = data.draw(st.sampled_from(places))
        better = [*names[: i - 1], names[i], names[i - 1], *names[i + 1 :]]
        before, after = values(names, judged, NO_JUDGED), values(better, judged, NO_JUDGED)
        assert all(v is None or (after[name] or 0) >= v - 1e-9 for name, v in before.items())

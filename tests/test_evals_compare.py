"""Statistics, comparisons and gates."""

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from evals.compare import compare_runs
from evals.gate import Gate, decide, gate_runs
from evals.stats import bootstrap_interval, detectable_effect, holm, sign_flip_p
from rag.errors import InputError, UsageError
from tests.evals_runs import make_run


def interval(values: list[float]) -> tuple[float, float]:
    found = bootstrap_interval(values)
    assert found is not None
    return found


def differences(n=80, shift=0.05, seed=1) -> Any:
    return list(np.random.default_rng(seed).normal(shift, 0.2, n))


# -- statistics --------------------------------------------------------------


def test_the_bootstrap_interval_agrees_with_scipy():
    values = differences()
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=10_000, rng=0
    )
    expected = theirs.confidence_interval
    assert bootstrap_interval(values) == pytest.approx((expected.low, expected.high), abs=0.004)


def test_the_interval_holds_the_mean_and_narrows_with_n():
    low, high = interval(differences(50))
    assert low < np.mean(differences(50)) < high
    wide, narrow = (np.subtract(*interval(differences(n))[::-1]) for n in (30, 300))
    assert narrow < wide / 2


def test_resampling_is_seeded():
    assert bootstrap_interval(differences(), seed=3) == bootstrap_interval(differences(), seed=3)
    assert bootstrap_interval(differences(), seed=3) != bootstrap_interval(differences(), seed=4)
    assert sign_flip_p(differences(), seed=3) == sign_flip_p(differences(), seed=3)


def test_sign_flips_agree_with_the_exact_permutation_test():
    values = differences(9, 0.1)
    exact = scipy_stats.permutation_test(
        (values,), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p(values) == pytest.approx(exact.pvalue, abs=0.015)


def test_sign_flip_p_is_two_sided_never_zero_and_one_without_difference():
    up, down = differences(100, 0.5), [-d for d in differences(100, 0.5)]
    assert sign_flip_p(up) == sign_flip_p(down) == pytest.approx(1 / 10_001)
    assert sign_flip_p([0.0] * 10) == 1


def test_under_no_difference_p_is_spread_evenly():
    p_values = [sign_flip_p(differences(30, 0.0, seed)) or 0.0 for seed in range(60)]
    assert 0.35 < np.mean(p_values) < 0.65


def test_one_question_proves_nothing():
    assert bootstrap_interval([0.5]) is None
    assert sign_flip_p([0.5]) is None
    assert detectable_effect([0.5]) is None


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_the_detectable_effect_by_hand():
    assert detectable_effect([0.1, -0.1] * 100) == pytest.approx(
        2.8016 * 0.10025 / 200**0.5, rel=1e-3
    )


# -- comparisons -------------------------------------------------------------

GOLD = {f"q{i:02}": f"g{i:02}" for i in range(20)}


def rankings(first_at) -> Any:
    """Return a ranking for each question with its right paper at a given place."""
    return {
        topic: [*(f"x{n}" for n in range(first_at(i) - 1)), gold]
        for i, (topic, gold) in enumerate(GOLD.items())
    }


@pytest.fixture
def good(tmp_path):
    return make_run(tmp_path / "good", GOLD, rankings(lambda _i: 1))


@pytest.fixture
def worse(tmp_path):
    return make_run(tmp_path / "worse", GOLD, rankings(lambda i: 3 if i < 15 else 1))


def test_a_comparison_counts_wins_ties_and_losses(good, worse):
    row = compare_runs(good, worse)["measures"]["nDCG@10"]
    assert (row["wins"], row["ties"], row["losses"]) == (0, 5, 15)
    assert row["delta"] == pytest.approx(-0.5 * 15 / 20)
    assert row["interval"][0] < row["delta"] < row["interval"][1] < 0
    assert row["p_holm"] >= row["p"]


def test_a_comparison_turned_round_changes_sign(good, worse):
    there, back = (compare_runs(*pair)["measures"] for pair in ((good, worse), (worse, good)))
    assert there["AP"]["delta"] == pytest.approx(-back["AP"]["delta"])
    assert there["AP"]["p"] == back["AP"]["p"]


def test_a_run_compared_with_itself_differs_in_nothing(good):
    found = compare_runs(good, good)
    assert {row["delta"] for row in found["measures"].values()} == {0.0}
    assert found["worst"] == []
    assert found["changed"] == []


def test_the_worst_questions_come_with_the_moves_of_their_papers(good, worse):
    worst = compare_runs(good, worse)["worst"]
    assert [row["id"] for row in worst] == ["q00", "q01", "q02", "q03", "q04"]
    move = worst[0]["moves"][0]
    assert (move["paper_id"], move["before"], move["after"]) == ("g00", 1, 3)


def test_a_gap_in_judged_papers_is_warned_of(good, worse):
    assert any("judged papers" in text for text in compare_runs(good, worse)["warnings"])
    assert compare_runs(good, good)["warnings"] == []


def test_baselines_of_one_run_can_be_compared(tmp_path):
    run = make_run(
        tmp_path / "r", GOLD, rankings(lambda _i: 1), baselines={"bm25": rankings(lambda _i: 2)}
    )
    found = compare_runs(run, run, systems="bm25:papers")
    assert found["measures"]["RR"]["delta"] == pytest.approx(0.5)
    with pytest.raises(UsageError, match="no system 'rrf'; it has: papers, bm25"):
        compare_runs(run, run, systems="rrf:papers")


def test_runs_without_a_common_question_cannot_be_compared(good, tmp_path):
    other = make_run(tmp_path / "o", {"z": "g"}, {"z": ["g"]})
    with pytest.raises(UsageError, match="no question in common"):
        compare_runs(good, other)


def test_an_unfinished_run_is_refused(good):
    (good / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"no manifest\.json"):
        compare_runs(good, good)


# -- gates -------------------------------------------------------------------


def test_the_gate_passes_what_is_not_worse_and_stops_what_is(good, worse):
    assert gate_runs(good, good)["exit_code"] == Gate.PASS
    assert gate_runs(worse, good)["exit_code"] == Gate.PASS
    assert gate_runs(good, worse)["exit_code"] == Gate.REGRESSION


@pytest.mark.parametrize(
    ("interval", "decision"),
    [
        ((-0.01, 0.03), Gate.PASS),
        ((-0.015, -0.005), Gate.PASS),
        ((-0.05, -0.001), Gate.REGRESSION),
        ((-0.05, 0.05), Gate.UNDERPOWERED),
        ((-0.02, 0.05), Gate.UNDERPOWERED),
        (None, Gate.UNDERPOWERED),
    ],
)
def test_the_decision_follows_the_interval_and_the_margin(interval, decision):
    assert decide({"delta": 0.0, "interval": interval}, 0.02) is decision


def test_what_was_not_measured_never_passes(good):
    found = gate_runs(good, good, measures=["AllHit@10"])
    assert (found["exit_code"], found["measures"]["AllHit@10"]["decision"]) == (2, "invalid")
    assert gate_runs(good, good, measures=["nDCG@10", "unheard of"])["exit_code"] == Gate.INVALID


def test_too_few_questions_are_underpowered_not_passed(tmp_path):
    ids = ["q00", "q01", "q02", "q03"]
    gold = {topic: GOLD[topic] for topic in ids}
    mixed = {t: ["x", g] if i % 2 else [g, "x"] for i, (t, g) in enumerate(gold.items())}
    swapped = {t: [g, "x"] if i % 2 else ["x", g] for i, (t, g) in enumerate(gold.items())}
    runs = [make_run(tmp_path / n, gold, r) for n, r in (("a", mixed), ("b", swapped))]
    assert gate_runs(*runs, measures=["nDCG@10"])["exit_code"] == Gate.UNDERPOWERED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fake_model": True}, "fake model"),
        (
            {"counts": {"questions": 20, "records": 20, "errors": 2}},
            "2 questions of the candidate failed",
        ),
        ({"counts": {"questions": 20, "records": 19, "errors": 0}}, "lacks questions"),
        ({"sha256": {"corpus": "other"}}, "different corpora"),
    ],
)
def test_a_run_that_proves_nothing_is_invalid(good, worse, changes, reason):
    path = worse / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    found = gate_runs(good, worse)
    assert found["exit_code"] == Gate.INVALID
    assert any(reason in text for text in found["reasons"])


def test_other_questions_are_invalid(good, tmp_path):
    fewer = dict(list(GOLD.items())[:10])
    other = make_run(tmp_path / "o", fewer, {t: [g] for t, g in fewer.items()})
    assert gate_runs(good, other)["exit_code"] == Gate.INVALID


def test_a_negative_margin_is_refused(good):
    with pytest.raises(UsageError, match="--margin"):
        gate_runs(good, good, margin=-0.1)


def test_a_run_that_is_not_there_is_invalid_and_not_a_regression(good, tmp_path):
    with pytest.raises(UsageError, match=r"no manifest\.json") as caught:
        gate_runs(good, tmp_path / "nowhere")
    assert caught.value.exit_code == Gate.INVALID

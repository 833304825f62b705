"""Whether a system knows what it cannot answer, and how risk falls with what it leaves out.

The positive class is *abstained*; it is right on an unanswerable question. Confidence
is the system's own, higher meaning surer of an answer.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_RESAMPLES = 1_000


class Outcome(NamedTuple):
    """What became of one question."""

    topic_id: str
    answerable: bool
    abstained: bool
    right: bool
    confidence: float


def abstention_report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return precision, recall, F1, AUROC and the risk–coverage curve with its area."""
    right = sum(o.abstained and not o.answerable for o in outcomes)
    wrong = sum(o.abstained and o.answerable for o in outcomes)
    unanswerable = sum(not o.answerable for o in outcomes)
    curve = risk_coverage(outcomes)
    return {
        "unanswerable": unanswerable,
        "abstained": right + wrong,
        "precision": _ratio(right, right + wrong),
        "recall": _ratio(right, unanswerable),
        "f1": _ratio(2 * right, right + wrong + unanswerable) if unanswerable else None,
        "auroc": auroc(outcomes),
        "auroc_interval": auroc_interval(outcomes),
        "risk_coverage": curve,
        "aurc": _area(curve),
    }


def auroc(outcomes: Sequence[Outcome]) -> float | None:
    """Return the chance that an answerable question gets more confidence than one that is not.

    Equal confidences count half. None unless there are questions of both kinds.
    """
    won = _won(outcomes)
    return float(won.mean()) if won.size else None


def _won(outcomes: Sequence[Outcome]) -> npt.NDArray[np.float64]:
    """Return for each answerable question, and each that is not, 1 if it got more confidence.

    Half for as much, 0 for less; one row for each answerable question.
    """
    yes = np.array([o.confidence for o in outcomes if o.answerable])
    no = np.array([o.confidence for o in outcomes if not o.answerable])
    won: npt.NDArray[np.float64] = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    return won


def auroc_interval(outcomes: Sequence[Outcome], *, seed: int = 0) -> list[float] | None:
    """Return the 95 % percentile interval of the AUROC, questions of each kind drawn anew.

    None unless there are two questions of both kinds.
    """
    won = _won(outcomes)
    answerable, others = won.shape
    if min(answerable, others) < 2:
        return None
    generator = np.random.default_rng(seed)
    drawn = [
        won[
            np.ix_(
                generator.integers(answerable, size=answerable),
                generator.integers(others, size=others),
            )
        ].mean()
        for _ in range(_RESAMPLES)
    ]
    return [float(bound) for bound in np.quantile(drawn, [0.025, 0.975])]


def risk_coverage(outcomes: Sequence[Outcome]) -> list[dict[str, float]]:
    """Return (coverage, risk, threshold) as the threshold on confidence is lowered.

    Coverage is the share of all questions that are answered, risk the share of wrong
    ones among these. Questions of equal confidence enter together. The curve ends at the
    coverage the system chose: what it would have said beyond is not known.
    """
    answered = sorted((o for o in outcomes if not o.abstained), key=lambda o: -o.confidence)
    curve = []
    n = wrong = 0
    for confidence, group in groupby(answered, key=lambda o: o.confidence):
        for outcome in group:
            n += 1
            wrong += not outcome.right
        curve.append({"coverage": n / len(outcomes), "risk": wrong / n, "threshold": confidence})
    return curve


def answered_report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return accuracy, precision and coverage in the manner of LitQA.

    Accuracy: right answers over answerable questions. Precision: right answers over
    questions answered, also those that had no answer. Coverage: answered over answerable.
    """
    answerable = [o for o in outcomes if o.answerable]
    answered = [o for o in outcomes if not o.abstained]
    right = sum(o.right for o in answered)
    return {
        "accuracy": _ratio(right, len(answerable)),
        "precision": _ratio(right, len(answered)),
        "coverage": _ratio(sum(not o.abstained for o in answerable), len(answerable)),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _area(curve: Sequence[dict[str, float]]) -> float | None:
    """Return the mean risk over the coverages reached (trapezoids); None for no curve."""
    if not curve:
        return None
    points = [(0.0, curve[0]["risk"]), *((p["coverage"], p["risk"]) for p in curve)]
    area = sum((right - left) * (low + high) / 2 for (left, low), (right, high) in pairwise(points))
    return area / points[-1][0]

"""How far a judge is to be trusted: its agreement with labelled claims, and with itself.

Labels are those of ``evals/questions/claims.jsonl``: a person wrote each claim against its
abstract, as a true paraphrase or with a known fault. A reply that is neither yes nor no
agrees with nothing and lowers agreement.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.judge.judging import Judge
from evals.stats import CONFIDENCE
from evals.support import TRUE, LabelledClaim, judge_claims
from rag.errors import InputError, ModelReplyError, UsageError
from rag.index.index import Progress
from rag.records import Paper, Verdict

RESAMPLES = 2_000
_UNREAD = 2  # the code of a reply that is neither no (0) nor yes (1)
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled claim with the judge's code for each repeat: 0 no, 1 yes, 2 unread."""

    claim: LabelledClaim
    codes: tuple[int, ...]


def sample_claims(
    claims: Sequence[LabelledClaim], *, size: int, split: str | None = None, seed: int = 0
) -> list[LabelledClaim]:
    """Return ``size`` claims drawn without regard to their kind; 0 is all of them."""
    kept = [c for c in claims if split in (None, c.split)]
    if not kept:
        raise UsageError(f"no labelled claim has split {split!r}")
    if size < 0:
        raise UsageError(f"--sample {size}: give at least 1, or 0 for all")
    drawn = sorted(kept, key=lambda c: hashlib.sha256(f"{seed}\0{c.claim_id}".encode()).digest())
    return drawn[: size or None]


def ask_judge(
    judge: Judge,
    claims: Sequence[LabelledClaim],
    papers: Sequence[Paper],
    *,
    repeats: int,
    progress: Progress,
) -> list[Judged]:
    """Return the judge's verdicts on every claim, ``repeats`` times each."""
    if repeats < 1:
        raise UsageError(f"--repeats {repeats}: give at least 1")
    abstracts = {paper.title: paper.abstract for paper in papers}
    found = []
    for done, claim in enumerate(claims):
        progress("judging claims", done, len(claims))
        if claim.title not in abstracts:
            raise InputError(f"{claim.claim_id}: no paper is titled {claim.title!r}")
        abstract = abstracts[claim.title]
        codes = tuple(_code(judge, claim, abstract, repeat) for repeat in range(repeats))
        found.append(Judged(claim, codes))
    progress("judging claims", len(claims), len(claims))
    return found


def _code(judge: Judge, claim: LabelledClaim, abstract: str, repeat: int) -> int:
    try:
        return int(judge.follows(claim.claim, abstract, about=claim.claim_id, repeat=repeat))
    except ModelReplyError:
        return _UNREAD


def calibration_report(
    name: str, judged: Sequence[Judged], papers: Sequence[Paper], *, fake_model: bool
) -> dict[str, Any]:
    """Return agreement of the first repeat with the labels, by kind too, and the spread.

    The check that needs no model stands beside it, on the same claims.
    """
    labels = np.array([int(j.claim.kind == TRUE) for j in judged])
    codes = np.array([j.codes for j in judged])  # (n_claims, n_repeats)
    checked = judge_claims([j.claim for j in judged], papers)
    ours = np.array([int(s.verdict is Verdict.SUPPORTED) for _, s in checked])
    return {
        "schema": 1,
        "kind": "calibration",
        "judge": name,
        "fake_model": fake_model,
        "n": len(judged),
        "repeats": codes.shape[1],
        "unread": int((codes == _UNREAD).sum()),
        "systems": {
            name: agreement(labels, codes[:, 0]),
            "claim checker (no model)": agreement(labels, ours),
            "always yes": agreement(labels, np.ones_like(labels)),
        },
        "by_kind": _by_kind(judged),
        "spread": spread(labels, codes),
    }


def agreement(labels: Codes, codes: Codes, *, seed: int = 0) -> dict[str, Any]:
    """Return kappa and accuracy with bootstrap intervals over the claims, and the four counts."""
    drawn = np.random.default_rng(seed).integers(0, len(labels), (RESAMPLES, len(labels)))
    kappas, accuracies = kappa_of(labels[drawn], codes[drawn])
    kappa, accuracy = (float(v) for v in kappa_of(labels, codes))
    return {
        "kappa": None if np.isnan(kappa) else kappa,
        "kappa_interval": _interval(kappas),
        "accuracy": accuracy,
        "accuracy_interval": _interval(accuracies),
        "true_passed": int(((labels == 1) & (codes == 1)).sum()),
        "true": int((labels == 1).sum()),
        "false_caught": int(((labels == 0) & (codes == 0)).sum()),
        "false": int((labels == 0).sum()),
    }


def kappa_of(labels: Codes, codes: Codes) -> tuple[Any, Any]:
    """Return Cohen's kappa (1960) and the share that agrees, along the last axis.

    Kappa is NaN where both sides always say the same one thing: chance explains it all.
    """
    agreed = (labels == codes).mean(axis=-1)
    chance = sum(
        (labels == code).mean(axis=-1) * (codes == code).mean(axis=-1) for code in range(3)
    )
    room = np.asarray(1.0 - chance, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = np.where(room > 1e-12, (agreed - chance) / room, np.nan)
    return kappa, agreed


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    kept = values[~np.isnan(values)]
    if len(kept) < len(values) / 2:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return float(low), float(high)


def _by_kind(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for item in judged:
        row = found.setdefault(item.claim.kind, {"n": 0, "right": 0, "unread": 0})
        row["n"] += 1
        row["right"] += item.codes[0] == int(item.claim.kind == TRUE)
        row["unread"] += item.codes[0] == _UNREAD
    return dict(sorted(found.items()))


def spread(labels: Codes, codes: Codes) -> Mapping[str, Any]:
    """Return how the repeats differ; nothing is measured with a single one.

    ``changed`` is the share of claims whose verdict is not the same in every repeat,
    ``self_kappa`` the mean kappa of two repeats, ``kappas`` each repeat's with the labels.
    """
    columns = list(codes.T)
    kappas = [float(kappa_of(labels, column)[0]) for column in columns]
    pairs = [float(kappa_of(a, b)[0]) for a, b in combinations(columns, 2)]
    known = [value for value in pairs if not np.isnan(value)]
    changed = float((codes != codes[:, :1]).any(axis=1).mean())
    return {
        "changed": changed if len(columns) > 1 else None,
        "self_kappa": sum(known) / len(known) if known else None,
        "kappas": [None if np.isnan(value) else value for value in kappas],
    }

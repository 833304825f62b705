"""Decide whether a change may pass: not worse than the baseline by more than a margin.

A measure passes when the whole interval of the difference lies above -margin. It is a
regression when it does not and the interval lies below 0; otherwise the questions were
too few to tell. A run with a fake model, with failed questions or over other questions
is invalid: it proves nothing either way. What was not measured never passes.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from evals.compare import Side, compare_sides, open_sides
from evals.retrieval import OURS
from rag.errors import InputError, UsageError

DEFAULTS = {
    "retrieval": ("nDCG@10", "R@20"),
    "answers": ("net", "nuggets_vital", "citation_precision"),
}
SEED = 0


class Gate(IntEnum):
    """The decision, and the exit code it stands for."""

    PASS = 0
    REGRESSION = 1
    INVALID = 2
    UNDERPOWERED = 3


_GRAVITY = (Gate.PASS, Gate.UNDERPOWERED, Gate.REGRESSION, Gate.INVALID)


def gate_runs(
    before: Path,
    after: Path,
    *,
    measures: Sequence[str] | None = None,
    margin: float = 0.02,
    systems: str = f"{OURS}:{OURS}",
) -> dict[str, Any]:
    """Return the decision on a candidate run, with its ``exit_code``.

    Raises UsageError, whose exit code is that of "invalid", for a margin below 0 and for
    a run that is not there or not complete.
    """
    if margin < 0:
        raise UsageError(f"--margin {margin} is below 0; give the largest loss to accept")
    sides = _sides(before, after, systems)
    reasons = _invalid(*sides)
    comparison = None if reasons else compare_sides(*sides, seed=SEED)
    kind = sides[1].folder.manifest["kind"]
    names = list(measures or DEFAULTS[kind])
    rows = comparison["measures"] if comparison else {}
    decisions = {name: decide(rows.get(name), margin) for name in names}
    worst = max([*decisions.values()], key=_GRAVITY.index)
    return {
        "schema": 1,
        "kind": "gate",
        "set": sides[1].folder.manifest["set"],
        "decision": worst.name.lower(),
        "exit_code": int(worst),
        "margin": margin,
        "reasons": reasons,
        "fake_model": any(side.folder.fake_model for side in sides),
        "measures": {
            name: {"decision": decisions[name].name.lower(), **(rows.get(name) or {})}
            for name in names
        },
        "warnings": comparison["warnings"] if comparison else [],
    }


def _sides(before: Path, after: Path, systems: str) -> tuple[Side, Side]:
    try:
        return open_sides(before, after, systems)
    except InputError as exc:  # its exit code would read as a regression
        raise UsageError(str(exc)) from exc


def decide(row: Mapping[str, Any] | None, margin: float) -> Gate:
    """Return the decision on one measure; ``row`` is that of a comparison, None unmeasured."""
    if row is None or row["delta"] is None:
        return Gate.INVALID
    if row["interval"] is None:
        return Gate.UNDERPOWERED
    low, high = row["interval"]
    if low > -margin or low == high == 0.0:
        return Gate.PASS
    return Gate.REGRESSION if high < 0 else Gate.UNDERPOWERED


def _invalid(before: Side, after: Side) -> list[str]:
    """Return why the two runs cannot decide anything; nothing when they can."""
    found = []
    for name, side in (("baseline", before), ("candidate", after)):
        manifest = side.folder.manifest
        if side.folder.fake_model:
            found.append(f"the {name} was made with a fake model")
        if manifest["counts"]["errors"]:
            found.append(f"{manifest['counts']['errors']} questions of the {name} failed")
        if manifest["counts"]["records"] < manifest["counts"]["questions"]:
            found.append(f"the {name} lacks questions")
    if before.folder.manifest["kind"] != after.folder.manifest["kind"]:
        found.append("the runs are of different kinds")
    if before.folder.qrels != after.folder.qrels:
        found.append("the runs are over different questions or judgements")
    if before.folder.manifest["sha256"]["corpus"] != after.folder.manifest["sha256"]["corpus"]:
        found.append("the runs are over different corpora")
    return found

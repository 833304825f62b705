"""Compare two runs over the same questions, topic by topic.

Differences are candidate less baseline, so positive is better. Only topics measured in
both runs are paired; the others are counted and named, never filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import stats
from evals.measures import Scores, mean, measure_run
from evals.retrieval import OURS, runs_of
from evals.runs import RunFolder, open_run
from evals.trec import Run
from rag.errors import UsageError

WORST = 5
SHOWN_RANKS = 10
UNJUDGED_GAP = 0.05  # in Judged@10, above which the judgements favour one side
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Side:
    """One system of one run: its scores by topic and, for retrieval, its rankings."""

    folder: RunFolder
    system: str
    scores: Scores
    run: Run


def compare_runs(
    before: Path, after: Path, *, systems: str = f"{OURS}:{OURS}", seed: int = 0
) -> dict[str, Any]:
    """Return the comparison of two run folders. Raises InputError, UsageError.

    ``systems`` names those to compare as BEFORE:AFTER, e.g. "rrf:convex" of one folder.
    """
    return compare_sides(*open_sides(before, after, systems), seed=seed)


def open_sides(before: Path, after: Path, systems: str) -> tuple[Side, Side]:
    """Return the two systems, named as BEFORE:AFTER. Raises InputError, UsageError."""
    first, _, second = systems.partition(":")
    return open_side(before, first or OURS), open_side(after, second or first or OURS)


def open_side(path: Path, system: str) -> Side:
    """Return a system of a complete run. Raises UsageError for one that is not in it."""
    folder = open_run(path)
    if folder.manifest["kind"] == "retrieval":
        runs = runs_of(folder)
        if system not in runs:
            raise UsageError(f"{path.name} has no system {system!r}; it has: {', '.join(runs)}")
        return Side(folder, system, measure_run(folder.qrels, runs[system]), runs[system])
    if system != OURS:
        raise UsageError(f"{path.name} has answers of {OURS!r} only")
    from evals.answers import score_folder

    return Side(folder, system, score_folder(folder), {})


def compare_sides(before: Side, after: Side, *, seed: int = 0) -> dict[str, Any]:
    """Return the comparison of two sides. Raises UsageError when they cannot be paired."""
    _refuse_unlike(before, after)
    measures = [m for m in before.scores if before.scores[m] and after.scores.get(m)]
    rows = {m: _measure_row(before.scores[m], after.scores[m], seed) for m in measures}
    p_values = {m: row["p"] for m, row in rows.items() if row["p"] is not None}
    for name, value in stats.holm(p_values).items():
        rows[name]["p_holm"] = value
    main = measures[0]
    return {
        "schema": 1,
        "kind": "comparison",
        "set": after.folder.manifest["set"],
        "before": f"{before.folder.path.name}/{before.system}",
        "after": f"{after.folder.path.name}/{after.system}",
        "fake_model": before.folder.fake_model or after.folder.fake_model,
        "seed": seed,
        "measures": rows,
        "by_type": {m: _by_type(before, after, m, seed) for m in measures[:1]},
        "worst": _worst(before, after, main),
        "warnings": _warnings(before, after, rows),
        "changed": _changed(before.folder.manifest, after.folder.manifest),
    }


def _refuse_unlike(before: Side, after: Side) -> None:
    kinds = before.folder.manifest["kind"], after.folder.manifest["kind"]
    if kinds[0] != kinds[1]:
        raise UsageError(f"a run of {kinds[0]} cannot be compared with one of {kinds[1]}")
    if not set(before.folder.qrels) & set(after.folder.qrels):
        raise UsageError("the two runs have no question in common")
    if not any(before.scores[m] and after.scores.get(m) for m in before.scores):
        raise UsageError("no measure was taken in both runs")


def _measure_row(
    before: Mapping[str, float], after: Mapping[str, float], seed: int
) -> dict[str, Any]:
    shared = [topic for topic in before if topic in after]
    deltas = [after[t] - before[t] for t in shared]
    return {
        "n": len(shared),
        "before": mean({t: before[t] for t in shared}),
        "after": mean({t: after[t] for t in shared}),
        "delta": sum(deltas) / len(deltas) if deltas else None,
        "interval": stats.bootstrap_interval(deltas, seed=seed),
        "p": stats.sign_flip_p(deltas, seed=seed),
        "p_holm": None,
        "wins": sum(d > _SAME for d in deltas),
        "ties": sum(abs(d) <= _SAME for d in deltas),
        "losses": sum(d < -_SAME for d in deltas),
        "detectable": stats.detectable_effect(deltas),
    }


def _by_type(before: Side, after: Side, measure: str, seed: int) -> dict[str, Any]:
    members: dict[str, set[str]] = {}
    for topic in after.folder.topics:
        members.setdefault(topic.type, set()).add(topic.topic_id)
    found = {}
    for kind, ids in members.items():
        sides = [
            {t: v for t, v in side.scores[measure].items() if t in ids} for side in (before, after)
        ]
        row = _measure_row(sides[0], sides[1], seed)
        if row["n"]:
            found[kind] = row
    return found


def _worst(before: Side, after: Side, measure: str) -> list[dict[str, Any]]:
    """Return the topics that lost most, each with the ranks of its relevant papers."""
    questions = {t.topic_id: t.question for t in after.folder.topics}
    first, second = before.scores[measure], after.scores[measure]
    deltas = {t: second[t] - first[t] for t in first if t in second}
    losers = [t for t in sorted(deltas, key=lambda t: (deltas[t], t)) if deltas[t] < -_SAME]
    return [
        {
            "id": topic,
            "question": questions.get(topic, ""),
            "measure": measure,
            "before": first[topic],
            "after": second[topic],
            "moves": rank_moves(before, after, topic),
        }
        for topic in losers[:WORST]
    ]


def rank_moves(before: Side, after: Side, topic: str) -> list[dict[str, Any]]:
    """Return the rank of each relevant paper on both sides; None is not ranked."""
    grades = after.folder.qrels.get(topic, {})
    relevant = sorted((p for p, g in grades.items() if g > 0), key=lambda p: -grades[p])
    sides = [_ranks(side.run.get(topic, ())) for side in (before, after)]
    titles = after.folder.papers
    return [
        {
            "paper_id": paper,
            "title": titles.get(paper, {}).get("title", ""),
            "grade": grades[paper],
            "before": sides[0].get(paper),
            "after": sides[1].get(paper),
        }
        for paper in relevant[:SHOWN_RANKS]
        if before.run or after.run
    ]


def _ranks(papers: Sequence[Any]) -> dict[str, int]:
    return {paper.paper_id: rank for rank, paper in enumerate(papers, 1)}


def _warnings(before: Side, after: Side, rows: Mapping[str, Any]) -> list[str]:
    found = []
    judged = rows.get("Judged@10")
    if judged and abs(judged["delta"]) > UNJUDGED_GAP:
        found.append(
            f"judged papers in the top 10: {judged['before']:.0%} against {judged['after']:.0%}: "
            "the side with fewer may only look worse; judge what `papers eval pool` lists"
        )
    unpaired = set(before.folder.qrels) ^ set(after.folder.qrels)
    if unpaired:
        found.append(f"{len(unpaired)} questions are in one run only and are left out")
    if before.folder.qrels != after.folder.qrels and not unpaired:
        found.append("the judgements differ between the runs: score both again with the same")
    return found


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what the two runs rest on differently."""
    hashes = {**before["sha256"], **after["sha256"]}
    found = [k for k in hashes if before["sha256"].get(k) != after["sha256"].get(k)]
    return found + [k for k in ("model", "context", "depth") if before.get(k) != after.get(k)]

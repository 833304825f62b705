"""The tables of an answers report."""

from collections.abc import Mapping
from typing import Any

from evals.answers import MEASURES
from evals.report.tables import Table, latency_table, number, systems_table, types_table


def answer_tables(report: Mapping[str, Any]) -> list[Table]:
    """Return the tables: measures, by type, abstention, failures, latency and usage."""
    own = next(iter(report["systems"].values()))
    judged = [name for name in own["measures"] if name not in MEASURES]
    measures = (*MEASURES, *judged)
    return [
        systems_table(report["systems"], measures),
        types_table(own["by_type"], measures),
        _abstention(report),
        _failures(report),
        latency_table(report["latency"]),
        _usage(report),
    ]


def _abstention(report: Mapping[str, Any]) -> Table:
    found, answered = report["abstention"], report["answered"]
    rows = [(name, number(found[name])) for name in ("precision", "recall", "f1", "auroc", "aurc")]
    if found.get("auroc_interval"):
        low, high = found["auroc_interval"]
        rows.append(("auroc, 95 % interval", f"{number(low)} to {number(high)}"))
    rows += [(f"answered: {name}", number(value)) for name, value in answered.items()]
    caption = f"Abstention: {found['abstained']} of {report['n']}, {found['unanswerable']} due"
    return Table(caption, ("measure", "value"), tuple(rows))


def _failures(report: Mapping[str, Any]) -> Table:
    rows = [(step, str(n)) for step, n in report["failures"].items() if n]
    return Table("Where wrong answers went wrong", ("first step that failed", "n"), tuple(rows))


def _usage(report: Mapping[str, Any]) -> Table:
    used = report["usage"]
    rows = [(name.replace("_", " "), number(used[name], 4)) for name in used]
    rows.append(("invalid citations", str(report["invalid_citations"])))
    judge = report.get("judge") or {}
    if judge:
        rows.append(("judge", judge["judge"]))
        rows += [(f"judge: replies {name}", str(judge[name])) for name in ("asked", "replayed")]
        rows.append(("judge: questions with an unreadable reply", str(len(judge["unread"]))))
    return Table("Usage", ("what", "total"), tuple(rows))

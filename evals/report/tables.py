"""Turn reports into plain tables of texts, which every output format then dresses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.measures import MEASURES

FAKE_BANNER = (
    "FAKE MODEL: these answers come from a stand-in. The numbers say nothing about quality "
    "and can set no baseline."
)
UNMEASURED = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, a header and rows of texts; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float | int | None, digits: int = 3) -> str:
    """Return the number with fixed digits, or a dash where nothing was measured."""
    if value is None:
        return UNMEASURED
    return str(value) if isinstance(value, int) else f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """Return the difference with its sign."""
    return UNMEASURED if value is None else f"{value:+.3f}"


def interval_text(interval: Sequence[float] | None, form: str = "{:+.3f}") -> str:
    """Return the interval with both ends in this form, or a dash."""
    return UNMEASURED if interval is None else "…".join(form.format(end) for end in interval)


def headline(report: Mapping[str, Any]) -> list[str]:
    """Return the lines that stand above the tables: what was run, on how many questions."""
    lines = [FAKE_BANNER] if report.get("fake_model") else []
    what = f"{report['kind']} on {report['set']}" if report.get("set") else report["kind"]
    text = f"{what}: n = {report['n']} questions"
    if report.get("left_out"):
        text += f"; {report['left_out']} without a relevant paper are left out of the means"
    lines.append(text)
    if report.get("errors"):
        lines.append(f"{report['errors']} questions failed; they score 0")
    if report.get("missing_topics"):
        lines.append(f"{report['missing_topics']} questions are not in the run; they score 0")
    if report.get("unjudged_topics"):
        lines.append(f"{report['unjudged_topics']} questions of the run are not judged; ignored")
    return lines


def report_tables(report: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a retrieval or answers report."""
    if report["kind"] == "answers":
        from evals.report.answer_tables import answer_tables

        return answer_tables(report)
    tables = [systems_table(report["systems"])]
    own = next(iter(report["systems"].values()))
    if len(own["by_type"]) > 1:
        tables.append(types_table(own["by_type"]))
    if report.get("latency"):
        tables.append(latency_table(report["latency"]))
    return tables


def systems_table(systems: Mapping[str, Any], measures: Sequence[str] = MEASURES) -> Table:
    """Return one row a measure, one column a system."""
    rows = tuple(
        (name, *(number(system["measures"].get(name)) for system in systems.values()))
        for name in _present(systems.values(), measures)
    )
    return Table("Systems", ("measure", *systems), rows)


def _present(systems: Iterable[Mapping[str, Any]], measures: Sequence[str]) -> list[str]:
    measured = {m for s in systems for m, value in s["measures"].items() if value is not None}
    return [m for m in measures if m in measured]


def types_table(by_type: Mapping[str, Any], measures: Sequence[str] = MEASURES) -> Table:
    """Return one row a measure, one column a type of question, for our own system."""
    parts = {kind: part for kind, part in by_type.items() if part["n"]}
    counts = ("n", *(str(part["n"]) for part in parts.values()))
    rows = tuple(
        (name, *(number(part["measures"].get(name)) for part in parts.values()))
        for name in _present(parts.values(), measures)
    )
    return Table("By type of question", ("measure", *parts), (counts, *rows))


def latency_table(latency: Mapping[str, Any]) -> Table:
    """Return one row a stage, in milliseconds."""
    rows = tuple(
        (stage, str(t["n"]), _milliseconds(t["p50"]), _milliseconds(t["p95"]))
        for stage, t in latency.items()
    )
    return Table("Milliseconds", ("stage", "n", "p50", "p95"), rows)


def _milliseconds(seconds: float | None) -> str:
    return UNMEASURED if seconds is None else f"{seconds * 1000:.1f}"

"""The lines and tables of comparisons and gates."""

from collections.abc import Mapping
from typing import Any

from evals.report.tables import FAKE_BANNER, Table, interval_text, number, signed

_TITLE = 40  # characters of a title that are shown
_HEADER = ("n", "before", "after", "Δ", "95 % interval", "p", "+/=/-", "MDE")

_LEGEND = (
    "Δ: candidate less baseline; interval: paired bootstrap; p: sign flips, after Holm over the "
    "measures; +/=/-: questions won, tied, lost; MDE: smallest true Δ that n would show (80 % power)"
)


def compare_lines(found: Mapping[str, Any]) -> list[str]:
    """Return what was compared, what differs between the runs, and the warnings."""
    lines = [FAKE_BANNER] if found["fake_model"] else []
    lines.append(f"{found['set']}: {found['before']} → {found['after']}")
    if found["changed"]:
        lines.append(f"the runs differ in: {', '.join(found['changed'])}")
    lines += [f"warning: {text}" for text in found["warnings"]]
    return [*lines, _LEGEND]


def compare_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return all measures, the main one by type, and the questions that lost most."""
    tables = [_differences("Differences", "measure", found["measures"])]
    for measure, kinds in found["by_type"].items():
        if len(kinds) > 1:
            tables.append(_differences(f"{measure} by type of question", "type", kinds))
    tables.append(_worst(found))
    return tables


def _differences(caption: str, first: str, rows: Mapping[str, Any]) -> Table:
    return Table(caption, (first, *_HEADER), tuple((n, *_cells(r)) for n, r in rows.items()))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    p = row["p_holm"] if row["p_holm"] is not None else row["p"]
    return (
        str(row["n"]),
        number(row["before"]),
        number(row["after"]),
        signed(row["delta"]),
        interval_text(row["interval"]),
        number(p, 4),
        f"{row['wins']}/{row['ties']}/{row['losses']}",
        number(row["detectable"]),
    )


def _worst(found: Mapping[str, Any]) -> Table:
    ranked = any(row["moves"] for row in found["worst"])  # answers have no ranks
    rows = [
        (
            f"{row['id']}: {row['question']}",
            f"{row['before']:.3f} → {row['after']:.3f}",
            *(["; ".join(_move(move) for move in row["moves"])] if ranked else []),
        )
        for row in found["worst"]
    ]
    header = ("question", "value", "ranks") if ranked else ("question", "value")
    return Table("The questions that lost most", header, tuple(rows))


def _move(move: Mapping[str, Any]) -> str:
    title = move["title"]
    short = title if len(title) <= _TITLE else f"{title[:_TITLE].rstrip()}…"
    return f"{move['before'] or '–'} → {move['after'] or '–'} {short}".rstrip()


def gate_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the decision, its reasons and the warnings."""
    lines = [FAKE_BANNER] if found["fake_model"] else []
    lines.append(f"gate: {found['decision']} (margin {found['margin']}, {found['set']})")
    lines += found["reasons"]
    return lines + [f"warning: {text}" for text in found["warnings"]]


def gate_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return one row a measure that had to hold."""
    rows = tuple(
        (
            name,
            row["decision"],
            signed(row.get("delta")),
            interval_text(row.get("interval")),
            number(row.get("detectable")),
            str(row.get("n", 0)),
        )
        for name, row in found["measures"].items()
    )
    header = ("measure", "decision", "Δ", "95 % interval", "MDE", "n")
    return [Table("Measures that must hold", header, rows)]

"""The lines and tables of a judge's calibration."""

from collections.abc import Mapping
from typing import Any

from evals.report.tables import FAKE_BANNER, Table, interval_text, number


def calibration_lines(found: Mapping[str, Any]) -> list[str]:
    """Return who was held against what, and how the repeats differ."""
    lines = [FAKE_BANNER] if found["fake_model"] else []
    lines.append(
        f"{found['judge']} on {found['set']}: n = {found['n']} labelled claims, "
        f"asked {found['repeats']} times each"
    )
    if found["unread"]:
        lines.append(f"{found['unread']} replies were neither yes nor no; they agree with nothing")
    spread = found["spread"]
    if spread["changed"] is not None:
        kappas = ", ".join(number(value) for value in spread["kappas"])
        lines.append(
            f"repeats: {spread['changed']:.1%} of the claims change their verdict; kappa of two "
            f"repeats {number(spread['self_kappa'])}; of each with the labels {kappas}"
        )
    return lines


def calibration_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return agreement of the judge beside what needs no model, and the kinds of claims."""
    header = ("", "kappa", "95 %", "accuracy", "95 %", "true passed", "false caught")
    rows = tuple(
        (
            "the judge" if name == found["judge"] else name,
            number(row["kappa"]),
            interval_text(row["kappa_interval"], "{:.2f}"),
            number(row["accuracy"]),
            interval_text(row["accuracy_interval"], "{:.2f}"),
            f"{row['true_passed']}/{row['true']}",
            f"{row['false_caught']}/{row['false']}",
        )
        for name, row in found["systems"].items()
    )
    kinds = tuple(
        (kind, f"{row['right']}/{row['n']}", str(row["unread"]))
        for kind, row in found["by_kind"].items()
    )
    return [
        Table("Agreement with the labels", header, rows),
        Table("The judge by kind of claim", ("kind", "right", "unread"), kinds),
    ]

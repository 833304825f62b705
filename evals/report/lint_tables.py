"""The lines and tables of a check of a question set."""

from collections.abc import Mapping
from typing import Any

from evals.report.tables import Table


def lint_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the verdict and every fault with its place."""
    verdict = f"{len(found['faults'])} faults" if found["faults"] else "clean"
    counts = f"{found['questions']} questions, {found['papers']} papers, splits {found['splits']}"
    warned = [f"warning: {text}" for text in found["warnings"]]
    return [f"{found['set']}: {verdict}; {counts}", *found["faults"], *warned]


def lint_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return the number of questions of each type, with their overlap where it means something."""
    rows = tuple(
        (kind, str(n), f"{found['overlap'][kind]:.3f}" if kind in found["overlap"] else "–")
        for kind, n in found["types"].items()
    )
    return [Table("Types", ("type", "n", "content-word overlap"), rows)]

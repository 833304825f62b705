"""Draw what the benchmarks of speed measured: ``python -m benchmarks.charts`` prints Mermaid.

Reads the results of ``benchmarks.pipeline`` and ``benchmarks.scale``; the charts stand in
docs/benchmarks.md, where they need neither an image nor a library.
"""

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.timing import RESULTS


def main() -> None:
    """Print every chart whose results are there."""
    pipeline = RESULTS / "pipeline.json"
    if pipeline.exists():
        rows = [row for row in json.loads(pipeline.read_text())["rows"][1:] if ";" not in row[1]]
        ratios = [float(value.split()[0]) for _, value in rows]
        print(chart("papers / plain LangChain pipeline", [name for name, _ in rows], [ratios]))
    sizes = sorted((found["measured"]["papers"], found) for found in _scales())
    if sizes:
        labels = [f"{papers:,} papers" for papers, _ in sizes]
        times = [[1000 * median(f[name]) for _, f in sizes] for name in ("hybrid", "least")]
        title = "a question [ms], and (line) embedding it and querying Chroma"
        print(chart(title, labels, times))


def chart(title: str, labels: Sequence[str], series: Sequence[Sequence[float]]) -> str:
    """Return a Mermaid block: the first series as bars, the others as lines."""
    names = ", ".join(f'"{label}"' for label in labels)
    kinds = ["bar", *["line"] * (len(series) - 1)]
    top = 1.1 * max(value for values in series for value in values)
    lines = [
        f"    {kind} [{', '.join(f'{value:.3g}' for value in values)}]"
        for kind, values in zip(kinds, series, strict=True)
    ]
    head = [
        "```mermaid",
        "xychart-beta",
        f'    title "{title}"',
        f"    x-axis [{names}]",
        f"    y-axis 0 --> {top:.3g}",
    ]
    return "\n".join([*head, *lines, "```"])


def _scales() -> list[dict[str, Any]]:
    reports = [json.loads(path.read_text()) for path in RESULTS.glob("scale-*.json")]
    return [report["raw"] for report in reports if "measured" in report["raw"]]


if __name__ == "__main__":
    main()

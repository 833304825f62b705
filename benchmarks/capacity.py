"""From measured slopes to corpora that no benchmark here has held: ``python -m benchmarks.capacity``.

Reads what ``benchmarks.scale --hashed`` left for at least two sizes of corpus, fits a line
through each figure, and prints a plan up to three million abstracts. ``--faster`` is how many
times as fast as this machine the embedder is (an embedding server, more cores), ``--price``
what an hour of the machine costs.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.timing import RESULTS

SIZES = (10_000, 115_000, 1_000_000, 3_000_000)
DISK = "disk [KiB a paper]"
INGEST = "taking in, outside the embedder [ms a paper]"
EMBEDDER = "the real embedder [ms a paper]"
PEAKS = ("peak memory of taking in [GiB]", "peak memory of asking [GiB]")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the plan as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faster", type=float, default=1.0)
    parser.add_argument("--price", type=float, default=0.1, help="of an hour, in your currency")
    given = parser.parse_args(arguments)
    measured = sorted(_measured(), key=lambda found: found["papers"])
    if len(measured) < 2:
        raise SystemExit("benchmarks.scale must have measured two sizes of corpus first")
    header = ["papers", *PEAKS, "disk [GiB]", "embedding [h]", "the rest of taking in [h]", "price"]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for papers in SIZES:
        row = plan(measured, papers, faster=given.faster, price=given.price)
        print(f"| {papers:,} | {' | '.join(f'{value:.1f}' for value in row)} |")


def plan(
    measured: Sequence[Mapping[str, float]], papers: int, *, faster: float, price: float
) -> list[float]:
    """Return peak memories [GiB], disk [GiB], hours of embedding and of the rest, and the price."""
    peaks = [_line(measured, name, papers) for name in PEAKS]
    totals = [{**found, DISK: found[DISK] * found["papers"]} for found in measured]
    disk = _line(totals, DISK, papers) / 2**20
    embedding = papers * measured[-1][EMBEDDER] / 3.6e6 / faster
    rest = papers * max(found[INGEST] for found in measured) / 3.6e6
    return [*peaks, disk, embedding, rest, (embedding + rest) * price]


def _line(measured: Sequence[Mapping[str, float]], name: str, papers: int) -> float:
    sizes = [found["papers"] for found in measured]
    slope, start = np.polyfit(sizes, [found[name] for found in measured], 1)
    return float(start + slope * papers)


def _measured() -> list[dict[str, Any]]:
    reports = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("scale-*.json"))]
    found = [report["raw"].get("measured", {}) for report in reports]
    return [figures for figures in found if INGEST in figures]


if __name__ == "__main__":
    main()

"""What every benchmark of speed shares: interleaved runs, ratios with intervals, a report.

Absolute times say little on a shared machine. Competitors therefore take turns within one
run, and what is reported is the ratio of their medians with a bootstrap interval.
"""

import json
import os
import platform
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

RESULTS = Path(".cache/benchmarks/results")
RESAMPLES = 2000


def interleaved(
    work: Mapping[str, Callable[[], object]], rounds: int, *, warm: int = 1
) -> dict[str, list[float]]:
    """Return the seconds of each piece of work, ``rounds`` times in changing order.

    The first ``warm`` rounds are not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    names, dice = list(work), random.Random(0)
    for turn in range(warm + rounds):
        dice.shuffle(names)
        for name in names:
            start = time.perf_counter()
            work[name]()
            if turn >= warm:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(ours: Sequence[float], theirs: Sequence[float], share: float = 0.5) -> dict[str, Any]:
    """Return ours over theirs at quantile ``share``, with a paired 95 % bootstrap interval."""
    dice, n = random.Random(0), len(ours)
    found = []
    for _ in range(RESAMPLES):
        drawn = dice.choices(range(n), k=n)
        found.append(at([ours[i] for i in drawn], share) / at([theirs[i] for i in drawn], share))
    low, high = quantiles(found, n=40)[0], quantiles(found, n=40)[-1]
    return {"ratio": at(ours, share) / at(theirs, share), "low": low, "high": high, "n": n}


def at(values: Sequence[float], share: float) -> float:
    """Return the quantile ``share`` of the values, in their unit."""
    if share == 0.5 or len(values) < 2:
        return median(values)
    return quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


def shown(found: Mapping[str, Any]) -> str:
    """Return a ratio as the tables print it, e.g. "0.21 [0.20, 0.23]"."""
    return f"{found['ratio']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def publish(name: str, header: Sequence[str], rows: Sequence[Sequence[str]], raw: Any) -> None:
    """Print a Markdown table and write it with all times as JSON to ``RESULTS``."""
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    RESULTS.mkdir(parents=True, exist_ok=True)
    report = {"schema": 1, "benchmark": name, "machine": machine(), "rows": rows, "raw": raw}
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=1))

"""The retrieval table: our ranking against simple methods, on public collections and our own set.

``python -m benchmarks.retrieval [--collections FOLDER] [--home FOLDER] [NAME …]`` runs each
BEIR folder under FOLDER (default: beir) and then our own test half, and prints a Markdown
table of nDCG@10 with paired 95 % bootstrap intervals against the best single method.
Indexes and vectors are kept under the home, so that a second run only searches.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evals.compare import compare_sides, open_side
from evals.runs import RunFolder
from evals.session import Wish, retrieval_run
from rag.app import App, open_app

NAMES = ("scifact", "cranfield", "cacm", "litsearch-mix", "pubmedqa-l")
SINGLE = ("bm25", "dense", "rrf", "convex")
MEASURE = "nDCG@10"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collections", type=Path, default=Path("beir"))
    parser.add_argument("--home", type=Path, default=Path(".cache/benchmarks"))
    parser.add_argument("names", nargs="*", default=list(NAMES))
    given = parser.parse_args(arguments)
    opener = partial(open_home, given.home)
    wishes = [(name, Wish("retrieval", beir=given.collections / name)) for name in given.names]
    wishes.append(("our own, test half", Wish("retrieval", split="test")))
    print(f"| collection | n | papers | {' | '.join(SINGLE)} | Δ to the best single [95 %] |")
    print(f"|---|---|---|{'---|' * len(SINGLE)}---|")
    rows = []
    for name, wish in wishes:
        folder = retrieval_run(opener, wish, lambda _stage, _done, _total: None)
        rows.append(_row(folder))
        print(_printed(name, rows[-1]), flush=True)
    public = rows[:-1]
    if len(public) > 1:
        print(_printed_means(public))


def open_home(home: Path, **overrides: Any) -> App:
    """Open the corpus at ``home``, or where the overrides say."""
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return open_app(home=dotted.pop("index.home", home), overrides=dotted)


def _row(folder: RunFolder) -> dict[str, Any]:
    sides = {name: open_side(folder.path, name) for name in ("papers", *SINGLE)}
    means = {n: _mean(list(side.scores[MEASURE].values())) for n, side in sides.items()}
    best = max(SINGLE, key=lambda name: means[name])
    compared = compare_sides(sides[best], sides["papers"])["measures"][MEASURE]
    return {"n": len(sides["papers"].scores[MEASURE]), "means": means, "best": best, **compared}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _printed(name: str, row: dict[str, Any]) -> str:
    means = row["means"]
    singles = " | ".join(f"{means[s]:.3f}" for s in SINGLE)
    low, high = row["interval"]
    delta = f"{row['delta']:+.3f} [{low:+.3f}, {high:+.3f}] ({row['best']})"
    return f"| {name} | {row['n']} | **{means['papers']:.3f}** | {singles} | {delta} |"


def _printed_means(rows: Sequence[dict[str, Any]]) -> str:
    means = {s: _mean([row["means"][s] for row in rows]) for s in ("papers", *SINGLE)}
    singles = " | ".join(f"{means[s]:.3f}" for s in SINGLE)
    return f"| mean of the public ones | | **{means['papers']:.3f}** | {singles} | |"


if __name__ == "__main__":
    main()

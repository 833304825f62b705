"""What both sides of ``benchmarks.pipeline`` do alike: ask a collection's questions, and report."""

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

SAMPLE = 64  # papers on which the time of embedding is taken
QUESTIONS = 60


def rows(file: Path) -> list[dict[str, str]]:
    """Return the lines of a JSONL file."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def ask_and_report(
    collection: Path, ask: Callable[[str], object], ingested: dict[str, float], papers: int
) -> None:
    """Ask, after one question to warm up, and print the turn as a line of JSON."""
    questions = [row["text"] for row in rows(collection / "queries.jsonl")]
    ask(questions[0])
    asked = []
    for question in questions[1 : QUESTIONS + 1]:
        start = time.perf_counter()
        ask(question)
        asked.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**ingested, "papers": papers, "asked": asked, "memory": memory}))


def rank_and_report(collection: Path, rank: Callable[[str], list[str]]) -> None:
    """Print what ``rank`` returns for every question, by its id, as a line of JSON."""
    found = {row["_id"]: rank(row["text"]) for row in rows(collection / "queries.jsonl")}
    print(json.dumps({"ranked": found}))

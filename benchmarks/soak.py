"""Ten minutes of everything at once: ``python -m benchmarks.soak --minutes 10``.

One process asks all the time, writers add and remove papers and are killed half the time
(SIGKILL, at random moments; refused: the reader was just publishing what a killed one
left), and a fresh process is asked the same now and then. Printed
as a Markdown table: papers acknowledged and lost, crashes, answers that differed, memory
and open files of the asking process, generations on disk. Exit code 1 when a paper is
lost, a process crashes, an answer differs or memory grows.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from benchmarks.soak_figures import Sample, growth, lines
from benchmarks.soak_processes import (
    acknowledged,
    build,
    generations,
    made_id,
    made_title,
    resources,
    write_papers,
)
from rag.errors import LockedError

BATCH = 300  # papers of one addition: three commits
KEPT = 1200  # made-up papers at the start, and above which some are removed
FLAT = 2.0  # MB a minute that memory may seem to grow
COUNTS = (
    "acknowledged", "lost", "unexpected", "removed", "writers", "killed", "refused", "crashes",
    "asks", "searches", "not found", "compared", "different", "findings",
)  # fmt: skip
WRONG = ("lost", "unexpected", "crashes", "not found", "different", "findings")
QUESTIONS = (
    "How much does CGRS shorten reasoning, and on which benchmarks?",
    "What makes planning with language models cheaper?",
    "papers by Tencent since 2025",
    "Which methods correct themselves?",
    "How do glaciers change in case1?",
)


class Reader:
    """A process that answers, one request at a time."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak_processes", "serve", str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.pid = self._process.pid

    def ask(self, **request: Any) -> dict[str, Any]:
        """Return the reply to a request; an empty one when the process has died."""
        to, back = self._process.stdin, self._process.stdout
        try:
            _piped(to).write(json.dumps(request) + "\n")
            _piped(to).flush()
            reply: dict[str, Any] = json.loads(_piped(back).readline() or "{}")
        except (OSError, ValueError):
            return {}
        return reply

    def close(self) -> int:
        """End the process; return its exit code."""
        self._process.communicate(timeout=60)
        return self._process.returncode


class Soak:
    """What is known to be in the corpus, what was done, and what went wrong."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.there = set(range(KEPT))  # acknowledged and not removed
        self.unsure: set[int] = set()  # on their way in or out when a writer was killed
        self.unpublished: set[int] = set()  # acknowledged by one that was killed since
        self.next = KEPT
        self.samples: list[Sample] = []
        self.reader = Reader(home)

    def run(self, seconds: float) -> None:
        """Do one thing after the other until the time is over."""
        start = time.monotonic()
        actions, weights = (self.ask, self.find, self.write, self.compare), (12, 6, 4, 1)
        while (now := time.monotonic() - start) < seconds:
            self.dice.choices(actions, weights)[0]()
            if told := self.reader.ask(count=True):
                memory, files = resources(self.reader.pid)
                folders = generations(self.home)
                self.samples.append(Sample(now, memory, files, folders, told["count"]))
            self._note_crash(told)

    def ask(self) -> None:
        """Ask the reader a question."""
        self.counts["asks"] += 1
        self._note_crash(self.reader.ask(ask=self.dice.choice(QUESTIONS)))

    def find(self) -> None:
        """Look for a paper that must be there."""
        number = self.dice.choice(sorted(self.there - self.unpublished))
        reply = self.reader.ask(find=made_title(number), id=made_id(number))
        self.counts["searches"] += 1
        self._note_crash(reply)
        if reply and not reply["found"]:
            self.counts["not found"] += 1
            print(f"not found: {made_title(number)!r} {json.dumps(reply)}", file=sys.stderr)

    def compare(self) -> None:
        """Ask the reader and a fresh process the same; nothing is written meanwhile."""
        question = self.dice.choice(QUESTIONS)
        fresh = Reader(self.home)  # on opening, it publishes what a killed writer left
        replies = [reader.ask(ask=question) for reader in (fresh, self.reader)]
        fresh.close()
        self.unpublished.clear()
        self.counts["compared"] += 1
        self.counts["different"] += replies[0] != replies[1]

    def write(self) -> None:
        """Add papers, or remove some when there are many; kill the writer half the time."""
        if len(self.there) > KEPT:
            numbers = self.dice.sample(sorted(self.there), BATCH)
            words = ["remove", *map(made_id, numbers)]
        else:
            numbers = sorted(self.unsure)[:BATCH] or self._fresh()
            path = write_papers(self.home.with_suffix(".jsonl"), numbers)
            words = ["add", str(path)]
        self._written(words[0], numbers, *self._run_writer(words))

    def _fresh(self) -> list[int]:
        self.next += BATCH
        return list(range(self.next - BATCH, self.next))

    def _run_writer(self, words: list[str]) -> tuple[int, bool]:
        """Run a writer; return how many papers it acknowledged, and whether it finished."""
        writer = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak_processes", words[0], str(self.home), *words[1:]],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.counts["writers"] += 1
        first = ""
        if self.dice.random() < 0.5:
            first = _piped(writer.stdout).readline()  # it has opened the index
            until = time.monotonic() + self.dice.uniform(0.0, 1.5)
            while writer.poll() is None and time.monotonic() < until:
                self.ask()
            self.counts["killed"] += writer.poll() is None
            writer.kill()
        out = [first, *writer.communicate()[0].splitlines()]
        self.counts["refused"] += writer.returncode == LockedError.exit_code
        self.counts["crashes"] += writer.returncode not in (0, -9, LockedError.exit_code)
        return acknowledged(iter(out)), "done" in out

    def _written(self, action: str, numbers: Sequence[int], kept: int, finished: bool) -> None:
        if finished:
            self.unpublished.clear()
        if action == "remove":
            self.counts["removed"] += len(numbers) if finished else 0
            self.there -= set(numbers)
            self.unsure = self.unsure - set(numbers) if finished else self.unsure | set(numbers)
            return
        self.counts["acknowledged"] += kept
        self.there |= set(numbers[:kept])
        self.unpublished |= set() if finished else set(numbers[:kept])
        self.unsure = (self.unsure - set(numbers[:kept])) | set(numbers[kept:])

    def _note_crash(self, reply: dict[str, Any]) -> None:
        if not reply:
            self.counts["crashes"] += 1
            self.reader.close()
            self.reader = Reader(self.home)

    def settle(self, at_first: int) -> None:
        """Compare what is there with what must be, in a fresh process."""
        self.counts["crashes"] += self.reader.close() != 0
        last = Reader(self.home)
        last.ask(ask=QUESTIONS[0])  # opening publishes what a killed writer left unpublished
        papers = set(last.ask(papers=True).get("papers", ()))
        must = set(map(made_id, self.there))
        may = must | set(map(made_id, self.unsure))
        self.counts["lost"] = len(must - papers)
        self.counts["unexpected"] = len(papers) - at_first - len(papers & may)
        findings = last.ask(verify=True).get("findings", ("no reply",))
        self.counts["findings"] = len(findings)
        print(*findings, sep="\n", file=sys.stderr, end="")
        last.close()


def _piped(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print the table, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=Path, help="write them there, one JSON object a line")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="papers-soak-") as folder:
        home = Path(folder) / "home"
        at_first = build(home, range(KEPT)) - KEPT
        soak = Soak(home, given.seed)
        soak.run(60 * given.minutes)
        soak.settle(at_first)
    if given.samples:
        given.samples.write_text("".join(json.dumps(s._asdict()) + "\n" for s in soak.samples))
    counted = [f"| {name} | {soak.counts[name]:,} |" for name in COUNTS]
    print("| what | count |", "|---|---|", *counted, *lines(soak.samples), sep="\n")
    grew = growth(soak.samples).slope > FLAT
    return 1 if grew or any(soak.counts[name] for name in WRONG) else 0


if __name__ == "__main__":
    sys.exit(main())

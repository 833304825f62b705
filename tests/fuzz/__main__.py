"""Fuzz with atheris: ``python -m tests.fuzz [TARGET …] [--seconds 300]``; see ``make fuzz``.

The time is shared between the targets, one process each, because the fuzzer ends its
process. What it finds lies under ``.cache/fuzz``: inputs worth keeping as the next run's
start, and inputs that broke something. Exit code 1 when something broke.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.seeds import SEEDS

FOLDER = Path(".cache/fuzz")
SLOWEST = 5  # seconds that one input may take
MOST_MEMORY = 1500  # MB
LONGEST = 4096  # bytes of one input
_SHARES = {"readers": 3}  # of the time; the others get one each


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, print what was tried and found; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(SEEDS)}; all when none is given")
    parser.add_argument("--seconds", type=int, default=300, help="for all targets together")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    given, rest = parser.parse_known_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("make fuzz needs atheris; mend: pip install atheris", file=sys.stderr)
        return 2
    if given.worker:
        _work(given.worker, rest)
    if unknown := set(given.targets) - set(SEEDS):
        print(f"no such target: {', '.join(sorted(unknown))}; known: {', '.join(SEEDS)}")
        return 2
    chosen = given.targets or list(SEEDS)
    total = sum(_SHARES.get(name, 1) for name in chosen)
    print("| target | seconds | executions | findings |")
    print("|---|---|---|---|")
    found = [_fuzzed(n, max(1, given.seconds * _SHARES.get(n, 1) // total)) for n in chosen]
    return 1 if any(found) else 0


def _fuzzed(name: str, seconds: int) -> bool:
    """Fuzz one target in a process of its own, print its row, return whether anything broke."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (folder / f"seed-{number}").write_bytes(seed.encode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.fuzz", "--worker", name, str(folder),
            f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MOST_MEMORY}",
            f"-max_len={LONGEST}", "-print_final_stats=1", "-verbosity=1",
            f"-artifact_prefix={FOLDER}/{name}-",
        ],
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    executed = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    broken = done.returncode != 0
    print(
        f"| {name} | {seconds} | {executed[1] if executed else '?'} | {_told(done.stderr) if broken else 0} |",
        flush=True,
    )
    return broken


def _told(log: str) -> str:
    """Return the end of a failed run's log: the exception, and where its input lies."""
    lines = [
        line for line in log.splitlines() if re.search(r"Error|Exception|Test unit|ERROR:", line)
    ]
    (FOLDER / "last-failure.log").write_text(log, encoding="utf-8")
    return "; ".join(lines[-4:]).replace("|", "/") or log[-300:]


def _work(name: str, options: Sequence[str]) -> None:
    """Run one target until its time is over; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["rag"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

"""Known holes, in our code and in the packages it uses: ``python -m tests.audit``, ``make audit``.

bandit reads the code, pip-audit asks a public database about the installed packages.
What cannot be asked is said and does not fail: the database may be out of reach. Exit
code 1 when there is a finding.
"""

import json
import subprocess
import sys
from dataclasses import dataclass

LONGEST_WAIT = 300  # seconds for the database


@dataclass(frozen=True, slots=True)
class Asked:
    """What the database said: holes by package, and how many packages it could tell of."""

    holes: tuple[str, ...]
    known: int
    unknown: int


def read_reply(text: str) -> Asked:
    """Return what a reply of pip-audit (JSON) says. Raises ValueError when it is none."""
    reply = json.loads(text)
    if not isinstance(reply, dict) or "dependencies" not in reply:
        raise ValueError("no list of packages")
    checked = [row for row in reply["dependencies"] if "skip_reason" not in row]
    holes = tuple(
        f"{row['name']} {row['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or '–'}"
        for row in checked
        for hole in row["vulns"]
    )
    return Asked(holes, len(checked), len(reply["dependencies"]) - len(checked))


def ask() -> Asked | None:
    """Return what the database says of the installed packages, None when it does not answer."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--timeout", "10"],
            capture_output=True, text=True, timeout=LONGEST_WAIT, check=False,
        )  # fmt: skip
        return read_reply(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def verdict(asked: Asked | None) -> tuple[str, int]:
    """Return what to print of the packages, and the exit code."""
    if asked is None or not asked.known:
        return "packages: could not be checked, the database does not answer", 0
    rest = f"; {asked.unknown} could not be checked" if asked.unknown else ""
    if asked.holes:
        return "\n".join([f"packages: {len(asked.holes)} known holes{rest}", *asked.holes]), 1
    return f"packages: no known hole in {asked.known}{rest}", 0


def main() -> int:
    """Run both, print what they found, return the exit code."""
    code = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "rag", "evals"],
        check=False,
    ).returncode
    print("code: " + ("no finding" if code == 0 else "see above"))
    text, holes = verdict(ask())
    print(text)
    return 1 if code or holes else 0


if __name__ == "__main__":
    sys.exit(main())

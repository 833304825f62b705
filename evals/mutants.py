"""Plant known bugs in the scorers, one at a time, and see that the tests notice each.

``python -m evals.mutants`` works on a temporary copy of a checkout and changes nothing
in it. It exits 0 when no bug survives. A bug whose place is not found counts as one
that survived: the list has to follow the code.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_COPIED = ("evals", "tests", "pyproject.toml")
_LINKED = ("rag", "prompts", "config")


class Mutant(NamedTuple):
    """A bug: in ``file`` of evals, the one place that reads ``old`` reads ``new``.

    ``tests`` names the test files, by their part after ``test_evals_``, that must fail.
    """

    file: str
    old: str
    new: str
    tests: str = "answers ladder"


MUTANTS = (
    Mutant("measures.py", "if any(g > 0 for g", "if any(g >= 0 for g", "measures"),
    Mutant("measures.py", "len(papers) - i for", "i for", "measures"),
    Mutant("measures.py", "without_repeats(run.get(topic, ()))", "list(run.get(topic, ()))", "measures"),
    Mutant("measures.py", "if grade == max(grades.values())", "if grade > 0", "measures"),
    Mutant("measures.py", "in run[topic][:k]}", "in run[topic]}", "measures"),
    Mutant("measures.py", "if len(best) > 1:", "if len(best) > 0:", "measures"),
    Mutant("measures.py", "if values else None", "if values else 0.0", "measures"),
    Mutant("trec.py", "{n - rank + 1}", "{rank}", "trec"),
    Mutant("trec.py", "p.paper_id.encode(), reverse=True", "p.paper_id.encode()", "trec measures"),
    Mutant("trec.py", "-float(np.float32(p.score))", "-p.score", "trec"),
    Mutant("binding.py", "max(relevant.grade, row.get(paper_id, 0))", "relevant.grade", "formats"),
    Mutant("beir.py", "qrels.setdefault(topic_id, {})[paper_id] = grade", "qrels.setdefault(topic_id, {})[paper_id] = 1", "formats"),
    Mutant("retrieval.py", "len(folder.topics) - len(measured_topics(folder.qrels))", "0", "runs"),
    Mutant("nuggets.py", "if n.vital or not vital]", "]"),
    Mutant("nuggets.py", 'if answer.get("abstained"):\n        return ""', "if False:\n        return ''"),
    Mutant("nuggets.py", '"\\n".join(dict', '" ".join(dict'),
    Mutant("citations.py", "total = len(cited) + invalid_count(answer)", "total = len(cited)"),
    Mutant("citations.py", "/ total if total else 0.0\n\n\ndef citation_recall", "/ total if total else 1.0\n\n\ndef citation_recall"),
    Mutant("citations.py", "grades.get(p, 0) > 0 for p", "p in grades for p"),
    Mutant("citations.py", "if grade == best}", "if grade > 0}"),
    Mutant("citations.py", 'abstract[citation["start"] : citation["end"]] == quote', "quote in abstract"),
    Mutant("citations.py", "total = len(citations) + invalid_count(answer)", "total = len(citations)"),
    Mutant("citations.py", "if set(_NUMBER.findall(claim)) - set(_NUMBER.findall(premise)):", "if False:"),
    Mutant("citations.py", "needed += alone or not", "needed += alone and not"),
    Mutant("abstention.py", "_ratio(right, right + wrong)", "_ratio(right, unanswerable)"),
    Mutant("abstention.py", "0.5 * (a == b)", "1.0 * (a == b)"),
    Mutant("abstention.py", "wrong += not outcome.right", "wrong += outcome.right"),
    Mutant("abstention.py", "n / len(outcomes)", "n / len(answered)"),
    Mutant("abstention.py", "for o in outcomes if not o.abstained]\n    right", "for o in answerable if not o.abstained]\n    right"),
    Mutant("worth.py", "return 1.0 if abstained else -1.0", "return 1.0 if abstained else 0.0"),
    Mutant("worth.py", "if abstained:\n        return 0.0", "if abstained:\n        return -1.0"),
    Mutant("worth.py", "grades.get(paper, 0) > 0 for paper", "True for paper"),
    Mutant("attribution.py", "if not gold & set(retrieved):", "if False:"),
    Mutant("attribution.py", "Failure.MISCITED if _says_any(topic, answer) else Failure.NOT_USED", "Failure.NOT_USED"),
    Mutant("stats.py", "(np.abs(signs @ values) >= observed - 1e-12)", "(signs @ values >= observed - 1e-12)", "compare"),
    Mutant("stats.py", "largest = max(largest, min(", "largest = (min(", "compare"),
    Mutant("stats.py", "(_Z_BOTH_SIDES + _Z_POWER) * spread", "_Z_BOTH_SIDES * spread", "compare"),
    Mutant("stats.py", "tail = (1 - confidence) / 2", "tail = 1 - confidence", "compare"),
    Mutant("compare.py", "after[t] - before[t] for t", "before[t] - after[t] for t", "compare"),
    Mutant("gate.py", "if low > -margin or", "if high > -margin or", "compare"),
    Mutant("gate.py", 'row["delta"] is None:\n        return Gate.INVALID', 'row["delta"] is None:\n        return Gate.PASS', "compare"),
    Mutant("gate.py", 'if side.folder.fake_model:', "if False:", "compare"),
    Mutant("lint_judged.py", "elif (topic, paper) in first:", "elif False:", "lint"),
    Mutant("judge/cassettes.py", '"repeat": self.repeat,', '"repeat": 0,', "judge"),
    Mutant("judge/cassettes.py", '"prompt": self.prompt,', '"prompt": "",', "judge"),
    Mutant("judge/cassettes.py", '"parameters": dict(self.parameters),', '"parameters": {},', "judge"),
    Mutant("judge/judging.py", "_VERDICT.match(text)", "_VERDICT.search(text)", "judge"),
    Mutant("judge/calibration.py", "        return _UNREAD\n", "        return 1\n", "judge"),
    Mutant("judge/calibration.py", "(agreed - chance) / room", "agreed / room", "judge"),
    Mutant("judge/calibration.py", "for code in range(3)", "for code in range(2)", "judge"),
    Mutant("judge/scoring.py", "                continue\n", "                value = 0.0\n", "judge"),
    Mutant("judge/scoring.py", "bool(premise.strip()) and judge", "judge", "judge"),
)  # fmt: skip


def survivors(mutants: Sequence[Mutant], root: Path = ROOT) -> list[Mutant]:
    """Return the bugs that no test noticed. Needs a checkout with its tests."""
    with tempfile.TemporaryDirectory() as name:
        copy = _copied(root, Path(name) / "checkout")
        return [m for m in mutants if not _noticed(m, copy)]


def _copied(root: Path, target: Path) -> Path:
    target.mkdir()
    for name in _COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    for name in _LINKED:
        (target / name).symlink_to(root / name)
    return target


def _noticed(mutant: Mutant, checkout: Path) -> bool:
    path = checkout / "evals" / mutant.file
    sound = path.read_text(encoding="utf-8")
    if sound.count(mutant.old) != 1:
        _say(f"not found exactly once in {mutant.file}: {mutant.old!r}")
        return False
    path.write_text(sound.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        failed = _tests_fail(mutant.tests.split(), checkout)
    finally:
        path.write_text(sound, encoding="utf-8")
    _say(f"{'noticed ' if failed else 'SURVIVED'} {mutant.file}: {mutant.old!r} → {mutant.new!r}")
    return failed


def _tests_fail(names: Sequence[str], checkout: Path) -> bool:
    files = [f"tests/test_evals_{name}.py" for name in names]
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        _say(f"the tests could not run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.returncode == 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Try every bug; return the exit code."""
    if not (ROOT / "tests").is_dir():
        _say("this needs a checkout: the tests are not installed with the package")
        return 2
    with tempfile.TemporaryDirectory() as name:
        sound = _copied(ROOT, Path(name) / "checkout")
        if _tests_fail(sorted({t for m in MUTANTS for t in m.tests.split()}), sound):
            _say("the tests fail without any bug planted; mend them first")
            return 2
    alive = survivors(MUTANTS)
    _say(f"{len(MUTANTS) - len(alive)} of {len(MUTANTS)} bugs noticed")
    return 1 if alive else 0


if __name__ == "__main__":
    raise SystemExit(main())

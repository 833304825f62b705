"""What SECURITY.md promises of the code, of the files it makes and of the packages it takes."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.audit import Asked, read_reply, verdict
from tests.faults.conftest import command, write_corpus

ROOT = Path(__file__).parents[1]
SHIPPED = sorted(path for room in ("rag", "evals") for path in (ROOT / room).rglob("*.py"))
# First versions without a hole that concerns what we do, and the advisory.
DIRECT = {
    "langchain-core": ("1.2.31", "CVE-2025-68664, CVE-2026-34070, CVE-2026-41488"),
    "langchain-openai": ("1.1.14", "CVE-2026-41488: counting tokens fetches addresses"),
    "pydantic": ("2.4.0", "CVE-2024-3772"),
    "scikit-learn": ("1.5.0", "CVE-2024-5206"),
    "pyarrow": ("14.0.1", "CVE-2023-47248: reading a file runs code"),
    "tokenizers": ("0.20.1", "unsound reading of tokenizer files"),
}
BROUGHT = {
    "h11": ("0.16.0", "CVE-2025-43859: lenient chunked bodies"),
    "langgraph-checkpoint": ("3.0.0", "CVE-2025-64439: reading runs code"),
    "requests": ("2.32.4", "CVE-2024-47081: sends passwords elsewhere"),
    "urllib3": ("2.6.3", "CVE-2025-66418, CVE-2026-21441: bombs"),
}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def keywords(call: ast.Call) -> dict[str, str]:
    return {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_reads_can_run_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"} & set(imports(tree))
    for name, call in calls(tree):
        assert name not in ("eval", "exec", "compile", "os.system", "os.popen", "yaml.load"), name
        assert "shell" not in keywords(call), f"line {call.lineno}"
        if name.endswith(("np.load", "numpy.load")):
            assert keywords(call).get("allow_pickle", "False") == "False"
        assert keywords(call).get("allow_pickle", "False") == "False"
        assert keywords(call).get("trust_remote_code", "False") == "False"


def test_everything_in_a_home_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    home = tmp_path / "home"
    corpus = write_corpus(tmp_path / "corpus.jsonl", 300)

    def run(*words: str, stdin: str = "") -> None:
        done = subprocess.run(
            ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh", *command(home, *words)],
            input=stdin, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    run("index", "add", str(corpus))
    run("chat", stdin="What of case7?\n/save mine\n")
    run("index", "rebuild")
    found = {str(p.relative_to(home)): _mode(p) for p in [home, *home.rglob("*")]}
    # What lies in a folder that nobody else may enter is out of reach, whatever its own mode.
    assert found["."] == 0o700
    assert found["transcripts.sqlite"] == 0o600
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_dependency_floors_exclude_versions_with_known_holes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    floors = {}
    for requirement in map(Requirement, [*project["dependencies"], *extras]):
        bounds = [Version(s.version) for s in requirement.specifier if s.operator in (">=", "==")]
        floors[requirement.name] = min(bounds)
    for name, (safe, advisory) in DIRECT.items():
        assert floors[name] >= Version(safe), f"{name} needs {safe}: {advisory}"


def test_pinned_versions_exclude_known_holes() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    for name, (safe, advisory) in {**DIRECT, **BROUGHT}.items():
        if name in pinned:
            assert Version(pinned[name]) >= Version(safe), f"{name} needs {safe}: {advisory}"
    assert set(BROUGHT) <= set(pinned)


def test_bandit_finds_nothing() -> None:
    pytest.importorskip("bandit", reason="bandit is not installed; make audit installs it")
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "rag", "evals"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


HOLE = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": [], "description": "x"}


@pytest.mark.parametrize(
    ("rows", "said", "code"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], "no known hole in 1", 0),
        ([{"name": "a", "version": "1", "vulns": [HOLE]}], "a 1: PYSEC-1, mended in 2.0", 1),
        ([{"name": "a", "skip_reason": "not found"}], "could not be checked", 0),
    ],
)
def test_what_the_database_says_of_packages(rows: list[object], said: str, code: int) -> None:
    text, exit_code = verdict(read_reply(json.dumps({"dependencies": rows, "fixes": []})))
    assert said in text
    assert exit_code == code


def test_a_database_out_of_reach_does_not_fail_the_audit() -> None:
    assert verdict(None) == ("packages: could not be checked, the database does not answer", 0)
    assert "1 could not be checked" in verdict(Asked((), 3, 1))[0]
    with pytest.raises(ValueError):  # noqa: PT011 - any that json raises
        read_reply("<html>")


def test_no_key_stands_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    key = re.compile(r"\b(sk-(?:proj-)?[A-Za-z0-9]{32,}|ghp_\w{36}|AKIA[0-9A-Z]{16})\b")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2**20:
            assert not key.search(path.read_text(encoding="utf-8", errors="replace")), name
    assert os.environ.get("OPENAI_API_KEY") is None

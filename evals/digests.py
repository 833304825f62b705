"""Hashes that say what a run rests on: files, the corpus, prompts, settings, code."""

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import rag
from rag.records import Paper
from rag.resources import root

_PACKAGES = (
    "bm25s", "chromadb", "ir-measures", "langchain", "numpy", "onnxruntime",
    "pytrec-eval-terrier", "scipy", "tiktoken", "tokenizers",
)  # fmt: skip


def file_sha256(*paths: Path) -> str:
    """Return the sha256 of the files' bytes, one after another."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def corpus_sha256(papers: Iterable[Paper]) -> str:
    """Return the sha256 of ids, titles and abstracts, whatever the order of the papers."""
    rows = sorted(f"{p.paper_id}\0{p.title}\0{p.abstract}" for p in papers)
    return hashlib.sha256("\1".join(rows).encode("utf-8", "replace")).hexdigest()


def json_sha256(value: Any) -> str:
    """Return the sha256 of a JSON-ready value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def prompts_sha256() -> str:
    """Return the sha256 of the prompts of the system under test, in name order.

    Those of a judge decide nothing before the answers are there.
    """
    files = sorted((root() / "prompts").glob("*.md"))
    return file_sha256(*(f for f in files if not f.name.startswith("judge_")))


def code_sha256() -> str:
    """Return the sha256 of the sources of the system under test."""
    package = Path(rag.__file__).parent
    return file_sha256(*sorted(package.rglob("*.py")))


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of the libraries that set results."""
    import platform

    found = {"python": platform.python_version(), "papers": rag.__version__}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found

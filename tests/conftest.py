"""Fixtures that every room's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app import App, open_app
from rag.corpus import read_papers
from rag.corpus.merge import merge
from rag.records import Paper
from rag.resources import sample_corpus
from tests.fakes import HashedEmbedder


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("PAPERS_", "OPENAI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sample_papers() -> list[Paper]:
    """Return the 283 papers of the sample corpus, merged."""
    papers: dict[str, Paper] = {}
    for page in sample_corpus():
        for paper in read_papers(page):
            assert isinstance(paper, Paper)
            known = papers.get(paper.paper_id)
            papers[paper.paper_id] = merge(known, paper) if known else paper
    return list(papers.values())


@pytest.fixture(scope="session")
def sample_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Return an app over the sample corpus with the real default embedder, built once."""
    app = open_app(home=tmp_path_factory.mktemp("sample-home"))
    app.ensure_corpus()
    yield app
    app.index.close()


@pytest.fixture
def small_app(tmp_path: Path) -> Iterator[App]:
    """Return an app on an empty home with an embedder that hashes words."""
    app = open_app(home=tmp_path / "home", embedder=HashedEmbedder())
    yield app
    app.index.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of benchmark collections beside the checkout, or skip."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the benchmark collections do not lie beside the checkout")
    return folder

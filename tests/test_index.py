"""The index keeps what it acknowledged, embeds nothing twice, and finds its own damage.

Each of these tests runs twice: with Chroma in this process, and with a Chroma server.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.app import App, open_app
from rag.embedding import Encoded, Passage
from rag.errors import LockedError, MismatchError, NewerVersionError
from rag.index.locking import writer_lock
from rag.records import Paper
from rag.resources import sample_corpus
from tests.fakes import HashedEmbedder
from tests.index_stores import store

__all__ = ["store"]

TOPICS = ("glacier melting", "violin acoustics", "bee navigation", "tax law", "protein folding")


@pytest.fixture
def small_app(tmp_path: Path, store: str) -> Iterator[App]:
    """Return an app on an empty home with an embedder that hashes words."""
    app = opened(tmp_path / "home", store)
    yield app
    app.index.close()


def opened(home: Path, store: str, embedder: HashedEmbedder | None = None) -> App:
    embedder = embedder or HashedEmbedder()
    return open_app(home=home, overrides={"index.store": store}, embedder=embedder)


def papers(n: int, start: int = 0) -> list[Paper]:
    return [
        Paper(
            f"id-{i}", f"Paper {i} on {TOPICS[i % 5]}",
            f"We study {TOPICS[i % 5]} with method m{i}. It improves result r{i} by {i} %.",
            sources=("made",),
        )
        for i in range(start, start + n)
    ]  # fmt: skip


def titles(app: App, query: str, k: int = 5) -> list[str]:
    return [hit.paper.title for hit in app.search(query, k=k).hits]


def test_what_is_added_is_found(small_app: App) -> None:
    small_app.index.add_papers(papers(20))
    assert titles(small_app, "method m7", 1) == ["Paper 7 on bee navigation"]
    assert small_app.index.verify() == []


def test_the_same_papers_again_embed_nothing(small_app: App) -> None:
    small_app.index.add_papers(papers(20))
    before = small_app.embedder.embedded  # type: ignore[attr-defined]
    report = small_app.index.add_papers(papers(20))
    assert (report.unchanged, report.embedded) == (20, 0)
    assert small_app.embedder.embedded == before  # type: ignore[attr-defined]


def test_a_changed_abstract_replaces_the_old_text_everywhere(small_app: App) -> None:
    small_app.index.add_papers(papers(10))
    changed = Paper(
        "id-3", "Paper 3 on tax law", "Now about submarine volcanoes.", sources=("made",)
    )
    report = small_app.index.add_papers([changed])
    assert report.updated == 1
    assert titles(small_app, "submarine volcanoes", 1) == ["Paper 3 on tax law"]
    found = small_app.search("method m3", k=10).hits
    assert all("m3." not in e.text for hit in found for e in hit.evidence)
    home = small_app.settings.index.folder
    stale = [f.name for f in home.rglob("*") if f.is_file() and b"method m3." in f.read_bytes()]
    small_app.index.close()
    assert set(stale) <= {"catalogue.sqlite-wal"}
    assert b"method m3." not in (home / "catalogue.sqlite").read_bytes()


def test_removed_papers_are_found_nowhere(small_app: App) -> None:
    small_app.index.add_papers(papers(10))
    assert small_app.index.remove(["id-4", "unknown"]) == ["id-4"]
    assert "Paper 4 on protein folding" not in titles(small_app, "protein folding m4", 10)
    assert small_app.index.verify() == []


def test_an_open_reader_notices_a_writer(small_app: App, store: str) -> None:
    small_app.index.add_papers(papers(10))
    assert "Paper 12 on bee navigation" not in titles(small_app, "method m12", 10)
    writer = opened(small_app.settings.index.folder, store)
    writer.index.add_papers(papers(5, start=10))
    writer.index.remove(["id-2"])
    assert titles(small_app, "method m12", 1) == ["Paper 12 on bee navigation"]
    assert "Paper 2 on bee navigation" not in titles(small_app, "method m2", 20)


def test_many_small_additions_equal_one_large(tmp_path: Path, store: str) -> None:
    steps = opened(tmp_path / "steps", store)
    for start in range(0, 30, 3):
        steps.index.add_papers(papers(3, start))
    steps.index.remove(["id-5"])
    once = opened(tmp_path / "once", store)
    once.index.add_papers([p for p in papers(30) if p.paper_id != "id-5"])
    for query in ("bee navigation m7", "tax law", "result r22 violin"):
        assert titles(steps, query, 8) == titles(once, query, 8)


def test_the_second_writer_is_told_who_holds_the_lock(small_app: App) -> None:
    with writer_lock(small_app.index.home), pytest.raises(LockedError, match="process"):
        small_app.index.add_papers(papers(1))


def test_another_embedder_is_refused_and_rebuild_mends(small_app: App, store: str) -> None:
    small_app.index.add_papers(papers(8))
    other = HashedEmbedder("hashed-other")
    index = opened(small_app.index.home, store, other).index
    with pytest.raises(MismatchError, match="papers index rebuild"):
        index.dense(other.embed_query("bees"), 3)
    with pytest.raises(MismatchError):
        index.add_papers(papers(1))
    assert index.rebuild() == 8
    assert len(index.dense(other.embed_query("bees"), 3)) == 3
    assert index.rebuild() == 0


def test_a_newer_index_is_refused_untouched(small_app: App, store: str) -> None:
    small_app.index.add_papers(papers(3))
    folder = small_app.index.generations.path(small_app.index.generation)
    home = small_app.index.home
    small_app.index.close()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    with pytest.raises(NewerVersionError, match="upgrade"):
        _ = opened(home, store).index
    assert before == {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}


@pytest.mark.parametrize("vector", [[np.nan] * 64, [np.inf] * 64, [0.0] * 64, [1.0] * 63])
def test_unusable_vectors_are_rejected_naming_the_chunk(
    tmp_path: Path, store: str, vector: list[float]
) -> None:
    class Flawed(HashedEmbedder):
        def _encoded(self, passage: Passage) -> Encoded:
            good = super()._encoded(passage)
            bad = np.asarray(vector, dtype=np.float32)
            return Encoded(bad) if "m1 " in passage.text or "m1." in passage.text else good

    app = opened(tmp_path, store, Flawed())
    report = app.index.add_papers(papers(4))
    assert [r.reason for r in report.rejects if "id-1#0" in r.reason]
    assert app.index.catalogue.counts().papers == 3


def test_missing_rows_are_reported_with_the_mend(small_app: App) -> None:
    small_app.index.add_papers(papers(6))
    with small_app.index.catalogue.transaction():
        small_app.index.catalogue._db.execute("DELETE FROM chunk WHERE num = 2")
    findings = small_app.index.verify()
    assert any("papers index rebuild" in f for f in findings)
    small_app.index.rebuild()
    assert small_app.index.verify() == []


def test_export_is_read_back_identically(small_app: App, store: str, tmp_path: Path) -> None:
    small_app.index.add(sample_corpus())
    file = tmp_path / "corpus.jsonl"
    file.write_text("\n".join(small_app.index.export()), encoding="utf-8")
    copy = opened(tmp_path / "copy", store)
    copy.index.add([file])
    assert sorted(copy.index.export()) == sorted(small_app.index.export())


def test_the_sample_corpus_has_the_known_facts(sample_app: App) -> None:
    status = sample_app.index.status()
    facts = ("papers", "dated", "with_authors", "with_organisation", "with_comments")
    assert [status[f] for f in facts] == [283, 222, 213, 9, 76]
    assert [i["counts"]["read"] for i in status["ingests"]] == [66, 72, 121, 76]
    report = sample_app.index.add(sample_corpus())
    assert (report.unchanged, report.embedded) == (335, 0)

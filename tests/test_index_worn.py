"""A corpus that changes for long does not grow: dead chunks are not carried along for ever."""

from pathlib import Path

import pytest

from rag.index import publishing
from rag.index.index import Index
from rag.records import Paper
from tests.fakes import HashedEmbedder
from tests.index_stores import opened, store

__all__ = ["store"]

LIVING = 20


def version(number: int) -> list[Paper]:
    """Return the corpus as its abstracts stand after so many changes of all of them."""
    return [
        Paper(f"id-{i}", f"Paper {i} on bees", f"Bees dance {number} times.", sources=("made",))
        for i in range(LIVING)
    ]


@pytest.fixture
def index(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return an index that spares no more dead chunks than there are living ones."""
    monkeypatch.setattr(publishing, "SPARED", LIVING)
    return opened(tmp_path / "home", store)


class Died(BaseException):
    """Ends a writer where a kill would."""


def dead(index: Index) -> int:
    manifest = index.generations.current()
    assert manifest is not None
    return manifest.dead


def test_a_store_that_changed_for_long_holds_few_dead_chunks(index: Index) -> None:
    carried = []
    for number in range(8):
        index.add_papers(version(number))
        carried.append(dead(index))
    assert max(carried) == LIVING  # one change of everything is carried along, two are not
    assert index.verify() == []
    near = index.dense(index.embed_query("Bees dance 7 times."), 2 * LIVING)
    assert {hit.chunk.key for hit in near} == {row.key for row in index.chunks_of(range(999))}
    assert len(near) == LIVING
    index.close()


def test_laying_a_worn_store_out_anew_embeds_nothing(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "SPARED", LIVING)
    embedder = HashedEmbedder()
    index = opened(tmp_path / "home", store, embedder)
    for number in range(3):
        index.add_papers(version(number))
    assert dead(index) == 0
    assert embedder.embedded == 3 * LIVING
    index.close()


def test_a_writer_that_dies_while_laying_out_has_published_its_changes(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_publisher: publishing.Publisher) -> None:
        raise Died

    for number in range(2):
        index.add_papers(version(number))
    with monkeypatch.context() as patch:
        patch.setattr(publishing.Publisher, "_everything", die)
        with pytest.raises(Died):
            index.add_papers(version(2))
    assert dead(index) == 2 * LIVING
    near = index.dense(index.embed_query("Bees dance 2 times."), 2 * LIVING)
    assert {hit.chunk.key for hit in near} == {row.key for row in index.chunks_of(range(999))}
    index.add_papers(version(3))
    assert dead(index) == 0
    assert index.verify() == []
    index.close()


def test_what_was_dropped_is_counted_across_generations_and_openings(
    index: Index, store: str
) -> None:
    index.add_papers(version(0))
    assert dead(index) == 0
    index.remove(["id-1", "id-2"])
    index.close()
    again = opened(index.home, store)
    again.remove(["id-3"])
    assert dead(again) == 3
    again.close()


def test_the_vectors_of_a_generation_take_no_more_room_after_many_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "SPARED", LIVING)
    index = opened(tmp_path / "home", "")
    sizes = []
    for number in range(40):
        index.add_papers(version(number))
        manifest = index.generations.current()
        assert manifest is not None
        sizes.append(sum(size for name, size in manifest.files.items() if "chroma" in name))
    assert max(sizes[20:]) <= max(sizes[:20])
    index.close()

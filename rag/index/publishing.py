"""Bring the derived index up to date with the catalogue's log, and publish the result.

From an intact generation of the same space only the changes since are applied, at most
``STEP`` a generation, each published before the next begins. Otherwise everything is
laid out anew from the catalogue and published once it is complete. Nothing is embedded.

Chroma's graph never gives back the room of a chunk that was dropped, and every generation
copies it: a corpus that changes for long would grow without end. So a writer that finds
too many dead ones lays the store out anew, once its changes are published.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import MismatchError, StorageError
from rag.index import lexical
from rag.index.catalogue import Catalogue, LogRow
from rag.index.generations import FORMAT, Generations, Manifest, damage, file_sizes
from rag.index.store import Stores

STEP = 5000
WORN = 0.5  # dead chunks, as a share of the living, from which on a store is laid out anew
SPARED = 1000  # so many dead ones are never worth it


@dataclass(frozen=True, slots=True)
class Space:
    """One way of cutting and embedding: its name, the embedder's, and the vectors' length."""

    name: str
    embedder: str
    dimension: int


class Publisher:
    """Makes generations of one space. Call it only while holding the writer's lock."""

    def __init__(
        self,
        catalogue: Catalogue,
        generations: Generations,
        stores: Stores,
        space: Callable[[], Space],
    ) -> None:
        """Nothing is read or written yet; ``space`` may have to ask an embedder's server."""
        self._catalogue = catalogue
        self._generations = generations
        self._stores = stores
        self._made_space = space

    @property
    def space(self) -> Space:
        """The space that generations are made of."""
        return self._made_space()

    def refuse_mismatch(self) -> None:
        """Raise MismatchError when another embedder, chunker or kind of store is in force."""
        current = self._generations.current()
        if current is None:
            return
        mend = "papers index rebuild (keeps the old one until the new one is complete)"
        if current.space != self.space.name:
            raise MismatchError(
                f"the index was built with {current.space}, now {self.space.name} is configured; "
                f"mend: {mend}, or set the embedder back"
            )
        if current.store != self._stores.kind:
            raise MismatchError(
                f"the vectors lie in the {current.store} store, now the {self._stores.kind} one is "
                f"configured; mend: {mend}, or set index.store back"
            )

    def usable(self) -> Manifest | None:
        """Return the generation in force if it is intact, of this space and kind of store."""
        current = self._generations.current()
        if current is None or (current.space, current.store) != (
            self.space.name,
            self._stores.kind,
        ):
            return None
        return None if damage(self._generations.path(current.number), current) else current

    def is_current(self) -> bool:
        """Tell whether nothing needs publishing."""
        current = self.usable()
        return current is not None and current.seq >= self._catalogue.last_seq(self.space.name)

    def is_worn(self) -> bool:
        """Tell whether the generation in force drags too many dead chunks along."""
        current = self.usable()
        return current is not None and current.dead > max(SPARED, WORN * current.chunks)

    def publish(
        self, *, rebuild: bool = False, on_step: Callable[[int], None] = lambda _seq: None
    ) -> Manifest:
        """Publish until the catalogue's log is included; return the manifest in force."""
        current = None if rebuild else self.usable()
        if current is None or not self._stores.owns(self._generations.path(current.number)):
            current = self._step(None, self._everything())
        while rows := self._catalogue.log_after(self.space.name, current.seq, STEP):
            current = self._step(current, rows)
            on_step(current.seq)
        if self._generations.collect(self._stores.discard):
            self._stores.settle(self._generations.path(current.number))
        return current

    def _everything(self) -> list[LogRow]:
        return self._catalogue.log_after(self.space.name, 0, 2**62)

    def _step(self, base: Manifest | None, rows: Sequence[LogRow]) -> Manifest:
        number = self._generations.highest() + 1
        try:
            folder = self._generations.create(number)
            chunks = self._apply_to_store(base, folder, rows)
            papers = self._apply_to_lexical(base, folder / "lexical", rows)
            manifest = Manifest(
                number=number, format=FORMAT, space=self.space.name,
                embedder=self.space.embedder, dimension=self.space.dimension,
                seq=rows[-1].seq if rows else 0, chunks=chunks, papers=papers,
                files=file_sizes(folder), store=self._stores.kind, dead=_dead(base, rows),
            )  # fmt: skip
            self._generations.publish(manifest)
        except OSError as exc:
            raise StorageError(
                f"the index cannot be written: {exc.strerror or exc}; what was acknowledged is "
                "safe in the catalogue; mend: free space, then papers index rebuild"
            ) from exc
        return manifest

    def _apply_to_store(self, base: Manifest | None, folder: Path, rows: Sequence[LogRow]) -> int:
        old = None if base is None else self._generations.path(base.number)
        store = self._stores.create(folder, old)
        try:
            for start in range(0, len(rows), STEP):
                some = rows[start : start + STEP]
                if base is not None:  # a new store holds nothing that could be dropped
                    store.remove([row.chunk_num for row in some if row.op == "drop"])
                alive = self._catalogue.chunks(row.chunk_num for row in some if row.op == "add")
                keys = {num: chunk.key for num, chunk in alive.items()}
                vectors = self._catalogue.vectors(self.space.embedder, keys.values())
                store.add({num: vectors[key] for num, key in keys.items() if key in vectors})
            return store.seal()
        finally:
            store.close()

    def _apply_to_lexical(self, base: Manifest | None, folder: Path, rows: Sequence[LogRow]) -> int:
        touched = {row.paper_num for row in rows}
        if base is not None:
            papers = self._catalogue.papers(touched)
            fresh = {num: (p.title, p.abstract) for num, p in papers.items()}
            old = self._generations.path(base.number) / "lexical"
            if lexical.update(old, folder, touched - papers.keys(), fresh):
                return len(lexical.LexicalIndex(folder))
        lexical.build(folder, ((n, p.title, p.abstract) for n, p in self._catalogue.iter_papers()))
        return len(lexical.LexicalIndex(folder))


def _dead(base: Manifest | None, rows: Sequence[LogRow]) -> int:
    """Return how many chunks are dead in a store that was made from ``base`` by ``rows``."""
    return 0 if base is None else base.dead + sum(row.op == "drop" for row in rows)

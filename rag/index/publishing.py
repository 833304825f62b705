"""Bring the derived index up to date with the catalogue's log, and publish the result.

From an intact generation of the same space only the changes since are applied, at most
``STEP`` a generation, each published before the next begins. Otherwise everything is
laid out anew from the catalogue and published once it is complete. Nothing is embedded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import StorageError
from rag.index import lexical
from rag.index.catalogue import Catalogue, LogRow
from rag.index.generations import FORMAT, Generations, Manifest, damage, file_sizes
from rag.index.store import VectorStore

STEP = 5000


@dataclass(frozen=True, slots=True)
class Space:
    """One way of cutting and embedding: its name, the embedder's, and the vectors' length."""

    name: str
    embedder: str
    dimension: int


class Publisher:
    """Makes generations of one space. Call it only while holding the writer's lock."""

    def __init__(self, catalogue: Catalogue, generations: Generations, space: Space) -> None:
        """Nothing is read or written yet."""
        self._catalogue = catalogue
        self._generations = generations
        self._space = space

    def usable(self) -> Manifest | None:
        """Return the generation in force if it is intact and of this space."""
        current = self._generations.current()
        if current is None or current.space != self._space.name:
            return None
        return None if damage(self._generations.path(current.number), current) else current

    def is_current(self) -> bool:
        """Tell whether nothing needs publishing."""
        current = self.usable()
        return current is not None and current.seq >= self._catalogue.last_seq(self._space.name)

    def publish(
        self, *, rebuild: bool = False, on_step: Callable[[int], None] = lambda _seq: None
    ) -> Manifest:
        """Publish until the catalogue's log is included; return the manifest in force."""
        current = None if rebuild else self.usable()
        if current is None:
            current = self._step(None, self._everything())
        while rows := self._catalogue.log_after(self._space.name, current.seq, STEP):
            current = self._step(current, rows)
            on_step(current.seq)
        self._generations.collect()
        return current

    def _everything(self) -> list[LogRow]:
        return self._catalogue.log_after(self._space.name, 0, 2**62)

    def _step(self, base: Manifest | None, rows: Sequence[LogRow]) -> Manifest:
        number = self._generations.highest() + 1
        try:
            folder = self._generations.create(number, base)
            chunks = self._apply_to_store(folder / "chroma", rows)
            papers = self._apply_to_lexical(base, folder / "lexical", rows)
            manifest = Manifest(
                number=number, format=FORMAT, space=self._space.name,
                embedder=self._space.embedder, dimension=self._space.dimension,
                seq=rows[-1].seq if rows else 0, chunks=chunks, papers=papers,
                files=file_sizes(folder),
            )  # fmt: skip
            self._generations.publish(manifest)
        except OSError as exc:
            raise StorageError(
                f"the index cannot be written: {exc.strerror or exc}; what was acknowledged is "
                "safe in the catalogue; mend: free space, then papers index rebuild"
            ) from exc
        return manifest

    def _apply_to_store(self, folder: Path, rows: Sequence[LogRow]) -> int:
        store = VectorStore(folder)
        try:
            for start in range(0, len(rows), STEP):
                some = rows[start : start + STEP]
                store.remove([row.chunk_num for row in some if row.op == "drop"])
                alive = self._catalogue.chunks(row.chunk_num for row in some if row.op == "add")
                keys = {num: chunk.key for num, chunk in alive.items()}
                vectors = self._catalogue.vectors(self._space.embedder, keys.values())
                store.add({num: vectors[key] for num, key in keys.items() if key in vectors})
            return store.count()
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

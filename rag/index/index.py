"""The index as the rest of the product sees it: add, remove, look up, search, keep sound.

It ties the catalogue to the generation in force. Reading never blocks on writing: a
search runs on one whole generation and the next search looks whether there is a newer.
Ranking and fusion are done elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rag.corpus import ReadOptions, read_papers
from rag.corpus.opening import source_name
from rag.embedding import Embedder, Encoded, Vector
from rag.errors import StorageError
from rag.index import care
from rag.index.catalogue import Catalogue, ChunkRow
from rag.index.generations import Generations, make_home
from rag.index.ingest import Ingester, IngestReport
from rag.index.locking import writer_lock
from rag.index.matches import Ints, LexicalHit, Matches
from rag.index.nearest import ChunkHit, nearest
from rag.index.publishing import STEP, Publisher, Space
from rag.index.snapshots import Snapshots
from rag.index.store import EmbeddedStores, Stores
from rag.records import Paper, Reject
from rag.text.chunking import ChunkLimits
from rag.text.tokens import count_tokens

PATIENCE = 2.0  # seconds; a reader that publishes what a killed writer left needs no longer
Progress = Callable[[str, int, int | None], None]  # stage, done, total


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


class Index:
    """The corpus of one home, searched in the space of one embedder."""

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        *,
        chunk_tokens: int = 480,
        stores: Stores | None = None,
    ) -> None:
        """Open ``home``, creating it when missing. Raises StorageError, NewerVersionError.

        ``stores`` says where the vectors are searched: in this process unless given.
        """
        self.home = home
        self._embedder = embedder
        self._limits = _limits(embedder, chunk_tokens)
        self._stores = stores or EmbeddedStores()
        self.generations = Generations(home)
        self.writable = make_home(home)
        self.generations.current()  # refuses a newer format before anything is opened
        self.catalogue = self._open_catalogue()
        self._publisher = Publisher(
            self.catalogue, self.generations, self._stores, partial(_space, embedder, self._limits)
        )
        self._snapshots = Snapshots(
            home, self.catalogue, self._stores, self._publisher, writable=self.writable
        )

    def _open_catalogue(self) -> Catalogue:
        path = self.home / "catalogue.sqlite"
        if self.writable:
            return Catalogue(path)
        if not path.exists():
            raise StorageError("there is no index here and the folder cannot be written to")
        return Catalogue(path, mode="frozen")

    @property
    def space(self) -> Space:
        """How this index cuts and embeds."""
        return self._publisher.space

    def close(self) -> None:
        """Release the generation and the catalogue."""
        self._snapshots.release()
        self.catalogue.close()

    # -- writing -------------------------------------------------------------

    def add(
        self,
        paths: Sequence[Path],
        *,
        options: ReadOptions | None = None,
        progress: Progress = _silent,
    ) -> IngestReport:
        """Read files into the corpus and publish them; return what was done.

        Raises InputError for a file that is no file of papers, LockedError while another
        process writes, MismatchError when the index was built with another embedder.
        """
        report = IngestReport()
        with writer_lock(self.home, wait=PATIENCE):
            self._publisher.refuse_mismatch()
            ingester = Ingester(self.catalogue, self._embedder, self.space, self._limits)
            for path in map(Path, paths):
                self._add_file(path, options, ingester, report, progress)
            self._publish(progress)
        return report

    def _add_file(
        self,
        path: Path,
        options: ReadOptions | None,
        ingester: Ingester,
        report: IngestReport,
        progress: Progress,
    ) -> None:
        items = read_papers(path, options)
        number = self.catalogue.begin_ingest(source_name(path))
        before = report.counts()
        published_at = self.catalogue.last_seq(self.space.name)

        def on_batch(so_far: IngestReport) -> None:
            nonlocal published_at
            progress("reading", so_far.read, None)
            if self.catalogue.last_seq(self.space.name) - published_at >= STEP:
                self._publish(progress)
                published_at = self.catalogue.last_seq(self.space.name)

        ingester.ingest(items, report, number, on_batch)
        counts = {k: v - before[k] for k, v in report.counts().items()}
        self.catalogue.end_ingest(number, counts)

    def add_papers(self, papers: Iterable[Paper | Reject], source: str = "") -> IngestReport:
        """Take in papers that the caller made, as ``add`` does with those of a file."""
        report = IngestReport()
        with writer_lock(self.home, wait=PATIENCE):
            self._publisher.refuse_mismatch()
            ingester = Ingester(self.catalogue, self._embedder, self.space, self._limits)
            number = self.catalogue.begin_ingest(source or "papers given in memory")
            ingester.ingest(papers, report, number)
            self.catalogue.end_ingest(number, report.counts())
            self._publish(_silent)
        return report

    def remove(self, paper_ids: Sequence[str]) -> list[str]:
        """Delete papers by id and publish; return the ids that were there."""
        with writer_lock(self.home, wait=PATIENCE):
            found = {i: known[0] for i in paper_ids if (known := self.catalogue.find(i))}
            with self.catalogue.transaction():
                for num in found.values():
                    self.catalogue.remove_paper(num)
            self._publish(_silent)
        return list(found)

    def rebuild(self, *, progress: Progress = _silent) -> int:
        """Lay the index out anew from the catalogue; return how many texts were embedded.

        Texts that have a vector of this embedder are not embedded again. The generation
        in force, of whatever embedder, serves until the new one is complete.
        """
        with writer_lock(self.home, wait=PATIENCE):
            ingester = Ingester(self.catalogue, self._embedder, self.space, self._limits)
            total = self.catalogue.counts().papers
            done = 0

            def on_batch(papers: int) -> None:
                nonlocal done
                done += papers
                progress("embedding", done, total)

            embedded = ingester.complete(on_batch)
            progress("publishing", 0, None)
            self._publisher.publish(rebuild=True)
        return embedded

    def _publish(self, progress: Progress) -> None:
        progress("publishing", 0, None)
        self._publisher.publish()
        if self._publisher.is_worn():
            self._publisher.publish(rebuild=True)

    # -- reading -------------------------------------------------------------

    def is_empty(self) -> bool:
        """Tell whether there is no paper."""
        return self.catalogue.is_empty()

    def dense(self, vector: Vector, n: int, *, allowed: Ints | None = None) -> list[ChunkHit]:
        """Return the ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""
        snapshot = self._snapshots.current()
        return nearest(self.catalogue, snapshot, vector, n, allowed=allowed)

    def lexical(self, query: str, n: int, *, allowed: Ints | None = None) -> list[LexicalHit]:
        """Return the ``n`` papers that match the words of ``query`` best."""
        return self._snapshots.current().lexical.search(query, n, allowed=allowed)

    def lexical_matches(self, query: str) -> Matches:
        """Return all papers that share a word with ``query``, for more than one look at them."""
        return self._snapshots.current().lexical.matches(query)

    def idf(self, query: str) -> dict[str, float]:
        """Return the inverse document frequency of each term of ``query``."""
        return self._snapshots.current().lexical.idf(query)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question in this index's space."""
        return self._embedder.embed_query(text)

    def encoded_of(self, rows: Iterable[ChunkRow]) -> dict[str, Encoded]:
        """Return the vectors of these chunks and of their sentences, by content key."""
        return self.catalogue.encoded(self.space.embedder, (row.key for row in rows))

    def chunks_of(self, paper_nums: Iterable[int]) -> list[ChunkRow]:
        """Return the chunks of these papers, by paper and position."""
        return self.catalogue.chunks_of_papers(self.space.name, paper_nums)

    def vectors_of(self, rows: Iterable[ChunkRow]) -> dict[str, Vector]:
        """Return the chunk vectors (dim,) by content key."""
        return self.catalogue.vectors(self.space.embedder, (row.key for row in rows))

    @property
    def generation(self) -> int:
        """The number of the generation that searches run on."""
        return self._snapshots.current().manifest.number

    # -- care ----------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Return what there is, as ``papers index status --json`` prints it."""
        return care.describe(self.catalogue, self.generations, self._publisher)

    def verify(self) -> list[str]:
        """Return what is wrong, each with its mend; nothing when all copies agree."""
        return care.verify(self.catalogue, self.generations, self._stores, self.space)

    def export(self) -> Iterator[str]:
        """Yield the corpus as JSON Lines that ``add`` reads back identically."""
        return care.export(self.catalogue)


def _limits(embedder: Embedder, chunk_tokens: int) -> ChunkLimits:
    return ChunkLimits(
        chunk_tokens=chunk_tokens,
        window=embedder.window,
        count=count_tokens,  # a question counts none, and loading takes a tenth of a second
        count_window=embedder.count_tokens,
    )


def _space(embedder: Embedder, limits: ChunkLimits) -> Space:
    name = f"{embedder.fingerprint}/{limits.name}"
    return Space(name, embedder.fingerprint, embedder.dimension)

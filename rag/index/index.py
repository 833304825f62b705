"""The index as the rest of the product sees it: add, remove, look up, search, keep sound.

It ties the catalogue to the generation in force. Reading never blocks on writing: a
search runs on one whole generation and the next search looks whether there is a newer.
Ranking and fusion are done elsewhere.
"""

import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.corpus import ReadOptions, read_papers
from rag.embedding import Embedder, Vector
from rag.errors import IndexStateError, InputError, MismatchError, StorageError
from rag.index.catalogue import Catalogue, ChunkRow, counts_dict
from rag.index.generations import Generations, Manifest, damage, scratch_copy
from rag.index.ingest import Ingester, IngestReport
from rag.index.lexical import Ints, LexicalHit, LexicalIndex
from rag.index.locking import shared_lock, writer_lock
from rag.index.publishing import STEP, Publisher, Space
from rag.index.store import VectorStore
from rag.records import Paper, Reject, paper_to_dict
from rag.text.chunking import ChunkLimits
from rag.text.tokens import default_counter

EXACT_BELOW = 5000  # papers: up to here a filtered search scans exactly
Progress = Callable[[str, int, int | None], None]  # stage, done, total


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


class ChunkHit(NamedTuple):
    """A chunk found by its vector, with its cosine similarity."""

    chunk: ChunkRow
    score: float


@dataclass(eq=False)
class _Snapshot:
    """One open generation; its files and lock are released when nothing refers to it."""

    manifest: Manifest
    store: VectorStore
    lexical: LexicalIndex


class Index:
    """The corpus of one home, searched in the space of one embedder."""

    def __init__(self, home: Path, embedder: Embedder, *, chunk_tokens: int = 480) -> None:
        """Open ``home``, creating it when missing. Raises StorageError, NewerVersionError."""
        self.home = home
        self._embedder = embedder
        self._chunk_tokens = chunk_tokens
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._seen = ""
        self.generations = Generations(home)
        self.writable = _make_home(home)
        self.generations.current()  # refuses a newer format before anything is opened
        self.catalogue = self._open_catalogue()

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
        name = f"{self._embedder.fingerprint}/{self._limits.name}"
        return Space(name, self._embedder.fingerprint, self._embedder.dimension)

    @property
    def _limits(self) -> ChunkLimits:
        return ChunkLimits(
            chunk_tokens=self._chunk_tokens,
            window=self._embedder.window,
            count=default_counter().count,
            count_window=self._embedder.count_tokens,
        )

    @property
    def _publisher(self) -> Publisher:
        return Publisher(self.catalogue, self.generations, self.space)

    def close(self) -> None:
        """Release the generation and the catalogue."""
        self._snapshot = None
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
        with writer_lock(self.home):
            self._refuse_mismatch()
            ingester = Ingester(self.catalogue, self._embedder, self.space, self._limits)
            for path in paths:
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
        number = self.catalogue.begin_ingest(path.name)
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
        with writer_lock(self.home):
            self._refuse_mismatch()
            ingester = Ingester(self.catalogue, self._embedder, self.space, self._limits)
            number = self.catalogue.begin_ingest(source or "papers given in memory")
            ingester.ingest(papers, report, number)
            self.catalogue.end_ingest(number, report.counts())
            self._publish(_silent)
        return report

    def remove(self, paper_ids: Sequence[str]) -> list[str]:
        """Delete papers by id and publish; return the ids that were there."""
        with writer_lock(self.home):
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
        with writer_lock(self.home):
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

    def _refuse_mismatch(self) -> None:
        current = self.generations.current()
        if current is not None and current.space != self.space.name:
            raise MismatchError(
                f"the index was built with {current.space}, now {self.space.name} is configured; "
                "mend: papers index rebuild (keeps the old one until the new one is complete), "
                "or set the embedder back"
            )

    # -- reading -------------------------------------------------------------

    def is_empty(self) -> bool:
        """Tell whether there is no paper."""
        return self.catalogue.counts().papers == 0

    def dense(self, vector: Vector, n: int, *, allowed: Ints | None = None) -> list[ChunkHit]:
        """Return the ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""
        snapshot = self._current()
        if allowed is not None and len(allowed) <= EXACT_BELOW:
            return self._exact(vector, n, allowed)
        size = n if allowed is None else min(snapshot.manifest.chunks, n * 50)
        hits = snapshot.store.query(vector, size)
        rows = self.catalogue.chunks(hit.chunk_num for hit in hits)
        found = [ChunkHit(rows[h.chunk_num], h.score) for h in hits if h.chunk_num in rows]
        if allowed is not None:
            inside = set(allowed.tolist())
            found = [hit for hit in found if hit.chunk.paper_num in inside]
        return found[:n]

    def _exact(self, vector: Vector, n: int, allowed: Ints) -> list[ChunkHit]:
        rows = self.catalogue.chunks_of_papers(self.space.name, allowed.tolist())
        vectors = self.catalogue.vectors(self.space.embedder, (row.key for row in rows))
        rows = [row for row in rows if row.key in vectors]
        if not rows:
            return []
        scores = np.stack([vectors[row.key] for row in rows]) @ vector
        order = np.argsort(-scores, kind="stable")[:n]
        return [ChunkHit(rows[i], float(scores[i])) for i in order]

    def lexical(self, query: str, n: int, *, allowed: Ints | None = None) -> list[LexicalHit]:
        """Return the ``n`` papers that match the words of ``query`` best."""
        return self._current().lexical.search(query, n, allowed=allowed)

    def idf(self, query: str) -> dict[str, float]:
        """Return the inverse document frequency of each term of ``query``."""
        return self._current().lexical.idf(query)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question in this index's space."""
        return self._embedder.embed_query(text)

    def sentence_vectors(self, rows: Iterable[ChunkRow]) -> dict[str, Vector]:
        """Return sentence vectors (n, dim) by content key, where the embedder made any."""
        return self.catalogue.sentence_vectors(self.space.embedder, (row.key for row in rows))

    def chunks_of(self, paper_nums: Iterable[int]) -> list[ChunkRow]:
        """Return the chunks of these papers, by paper and position."""
        return self.catalogue.chunks_of_papers(self.space.name, paper_nums)

    def vectors_of(self, rows: Iterable[ChunkRow]) -> dict[str, Vector]:
        """Return the chunk vectors (dim,) by content key."""
        return self.catalogue.vectors(self.space.embedder, (row.key for row in rows))

    @property
    def generation(self) -> int:
        """The number of the generation that searches run on."""
        return self._current().manifest.number

    def _current(self) -> _Snapshot:
        if os.getpid() != self._pid:
            raise IndexStateError(
                "this index was opened before the process forked; open it anew in the child"
            )
        with self._lock:
            pointer = _pointer(self.home)
            if self._snapshot is None or pointer != self._seen:
                self._snapshot = self._open_snapshot()
                self._seen = _pointer(self.home)
            return self._snapshot

    def _open_snapshot(self) -> _Snapshot:
        self._refuse_mismatch()
        if self.writable and not self._publisher.is_current():
            self._bring_up_to_date()
        for _attempt in range(20):
            manifest = self.generations.current()
            if manifest is None:
                raise StorageError("there is no index; mend: papers index rebuild")
            folder = self.generations.path(manifest.number)
            if not self.writable:
                folder = scratch_copy(folder)
            lock = shared_lock(folder / "lock") if folder.exists() else None
            if lock is None:
                continue  # collected between reading CURRENT and locking: a newer one is there
            if broken := damage(folder, manifest):
                raise StorageError(
                    f"the index is damaged ({broken[0]}); mend: papers index rebuild"
                )
            store = _open_store(folder)
            snapshot = _Snapshot(manifest, store, LexicalIndex(folder / "lexical"))
            weakref.finalize(snapshot, _release, snapshot.store, lock)
            return snapshot
        raise StorageError("no generation could be locked for reading; try again")

    def _bring_up_to_date(self) -> None:
        """Publish what a killed writer acknowledged, or repair damage, unless one is at work."""
        usable = self._publisher.usable()
        try:
            with writer_lock(self.home, wait=0.0 if usable else 60.0):
                self._publisher.publish()
        except IndexStateError:
            if usable is None:
                raise

    # -- care ----------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Return what there is, as ``papers index status --json`` prints it."""
        current = self.generations.current()
        return {
            "schema": 1,
            **counts_dict(self.catalogue.counts()),
            "chunks": self.catalogue.count_chunks(self.space.name),
            "generation": current.number if current else None,
            "embedder": self.space.embedder,
            "space": self.space.name,
            "up_to_date": self._publisher.is_current(),
            "log": self.catalogue.last_seq(self.space.name),
            "ingests": self.catalogue.ingests(),
        }

    def verify(self) -> list[str]:
        """Return what is wrong, each with its mend; nothing when all copies agree.

        Chroma is opened in a child process, so that a crash there is a finding.
        """
        findings = [f"catalogue: {text}" for text in self.catalogue.check()]
        missing = self.catalogue.papers_without_chunks(self.space.name, 1_000_000)
        if missing:
            findings.append(f"{len(missing)} papers are not embedded; mend: papers index rebuild")
        manifest = self.generations.current()
        if manifest is None:
            return [*findings, "there is no generation; mend: papers index rebuild"]
        if manifest.space != self.space.name:
            return [*findings, f"built with {manifest.space}; mend: papers index rebuild"]
        folder = self.generations.path(manifest.number)
        broken = damage(folder, manifest)
        if not broken:
            broken = self._compare(folder, manifest)
        return findings + [f"{text}; mend: papers index rebuild" for text in broken]

    def _compare(self, folder: Path, manifest: Manifest) -> list[str]:
        if manifest.seq < self.catalogue.last_seq(self.space.name):
            return ["the generation lags behind the catalogue's log"]
        papers = {num for num, _ in self.catalogue.iter_papers()}
        chunks = {row.num for row in self.chunks_of(papers)}
        found = []
        stored = _probe(folder / "chroma")
        if isinstance(stored, str):
            found.append(stored)
        elif stored != chunks:
            found.append(
                f"Chroma lacks {len(chunks - stored)} and has {len(stored - chunks)} stale chunks"
            )
        lexical = LexicalIndex(folder / "lexical").paper_nums()
        if lexical != papers:
            found.append(
                f"BM25 lacks {len(papers - lexical)} and has {len(lexical - papers)} stale papers"
            )
        return found

    def export(self) -> Iterator[str]:
        """Yield the corpus as JSON Lines that ``add`` reads back identically."""
        for _num, paper in self.catalogue.iter_papers():
            yield json.dumps(paper_to_dict(paper), ensure_ascii=False)


def _open_store(folder: Path) -> VectorStore:
    """Open a generation's store, aside where its disk is full: Chroma writes on opening."""
    try:
        return VectorStore(folder / "chroma")
    except StorageError:
        return VectorStore(scratch_copy(folder) / "chroma")


def _release(store: VectorStore, lock: Any) -> None:
    store.close()
    lock.close()


def _pointer(home: Path) -> str:
    try:
        return (home / "CURRENT").read_text()
    except OSError:
        return ""


def _make_home(home: Path) -> bool:
    """Create the folder when missing; return whether it can be written to."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError as exc:
        raise InputError(f"{home.name} is a file, not a folder; give another --home") from exc
    except OSError as exc:
        raise StorageError(
            f"the home folder cannot be made: {exc.strerror}; mend: give a writable --home"
        ) from exc
    return os.access(home, os.W_OK)


def _probe(folder: Path) -> set[int] | str:
    """Return the chunk numbers that Chroma gives back in a child process, or what went wrong."""
    command = [sys.executable, "-m", "rag.index.probe", str(folder)]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "Chroma did not answer within 120 s"
    if child.returncode:
        return f"Chroma failed in a child process (exit {child.returncode})"
    return set(json.loads(child.stdout))

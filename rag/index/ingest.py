"""Take papers into the catalogue: merge, cut, embed what is new, commit batch by batch.

Each commit is an acknowledgement. A run that was interrupted is simply run again: what
is there already is recognised, and no text is embedded twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rag.corpus.merge import Join, join_of, may_be_same, merge
from rag.corpus.normalise import title_key
from rag.embedding import Embedder, Encoded, Passage, flaw
from rag.errors import EmbeddingError
from rag.index.catalogue import Catalogue
from rag.index.publishing import Space
from rag.records import Chunk, Paper, Reject
from rag.text.chunking import ChunkLimits, chunk_paper, content_hash
from rag.text.sentences import Span

BATCH = 128


@dataclass(slots=True)
class IngestReport:
    """What one ingest did. ``read`` counts papers; ``embedded`` counts texts."""

    read: int = 0
    new: int = 0
    updated: int = 0
    merged: int = 0
    unchanged: int = 0
    embedded: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the counts by name, rejects as a number."""
        names = ("read", "new", "updated", "merged", "unchanged", "embedded")
        return {**{n: getattr(self, n) for n in names}, "rejected": len(self.rejects)}


class Ingester:
    """Writes papers to a catalogue. Call it only while holding the writer's lock."""

    def __init__(
        self, catalogue: Catalogue, embedder: Embedder, space: Space, limits: ChunkLimits
    ) -> None:
        """``space`` and ``limits`` say how abstracts are cut and which vectors are theirs."""
        self._catalogue = catalogue
        self._embedder = embedder
        self._space = space
        self._limits = limits
        self._size = max(BATCH, getattr(embedder, "at_once", 0))  # a server may take more

    def ingest(
        self,
        items: Iterable[Paper | Reject],
        report: IngestReport,
        number: int,
        on_batch: Callable[[IngestReport], None] = lambda _report: None,
    ) -> None:
        """Take in ``items`` batch by batch under the ingest ``number``, adding to ``report``."""
        for batch in _batched(items, self._size):
            self._batch(batch, report, number)
            on_batch(report)

    def _batch(self, batch: Sequence[Paper | Reject], report: IngestReport, number: int) -> None:
        rejects = [item for item in batch if isinstance(item, Reject)]
        joins: list[Join] = []
        papers = [item for item in batch if isinstance(item, Paper)]
        changes = self._resolve(papers, report, joins)
        cut = [(change, self._cut(change.paper)) for change in changes]
        encoded, flawed = self._embed([piece for _, pieces in cut for piece in pieces])
        with self._catalogue.transaction():
            self._catalogue.put_vectors(self._space.embedder, encoded)
            for change, pieces in cut:
                bad = next((flawed[p.key] for p in pieces if p.key in flawed), None)
                if bad:
                    rejects.append(Reject(change.source, 0, f"{pieces[0].chunk.chunk_id}: {bad}"))
                else:
                    self._put(change, pieces)
            self._catalogue.note_rejects(number, rejects)
            self._catalogue.note_joins(number, joins)
        report.embedded += len(encoded)
        report.rejects += rejects

    def _put(self, change: "_Change", pieces: Sequence["_Piece"]) -> None:
        num = self._catalogue.put_paper(change.num, change.paper)
        if [p.key for p in pieces] != self._catalogue.chunk_keys(self._space.name, num):
            chunks = [(p.chunk, p.key) for p in pieces]
            self._catalogue.put_chunks(self._space.name, num, chunks)

    def _resolve(
        self, papers: Sequence[Paper], report: IngestReport, joins: list[Join]
    ) -> list["_Change"]:
        """Merge each paper with what is known, and with others of the same batch."""
        changes: list[_Change] = []
        by_key: dict[str, list[_Change]] = {}
        for paper in papers:
            report.read += 1
            keys = _keys(paper)
            near = (c for key in keys for c in by_key.get(key, ()))
            pending = next((c for c in near if may_be_same(c.paper, paper)), None)
            if pending is not None:
                joins.append(join_of(pending.paper, paper))
                pending.paper = merge(pending.paper, paper)
                report.merged += 1
                continue
            change = self._against_known(paper, report, joins)
            if change is not None:
                changes.append(change)
                for key in keys + _keys(change.paper):
                    by_key.setdefault(key, []).append(change)
        return changes

    def _against_known(
        self, paper: Paper, report: IngestReport, joins: list[Join]
    ) -> "_Change | None":
        source = paper.sources[-1] if paper.sources else ""
        candidates = self._catalogue.candidates(paper)
        known = next(((n, p) for n, p in candidates if may_be_same(p, paper)), None)
        if known is None:
            report.new += 1
            return _Change(None, paper, source)
        num, old = known
        merged = merge(old, paper)
        if merged == old:
            report.unchanged += 1
            return None
        if not set(paper.sources) <= set(old.sources):  # else a newer state of the same record
            joins.append(join_of(old, paper))
        same_text = (merged.title, merged.abstract) == (old.title, old.abstract)
        report.merged += same_text
        report.updated += not same_text
        return _Change(num, merged, source)

    def complete(self, on_batch: Callable[[int], None] = lambda _embedded: None) -> int:
        """Cut and embed the papers that have no chunks in this space; return texts embedded."""
        embedded = 0
        while nums := self._catalogue.papers_without_chunks(self._space.name, self._size):
            papers = self._catalogue.papers(nums)
            cut = {num: self._cut(paper) for num, paper in papers.items()}
            encoded, flawed = self._embed([p for pieces in cut.values() for p in pieces])
            if flawed:
                raise EmbeddingError("; ".join(flawed.values()))
            with self._catalogue.transaction():
                self._catalogue.put_vectors(self._space.embedder, encoded)
                for num, pieces in cut.items():
                    chunks = [(p.chunk, p.key) for p in pieces]
                    self._catalogue.put_chunks(self._space.name, num, chunks)
            embedded += len(encoded)
            on_batch(len(papers))
        return embedded

    def _cut(self, paper: Paper) -> list["_Piece"]:
        pieces = []
        for chunk in chunk_paper(paper, self._limits):
            spans = tuple(Span(*s) for s in chunk.sentences)
            key = content_hash(paper.title, chunk.text)
            pieces.append(_Piece(chunk, key, Passage(paper.title, chunk.text, spans)))
        return pieces

    def _embed(self, pieces: Sequence["_Piece"]) -> tuple[dict[str, Encoded], dict[str, str]]:
        """Embed what has no vector yet; return vectors by key, and flaws by key."""
        by_key = {p.key: p for p in pieces}
        known = self._catalogue.keys_with_vectors(self._space.embedder, by_key)
        missing = [p for key, p in by_key.items() if key not in known]
        encoded: dict[str, Encoded] = {}
        flawed: dict[str, str] = {}
        results = self._embedder.embed_passages([p.passage for p in missing]) if missing else []
        for piece, result in zip(missing, results, strict=True):
            wrong = flaw(result, self._space.dimension)
            if wrong:
                flawed[piece.key] = f"the embedder returned {wrong} for {piece.chunk.chunk_id}"
            else:
                encoded[piece.key] = result
        return encoded, flawed


@dataclass(slots=True)
class _Change:
    num: int | None
    paper: Paper
    source: str


@dataclass(frozen=True, slots=True)
class _Piece:
    chunk: Chunk
    key: str
    passage: Passage


def _keys(paper: Paper) -> list[str]:
    """Return what a paper may be recognised by."""
    known = [paper.paper_id, paper.arxiv_id, paper.doi, f"title {title_key(paper.title)}"]
    return [key for key in known if key]


def _batched(items: Iterable[Paper | Reject], size: int) -> Iterator[list[Paper | Reject]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

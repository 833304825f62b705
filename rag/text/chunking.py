"""Cut an abstract into chunks of whole sentences that fit the embedder's window.

Nearly every abstract is one chunk. A single sentence longer than the window is cut at
white space, else anywhere, so that no text is ever too long to embed and none is lost.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.records import Chunk, Paper
from rag.text.sentences import Span, sentence_spans

CHUNKER = "sentences1"
_ROOM_FOR_TEXT = 64  # tokens left to the text however long the title is


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """The two caps of a chunk: ``chunk_tokens`` by ``count``, ``window`` by ``count_window``.

    ``count`` is tiktoken's; ``count_window`` and ``window`` are the embedder's own, and
    cover the title as well.
    """

    chunk_tokens: int
    window: int
    count: Callable[[str], int]
    count_window: Callable[[str], int]

    @property
    def name(self) -> str:
        """Identifies the cutting: equal names cut equal abstracts alike."""
        return f"{CHUNKER}-{self.chunk_tokens}-{self.window}"


def chunk_paper(paper: Paper, limits: ChunkLimits) -> list[Chunk]:
    """Return the chunks of a paper's abstract in order; a paper without text has one, empty."""
    room = max(_ROOM_FOR_TEXT, limits.window - limits.count_window(paper.title))
    spans = sentence_spans(paper.abstract)
    pieces = [piece for span in spans for piece in _fitting(paper.abstract, span, limits, room)]
    groups = list(_grouped(paper.abstract, pieces, limits, room)) or [[Span(0, 0)]]
    return [_chunk(paper, number, group, limits) for number, group in enumerate(groups)]


def _fits(text: str, limits: ChunkLimits, room: int) -> bool:
    # A token covers at least one character, so a short text needs no counting.
    if len(text) <= min(room, limits.chunk_tokens):
        return True
    return limits.count(text) <= limits.chunk_tokens and limits.count_window(text) < room


def _fitting(text: str, span: Span, limits: ChunkLimits, room: int) -> Iterator[Span]:
    """Yield the span itself, or, where it exceeds a cap, parts of it that do not."""
    if _fits(text[span.start : span.end], limits, room):
        yield span
        return
    middle = (span.start + span.end) // 2
    space = text.rfind(" ", span.start + 1, middle)
    left = Span(span.start, space if space > 0 else middle)
    right = Span(space + 1 if space > 0 else middle, span.end)
    for part in (left, right):
        if text[part.start : part.end].strip():
            yield from _fitting(text, part, limits, room)


def _grouped(text: str, pieces: list[Span], limits: ChunkLimits, room: int) -> Iterator[list[Span]]:
    if pieces and _fits(text[pieces[0].start : pieces[-1].end], limits, room):
        yield pieces
        return
    group: list[Span] = []
    for piece in pieces:
        if group and not _fits(text[group[0].start : piece.end], limits, room):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _chunk(paper: Paper, number: int, spans: list[Span], limits: ChunkLimits) -> Chunk:
    start, end = spans[0].start, spans[-1].end
    text = paper.abstract[start:end]
    return Chunk(
        chunk_id=f"{paper.paper_id}#{number}",
        paper_id=paper.paper_id,
        start=start,
        end=end,
        text=text,
        tokens=limits.count(text),
        sentences=tuple((s.start - start, s.end - start) for s in spans if s.end > s.start),
    )


def content_hash(title: str, text: str) -> str:
    """Return the key under which the vectors of a chunk are kept: of all the embedder sees."""
    return hashlib.sha256(f"{title}\0{text}".encode("utf-8", "replace")).hexdigest()[:32]

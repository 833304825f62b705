"""A conversation as a value: turns, sources numbered once and for all, filters, undo.

Nothing here reads, writes or prints. Each change returns a new session that knows the one
before it, so that every change can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.chat.followup import Context, Rewrite
from rag.chat.mentions import Shown
from rag.records import Answer, Claim, Paper, Source


@dataclass(frozen=True, slots=True)
class Turn:
    """What was typed, what was asked, and the answer with the conversation's numbers."""

    typed: str
    rewrite: Rewrite
    answer: Answer
    filters: tuple[str, ...] = ()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers it showed, in order: the cited ones, or the nearest when it abstained."""
        return tuple(s.paper for s in self.answer.sources) or self.answer.nearest


@dataclass(frozen=True, slots=True)
class Session:
    """The state of a conversation. ``papers[n - 1]`` is source ``n``, for good.

    ``filters`` are expressions such as ``date>=2025`` that hold for every question.
    """

    turns: tuple[Turn, ...] = ()
    papers: tuple[Paper, ...] = ()
    filters: tuple[str, ...] = ()
    before: "Session | None" = None

    @property
    def context(self) -> Context:
        """What the next question may lean on."""
        if not self.turns:
            return Context()
        last = self.turns[-1]
        numbered = dict(enumerate(self.papers, 1))
        shown = Shown(last.papers, numbered)
        return Context(last.rewrite.topic, last.rewrite.narrowings, shown)

    def with_turn(self, turn: Turn, papers: Sequence[Paper]) -> "Session":
        """Return the session with one more turn and the numbering it led to."""
        return replace(self, turns=(*self.turns, turn), papers=tuple(papers), before=self)

    def with_filters(self, filters: Sequence[str]) -> "Session":
        """Return the session with other filters."""
        return replace(self, filters=tuple(filters), before=self)

    def with_papers(self, papers: Sequence[Paper]) -> "Session":
        """Return the session with more papers numbered; no change that undo would count."""
        return replace(self, papers=numbered_with(self.papers, papers))

    def undone(self) -> "Session | None":
        """Return the session before the last change, its numbers kept; None at the start."""
        return replace(self.before, papers=self.papers) if self.before else None

    def paper(self, n: int) -> Paper | None:
        """Return source ``n``, or None."""
        return self.papers[n - 1] if 0 < n <= len(self.papers) else None

    def number(self, paper_id: str) -> int | None:
        """Return the number of a paper, or None."""
        ids = [paper.paper_id for paper in self.papers]
        return ids.index(paper_id) + 1 if paper_id in ids else None

    def claims_citing(self, n: int) -> list[tuple[Turn, Claim]]:
        """Return every claim of the conversation that cites source ``n``, latest turn first."""
        return [
            (turn, claim)
            for turn in reversed(self.turns)
            for claim in turn.answer.claims
            if any(c.n == n for c in claim.citations)
        ]


def numbered_with(known: Sequence[Paper], more: Sequence[Paper]) -> tuple[Paper, ...]:
    """Return the numbered papers with new ones appended in order."""
    ids = {paper.paper_id for paper in known}
    fresh = {paper.paper_id: paper for paper in more if paper.paper_id not in ids}
    return (*known, *fresh.values())


def renumbered(answer: Answer, known: Sequence[Paper]) -> tuple[Answer, tuple[Paper, ...]]:
    """Return the answer with the conversation's numbers, and the numbering with its papers.

    The nearest papers of an abstention are numbered too, so that they can be opened.
    """
    shown = [source.paper for source in answer.sources]
    papers = numbered_with(known, shown or (answer.nearest if answer.abstained else ()))
    numbers = {paper.paper_id: n for n, paper in enumerate(papers, 1)}
    claims = tuple(_renumbered_claim(claim, numbers) for claim in answer.claims)
    sources = tuple(Source(numbers[s.paper.paper_id], s.paper) for s in answer.sources)
    return replace(answer, claims=claims, sources=sources), papers


def _renumbered_claim(claim: Claim, numbers: dict[str, int]) -> Claim:
    citations = tuple(replace(c, n=numbers.get(c.paper_id, c.n)) for c in claim.citations)
    return replace(claim, citations=citations)

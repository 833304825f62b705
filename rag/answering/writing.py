"""What a writer of answers takes and gives: extraction and generation look alike from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from rag.answering.conflicts import described, find_conflicts, side_by_side
from rag.answering.context import instructions_in
from rag.answering.drafts import Draft
from rag.answering.extractive import extract
from rag.records import Retrieval, Usage


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How an answer is made: most papers, sentences of one paper, and when to abstain."""

    papers: int = 8
    sentences: int = 5
    strict: bool = False
    threshold: float = 0.5


class Writer(Protocol):
    """Writes an answer from what was retrieved, growing with each draft."""

    def write(
        self, question: str, retrieval: Retrieval, options: AnswerOptions
    ) -> Iterator["Written"]:
        """Yield ever longer states of the answer; the last one is final."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer has so far: drafts, and what it used and rejected on the way."""

    drafts: tuple[Draft, ...]
    invalid: tuple[str, ...] = ()
    complete: bool = True
    declined: bool = False
    usage: Usage = field(default_factory=Usage)
    trace: tuple[tuple[str, Any], ...] = ()


class ExtractiveWriter:
    """Quotes; needs no model."""

    def write(
        self, question: str, retrieval: Retrieval, options: AnswerOptions
    ) -> Iterator[Written]:
        """Yield the one state that an extracted answer has."""
        drafts = extract(question, retrieval, papers=options.papers, sentences=options.sentences)
        conflicts = find_conflicts(drafts, retrieval.hits)
        drafts = side_by_side(drafts, conflicts)
        quoted = {ref.paper.paper_id: ref.paper for draft in drafts for ref in draft.references}
        orders = {k: list(v) for k, v in instructions_in(quoted.values()).items()}
        trace = {"instructions_in_abstracts": orders, "conflicts": described(conflicts)}
        yield Written(tuple(drafts), trace=tuple(trace.items()))

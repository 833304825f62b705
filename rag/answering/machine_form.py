"""The machine form of an answer as it is read back: every field checked, nothing trusted.

What ``papers ask --json`` prints and a saved answer holds. Reading and writing files is
left to ``saved``.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import UsageError
from rag.records import Reason, Verdict

Line = Annotated[str, Field(max_length=2_000)]
Passage = Annotated[str, Field(max_length=100_000)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class Part(BaseModel):
    """A part of the form: strict, frozen, and without infinities."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class SavedCitation(Part):
    """A citation as ``papers ask --json`` prints it."""

    n: Count
    paper_id: Line
    title: Passage
    quote: Passage
    start: Count
    end: Count
    verdict: Annotated[Verdict, Field(strict=False)]
    why: Passage = ""


class SavedClaim(Part):
    """A claim with its citations."""

    text: Passage
    verdict: Annotated[Verdict, Field(strict=False)]
    why: Passage = ""
    citations: Annotated[list[SavedCitation], Field(max_length=200)]


class SavedPaper(Part):
    """A source, or one of the nearest papers."""

    paper_id: Line
    title: Passage
    n: Count | None = None


class SavedView(Part):
    """What one retriever said of a paper."""

    rank: Count | None = None
    score: float | None = None
    scaled: float = 0.0


class SavedRank(Part):
    """Where a paper stood among those retrieved."""

    paper_id: Line
    rank: Count
    score: float
    retrievers: dict[Line, SavedView] = {}


class SavedTrace(Part):
    """What is read of the trace; the rest of it is kept in the file as it is."""

    generation: int | None = None
    space: Line | None = None
    model: Line | None = None
    topic: Line | None = None
    matched: Count | None = None
    filters: dict[Line, Any] = {}
    weights: dict[Line, float] = {}
    signals: dict[Line, float] = {}
    retrieved: Annotated[list[SavedRank], Field(max_length=1_000)] = []
    conflicts: Annotated[list[dict[Line, list[Passage]]], Field(max_length=1_000)] = []


class SavedAnswer(Part):
    """An answer as ``papers ask --json`` prints it."""

    question: Annotated[str, Field(min_length=1, max_length=10_000)]
    answer: Passage
    abstained: bool
    reason: Annotated[Reason | None, Field(strict=False)]
    confidence: Annotated[float, Field(ge=0, le=1)]
    complete: bool
    claims: Annotated[list[SavedClaim], Field(max_length=200)]
    sources: Annotated[list[SavedPaper], Field(max_length=1_000)]
    nearest: Annotated[list[SavedPaper], Field(max_length=1_000)]
    trace: SavedTrace


def parse_answer(values: Mapping[str, Any]) -> SavedAnswer:
    """Return an answer's machine form, checked. Raises UsageError."""
    try:
        return SavedAnswer.model_validate(values)
    except ValidationError as exc:
        raise UsageError(f"not an answer: {first_fault(exc)}") from exc


def first_fault(exc: ValidationError) -> str:
    """Return the first thing that is wrong, in one short line that quotes no input."""
    fault = exc.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part)[:40] for part in fault['loc'])}: {fault['msg'].lower()}"[:200]

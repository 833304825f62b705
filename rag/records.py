"""The values that travel between the rooms: frozen, typed, without behaviour.

Nothing here imports anything heavy. ``to_dict`` gives the stable machine form that
``--json`` prints; its ``schema`` number changes when a key changes its meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as the corpus knows it.

    ``published`` is an ISO date cut to ``date_precision`` ("day", "month" or "year");
    ``year_inferred`` marks a date whose year the source did not spell out. None means
    not known, never zero. ``sources`` names every file the paper was seen in;
    ``original_…`` is the text as the source had it, where LaTeX or HTML was cleaned away.
    """

    paper_id: str
    title: str
    abstract: str
    published: str | None = None
    date_precision: str | None = None
    year_inferred: bool = False
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    organisations: tuple[str, ...] = ()
    upvotes: int | None = None
    comments: int | None = None
    url: str | None = None
    arxiv_id: str | None = None
    doi: str | None = None
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    original_title: str | None = None
    original_abstract: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A stretch of input that is no paper: where it stands and why it was left out."""

    source: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: reason``."""
        return f"{self.source}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole sentences of one abstract: ``paper.abstract[start:end] == text``, always.

    ``sentences`` are spans within ``text``; ``tokens`` counts ``text`` with tiktoken.
    """

    chunk_id: str
    paper_id: str
    start: int
    end: int
    text: str
    tokens: int
    sentences: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an abstract, verbatim: ``abstract[start:end] == text``."""

    text: str
    start: int
    end: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class RetrieverView:
    """What one retriever said of a paper: 1-based rank, raw score, score scaled to [0, 1]."""

    rank: int | None
    score: float | None
    scaled: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper with its rank (1 is best), fused score in [0, 1] and the reasons for both."""

    rank: int
    paper: Paper
    score: float
    views: Mapping[str, RetrieverView]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Everything one query brought back, with how it was understood and weighed.

    ``filters`` are the conditions on fields that were applied; ``matched`` counts the
    papers they let through (None when there were none); ``topic`` is what was left of the
    question to search by, empty when it asked for fields only; ``signals`` are the
    numbers that set ``weights``.
    """

    query: str
    hits: tuple[Hit, ...]
    topic: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    matched: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What the code found when it held a claim against the cited abstract."""

    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"


class Reason(StrEnum):
    """Why an answer abstains."""

    NOT_IN_CORPUS = "not_in_corpus"
    NOT_IN_ABSTRACT = "not_in_abstract"
    OTHER_LANGUAGE = "other_language"
    CONFLICTING = "conflicting"
    NO_MATCH = "no_match"
    EMPTY_CORPUS = "empty_corpus"
    MODEL_DECLINED = "model_declined"


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim's link to one paper: ``n`` as shown, ``quote`` verbatim from its abstract."""

    n: int
    paper_id: str
    title: str
    quote: str
    start: int
    end: int
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, its citations, and the verdict on the whole."""

    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A cited paper as it is listed under an answer."""

    n: int
    paper: Paper


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took: tokens and money of the model, seconds of each stage."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's answer: claims with checked citations, or a reasoned abstention.

    ``complete`` is false when the model's stream broke off. ``invalid_citations`` are
    the marks that named no offered paper, kept as they stood.
    """

    question: str
    claims: tuple[Claim, ...] = ()
    sources: tuple[Source, ...] = ()
    abstained: bool = False
    reason: Reason | None = None
    explanation: str = ""
    nearest: tuple[Paper, ...] = ()
    confidence: float = 0.0
    invalid_citations: tuple[str, ...] = ()
    dropped: tuple[Claim, ...] = ()
    complete: bool = True
    usage: Usage = field(default_factory=Usage)
    trace: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as prose with ``[n]`` marks, or the sentence that says why not."""
        if self.abstained:
            return self.explanation
        return " ".join(marked(claim) for claim in self.claims)

    def _repr_html_(self) -> str:
        """Return what a notebook shows; the records themselves know nothing of HTML."""
        return str(import_module("rag.notebook").answer_html(self))


def marked(claim: Claim) -> str:
    """Return the claim's text followed by its marks, as in ``It grows [1][3].``."""
    marks = "".join(f"[{c.n}]" for c in claim.citations)
    if not marks:
        return claim.text
    body, stop = (claim.text[:-1], claim.text[-1]) if claim.text[-1:] in ".!?" else (claim.text, "")
    return f"{body} {marks}{stop}"


def paper_to_dict(paper: Paper) -> dict[str, Any]:
    """Return the paper's known fields, JSON-ready; ``Paper(**…)`` of it needs tuples back."""
    names = Paper.__dataclass_fields__
    values = {name: getattr(paper, name) for name in names}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in (None, (), False)
    }


def paper_from_dict(values: Mapping[str, Any]) -> Paper:
    """Return the paper that ``paper_to_dict`` described."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Paper(**fields)


def retrieval_to_dict(retrieval: Retrieval) -> dict[str, Any]:
    """Return the machine form of a search, best hit first."""
    return {
        "schema": SCHEMA,
        "query": retrieval.query,
        "filters": dict(retrieval.filters),
        "topic": retrieval.topic,
        "matched": retrieval.matched,
        "weights": {k: round(v, 4) for k, v in retrieval.weights.items()},
        "signals": {k: round(v, 4) for k, v in retrieval.signals.items()},
        "notes": list(retrieval.notes),
        "hits": [_hit_to_dict(hit) for hit in retrieval.hits],
    }


def _hit_to_dict(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "paper_id": hit.paper.paper_id,
        "title": hit.paper.title,
        "date": hit.paper.published,
        "score": round(hit.score, 6),
        "retrievers": {
            name: {"rank": view.rank, "score": view.score, "scaled": round(view.scaled, 4)}
            for name, view in hit.views.items()
        },
        "evidence": [
            {"text": e.text, "start": e.start, "end": e.end, "score": round(e.score, 4)}
            for e in hit.evidence
        ],
    }


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """Return the machine form of an answer."""
    return {
        "schema": SCHEMA,
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason.value if answer.reason else None,
        "confidence": round(answer.confidence, 4),
        "complete": answer.complete,
        "claims": [claim_to_dict(claim) for claim in answer.claims],
        "sources": [_source_to_dict(source) for source in answer.sources],
        "nearest": [{"paper_id": p.paper_id, "title": p.title} for p in answer.nearest],
        "invalid_citations": list(answer.invalid_citations),
        "dropped": [claim_to_dict(claim) for claim in answer.dropped],
        "usage": {
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cost_usd": answer.usage.cost_usd,
            "seconds": {k: round(v, 4) for k, v in answer.usage.seconds.items()},
        },
        "trace": dict(answer.trace),
    }


def claim_to_dict(claim: Claim) -> dict[str, Any]:
    """Return the machine form of a claim with its citations."""
    return {
        "text": claim.text,
        "verdict": claim.verdict.value,
        "why": claim.why,
        "citations": [
            {
                "n": c.n,
                "paper_id": c.paper_id,
                "title": c.title,
                "quote": c.quote,
                "start": c.start,
                "end": c.end,
                "verdict": c.verdict.value,
                "why": c.why,
            }
            for c in claim.citations
        ],
    }


def _source_to_dict(source: Source) -> dict[str, Any]:
    paper = source.paper
    return {
        "n": source.n,
        "paper_id": paper.paper_id,
        "title": paper.title,
        "date": paper.published,
        "organisations": list(paper.organisations),
        "url": paper.url,
    }

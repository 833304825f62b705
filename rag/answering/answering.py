"""One LangChain runnable from a question to an ``Answer``.

``invoke`` returns the whole answer, ``stream`` yields it as it grows, each time a
complete ``Answer`` whose last state equals what ``invoke`` returns; ``batch`` runs many.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from rag.answering.abstaining import explained
from rag.answering.confidence import Assessment, assess
from rag.answering.drafts import number_claims
from rag.answering.listing import list_papers, tell_fields
from rag.answering.makers import papers_of_maker
from rag.answering.named import named_first
from rag.answering.writing import AnswerOptions, Writer, Written
from rag.errors import PapersError
from rag.records import Answer, Claim, Hit, Paper, Reason, Retrieval, Usage, Verdict
from rag.retrieval.search import Searcher

NEAREST = 5
RETRIEVED = 10


class Answerer(Runnable[str, Answer]):
    """Question in, checked answer out."""

    def __init__(self, searcher: Searcher, writer: Writer, options: AnswerOptions) -> None:
        """``writer`` is an ``ExtractiveWriter`` or one that asks a model."""
        self._searcher = searcher
        self._writer = writer
        self._options = options

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Return the final answer to the question ``input``."""
        answer: Answer | None = None
        for state in self.stream(input, config, **kwargs):
            answer = state
        if answer is None:
            raise PapersError("no answer was made")
        return answer

    def stream(
        self,
        input: str,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows; the last state is final."""
        started = time.perf_counter()
        most = max(RETRIEVED, self._options.papers)
        retrieval = self._searcher.search(input, most, filters=kwargs.get("filters"))
        seconds = {"retrieval": time.perf_counter() - started}
        yield from self.answer(retrieval, seconds)

    def answer(self, retrieval: Retrieval, seconds: dict[str, float]) -> Iterator[Answer]:
        """Yield the answer that rests on ``retrieval``, as it grows."""
        started = time.perf_counter()
        retrieval = papers_of_maker(retrieval, self._searcher.index, RETRIEVED) or retrieval
        told = tell_fields(retrieval) if retrieval.topic else list_papers(retrieval)
        if told:
            listed = Written(tuple(told))
            certain = Assessment(1.0, Reason.NOT_IN_CORPUS)
            yield self._assemble(retrieval, certain, listed, seconds)
            return
        retrieval = replace(retrieval, hits=named_first(retrieval.query, retrieval.hits))
        assessment = assess(retrieval.topic, retrieval, known=self._is_known)
        if not retrieval.hits or assessment.confidence < self._options.threshold:
            yield self._abstain(retrieval, assessment, seconds)
            return
        for written in self._writer.write(retrieval.query, retrieval, self._options):
            spent = {**seconds, "writing": time.perf_counter() - started}
            if written.declined or (written.complete and not written.drafts):
                declined = replace(assessment, reason=Reason.MODEL_DECLINED)
                yield self._abstain(retrieval, declined, spent, written)
            else:
                yield self._assemble(retrieval, assessment, written, spent)

    def _is_known(self, term: str) -> bool:
        return bool(self._searcher.index.lexical(term, 1))

    def _assemble(
        self,
        retrieval: Retrieval,
        assessment: Assessment,
        written: Written,
        seconds: dict[str, float],
    ) -> Answer:
        claims, sources = number_claims(written.drafts)
        dropped: tuple[Claim, ...] = ()
        if self._options.strict:
            dropped = tuple(c for c in claims if c.verdict is Verdict.UNSUPPORTED)
            kept = [d for d, c in zip(written.drafts, claims, strict=True) if c not in dropped]
            claims, sources = number_claims(kept)
        return Answer(
            question=retrieval.query,
            claims=claims,
            sources=sources,
            nearest=_nearest(retrieval),
            confidence=assessment.confidence,
            invalid_citations=written.invalid,
            dropped=dropped,
            complete=written.complete,
            usage=replace(written.usage, seconds={**seconds, **written.usage.seconds}),
            trace={**self._trace(retrieval), **dict(written.trace)},
        )

    def _abstain(
        self,
        retrieval: Retrieval,
        assessment: Assessment,
        seconds: dict[str, float],
        written: Written | None = None,
    ) -> Answer:
        reason = assessment.reason
        if self._searcher.index.is_empty():
            reason = Reason.EMPTY_CORPUS
        reason, explanation = explained(reason, retrieval, self._searcher.index.space.name)
        usage = written.usage if written else Usage()
        return Answer(
            question=retrieval.query,
            abstained=True,
            reason=reason,
            explanation=explanation,
            nearest=_nearest(retrieval),
            confidence=assessment.confidence,
            invalid_citations=written.invalid if written else (),
            usage=replace(usage, seconds={**seconds, **usage.seconds}),
            trace={**self._trace(retrieval), **dict(written.trace if written else ())},
        )

    def _trace(self, retrieval: Retrieval) -> dict[str, Any]:
        return {
            "generation": self._searcher.index.generation,
            "space": self._searcher.index.space.name,
            "model": None,
            "filters": dict(retrieval.filters),
            "topic": retrieval.topic,
            "matched": retrieval.matched,
            "weights": dict(retrieval.weights),
            "signals": dict(retrieval.signals),
            "options": {
                "papers": self._options.papers,
                "sentences": self._options.sentences,
                "strict": self._options.strict,
                "threshold": self._options.threshold,
            },
            "retrieved": [_place(hit) for hit in retrieval.hits],
        }


def _nearest(retrieval: Retrieval) -> tuple[Paper, ...]:
    return tuple(hit.paper for hit in retrieval.hits[:NEAREST])


def _place(hit: Hit) -> dict[str, Any]:
    """Return where a paper stood and what each retriever said of it, JSON-ready."""
    return {
        "paper_id": hit.paper.paper_id,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "retrievers": {
            name: {"rank": view.rank, "score": view.score, "scaled": round(view.scaled, 4)}
            for name, view in hit.views.items()
        },
    }

"""Searching as users mean it: a question goes in, ranked papers and the reasons come out.

What a question says of fields (dates, organisations, counts) becomes filters, what is
left is its topic. Explicit filters win over understood ones; a filter that lets nothing
through is said, never dropped.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.errors import UsageError
from rag.index.index import Index
from rag.records import Hit, Retrieval
from rag.retrieval.filters import ORDERS, Filters, combined, describe, filters_to_sql, order_to_sql
from rag.retrieval.query import CorpusFacts, Understood, corpus_facts, understand
from rag.retrieval.ranking import Ranker
from rag.retrieval.reranking import Reranker, reranked
from rag.text.terms import terms

LONGEST_QUESTION = 10_000
# Of the papers found for a topic, those with at least this share of the best score count
# as being about it when the question asks for the newest, the most discussed, …
ABOUT_IT = 0.6
_NO_FILTERS = Filters()


class Searcher:
    """Answers queries over one index."""

    def __init__(
        self,
        index: Index,
        *,
        candidates: int = 40,
        understand: bool = True,
        reranker: Reranker | None = None,
        rerank_top: int = 20,
    ) -> None:
        """``understand`` reads conditions on fields out of the question.

        ``reranker`` orders the ``rerank_top`` best papers anew, unless the question asks
        for an order of its own.
        """
        self.index = index
        self._ranker = Ranker(index, candidates=candidates)
        self._understand = understand
        self._reranker = reranker
        self._rerank_top = rerank_top
        self._facts: tuple[int, CorpusFacts] | None = None

    def search(self, query: str, k: int = 10, *, filters: Filters | None = None) -> Retrieval:
        """Return the ``k`` best papers for ``query``. Raises UsageError for an unusable one."""
        query = checked_question(query)
        if self.index.is_empty():
            return Retrieval(query, ())
        understood = self._read(query)
        active = combined(filters or _NO_FILTERS, understood.filters)
        if not active:
            found = replace(self._ranker.rank(query, self._deep(k)), notes=understood.notes)
            return self._best(found, k)
        found = self._filtered(active, understood.topic, k)
        notes = (*understood.notes, *found.notes)
        if found.matched == 0:
            notes = (*notes, f"no paper matches: {describe(active)}")
        return replace(found, query=query, filters=active.to_dict(), notes=notes)

    def _deep(self, k: int) -> int:
        return max(k, self._rerank_top) if self._reranker else k

    def _best(self, found: Retrieval, k: int) -> Retrieval:
        """Return the ``k`` best hits, reranked where that is configured."""
        if self._reranker:
            found = reranked(found, self._reranker, self._rerank_top)
        return replace(found, hits=found.hits[:k])

    def _read(self, query: str) -> Understood:
        if not self._understand:
            return Understood(_NO_FILTERS, query)
        generation = self.index.generation
        if self._facts is None or self._facts[0] != generation:
            self._facts = (generation, corpus_facts(self.index.catalogue))
        understood = understand(query, self._facts[1])
        # "… Global Burden of Disease Study 2013" is a paper of 2016: a title sets no conditions.
        if understood.filters and self.index.catalogue.has_title(query):
            return Understood(_NO_FILTERS, query)
        return understood

    def _filtered(self, active: Filters, topic: str, k: int) -> Retrieval:
        where, values = filters_to_sql(active)
        if active.order:
            where += f" AND {ORDERS[active.order][0]} IS NOT NULL"
        nums = self.index.catalogue.select_papers(where, values, order=order_to_sql(active))
        matched = len(nums) if active.restricts else None
        if not nums:
            return Retrieval("", (), topic=topic, matched=matched)
        limit = min(k, active.limit or k)
        if not terms(topic):
            return Retrieval("", self._ranker.listed(nums[:limit]), matched=matched)
        allowed = np.asarray(sorted(nums), dtype=np.int64)
        chosen_from = max(k, 50) if active.order or active.exclude else self._deep(k)
        found = self._ranker.rank(topic, chosen_from, allowed=allowed)
        hits = _without(found.hits, active.exclude)
        if active.order:
            hits = _in_order(hits, active.order)
        elif self._reranker:
            found = self._best(replace(found, hits=tuple(hits)), k)
            hits = list(found.hits)
        kept = tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits[:limit], 1))
        return replace(found, hits=kept, matched=matched)


def _without(hits: Sequence[Hit], excluded: Sequence[str]) -> list[Hit]:
    """Return the hits that do not speak of an excluded term."""
    unwanted = [set(terms(phrase)) for phrase in excluded if terms(phrase)]
    return [
        hit
        for hit in hits
        if not any(
            words <= set(terms(f"{hit.paper.title} {hit.paper.abstract}")) for words in unwanted
        )
    ]


def _in_order(hits: Sequence[Hit], order: str) -> list[Hit]:
    """Return the hits that are about the topic, sorted by the field that was asked for."""
    column, direction, _ = ORDERS[order]
    best = max((hit.score for hit in hits), default=0.0)
    about = [hit for hit in hits if hit.score >= ABOUT_IT * best]
    known = [hit for hit in about if getattr(hit.paper, column) is not None]
    return sorted(known, key=lambda hit: getattr(hit.paper, column), reverse=direction == "DESC")


def checked_question(text: str) -> str:
    """Return the question without surrounding white space. Raises UsageError."""
    text = text.strip()
    if not text:
        raise UsageError("the question is empty; ask something, e.g. papers ask 'What is …?'")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read"
        )
    return text.encode("utf-8", "replace").decode("utf-8")

"""From a question to ranked papers: propose, score, fuse, explain.

Each retriever proposes candidates; every candidate is then scored by both, so that
fusion compares like with like. Fields asked for in the question become filters. What is
said about the papers found is left to answering.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.embedding import Vector
from rag.index.catalogue import ChunkRow
from rag.index.index import Index
from rag.index.lexical import Ints, LexicalHit
from rag.records import Hit, Paper, Retrieval, RetrieverView
from rag.retrieval.evidence import best_evidence, sentences_of
from rag.retrieval.fusion import Candidate, Fused, fuse, phrase_share
from rag.retrieval.naming import rare_names
from rag.retrieval.requests import without_request
from rag.text.terms import terms

EVIDENCE_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one query with all that is known of them."""

    query: str
    vector: Vector
    idf: Mapping[str, float]
    candidates: Sequence[Candidate]
    chunks: Mapping[int, Sequence[ChunkRow]]
    sentence_vectors: Mapping[str, Vector]


class Ranker:
    """Ranks the papers of an index for a question."""

    def __init__(self, index: Index, *, candidates: int = 100) -> None:
        """``candidates`` is how many papers each retriever proposes."""
        self._index = index
        self._candidates = candidates

    def rank(self, query: str, k: int, *, allowed: Ints | None = None) -> Retrieval:
        """Return the ``k`` best papers for ``query``, best first; ties by paper number."""
        pool = self.pool(query, max(k, self._candidates), allowed)
        fused, weights, signals = fuse(
            pool.candidates,
            query_terms=len(pool.idf),
            phrases=lambda nums: self._phrase_shares(pool, nums),
        )
        papers = self._index.catalogue.papers(f.paper_num for f in fused[:k])
        kept = [f for f in fused[:k] if f.paper_num in papers]
        views = _views(pool.candidates, fused)
        hits = tuple(
            self._hit(rank, papers[f.paper_num], f, pool, views) for rank, f in enumerate(kept, 1)
        )
        return Retrieval(query, hits, topic=query, weights=weights, signals=signals)

    def listed(self, nums: Sequence[int]) -> tuple[Hit, ...]:
        """Return these papers in the order given, for a question that is about fields only."""
        papers = self._index.catalogue.papers(nums)
        rows: dict[int, list[ChunkRow]] = {}
        for row in self._index.chunks_of(papers):
            rows.setdefault(row.paper_num, []).append(row)
        return tuple(
            Hit(
                rank, papers[num], 1.0 / rank, {},
                best_evidence(sentences_of(papers[num], rows.get(num, []), {}), {}, None, 1),
            )
            for rank, num in enumerate((n for n in nums if n in papers), 1)
        )  # fmt: skip

    def _phrase_shares(self, pool: Pool, nums: Sequence[int]) -> dict[int, float]:
        query = terms(pool.query)
        return {
            num: phrase_share(query, pool.idf, [terms(paper.title), terms(paper.abstract)])
            for num, paper in self._index.catalogue.papers(nums).items()
        }

    def pool(self, query: str, n: int, allowed: Ints | None) -> Pool:
        """Return what both retrievers propose, each candidate scored by both."""
        query = without_request(query)
        vector = self._index.embed_query(query)
        proposed = self._index.dense(vector, n, allowed=allowed)
        nums = {hit.chunk.paper_num for hit in proposed}
        nums |= {hit.paper_num for hit in self._index.lexical(query, n, allowed=allowed)}
        everyone = np.asarray(sorted(nums), dtype=np.int64)
        lexical = {
            hit.paper_num: hit
            for hit in self._index.lexical(query, len(everyone), allowed=everyone)
        }
        idf = self._index.idf(query)
        names = " ".join(rare_names(query, idf))
        named = {
            hit.paper_num: hit.coverage
            for hit in self._index.lexical(names, len(everyone), allowed=everyone)
        }
        rows = self._index.chunks_of(nums)
        vectors = self._index.vectors_of(rows)
        sentences = self._index.sentence_vectors(rows)
        chunks: dict[int, list[ChunkRow]] = {}
        for row in rows:
            chunks.setdefault(row.paper_num, []).append(row)
        candidates = [
            replace(
                _candidate(num, chunks.get(num, []), vector, vectors, sentences, lexical.get(num)),
                named=named.get(num, 0.0),
            )
            for num in everyone.tolist()
        ]
        return Pool(query, vector, idf, candidates, chunks, sentences)

    def _hit(
        self,
        rank: int,
        paper: Paper,
        fused: Fused,
        pool: Pool,
        views: Mapping[int, Mapping[str, RetrieverView]],
    ) -> Hit:
        sentences = sentences_of(paper, pool.chunks[fused.paper_num], pool.sentence_vectors)
        evidence = best_evidence(sentences, pool.idf, pool.vector, EVIDENCE_SENTENCES)
        return Hit(rank, paper, fused.score, views[fused.paper_num], evidence)


def _candidate(
    num: int,
    rows: Sequence[ChunkRow],
    query: Vector,
    vectors: Mapping[str, Vector],
    sentences: Mapping[str, Vector],
    lexical: LexicalHit | None,
) -> Candidate:
    cosines = {row.key: float(vectors[row.key] @ query) for row in rows if row.key in vectors}
    nearest = max(cosines, key=cosines.__getitem__, default=None)
    best = [
        float((sentences[row.key] @ query).max()) for row in rows if len(sentences.get(row.key, []))
    ]
    return Candidate(
        paper_num=num,
        dense=None if nearest is None else cosines[nearest],
        sentence=max(best, default=None),
        lexical=lexical.score if lexical else None,
        coverage=lexical.coverage if lexical else 0.0,
        vector=None if nearest is None else vectors[nearest],
    )


def _views(
    candidates: Sequence[Candidate], fused: Sequence[Fused]
) -> dict[int, dict[str, RetrieverView]]:
    scaled = {f.paper_num: f for f in fused}
    dense = _ranks({c.paper_num: c.dense for c in candidates if c.dense is not None})
    lexical = _ranks({c.paper_num: c.lexical for c in candidates if c.lexical is not None})
    return {
        c.paper_num: {
            "dense": RetrieverView(
                dense.get(c.paper_num), c.dense, scaled[c.paper_num].dense_scaled
            ),
            "lexical": RetrieverView(
                lexical.get(c.paper_num), c.lexical, scaled[c.paper_num].lexical_scaled
            ),
        }
        for c in candidates
    }


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    order = sorted(scores, key=lambda num: (-scores[num], num))
    return {num: rank for rank, num in enumerate(order, 1)}

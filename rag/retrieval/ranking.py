"""From a question to ranked papers: propose, score, fuse, explain.

Each retriever proposes candidates; every candidate is then scored by both, so that
fusion compares like with like. Fields asked for in the question become filters. What is
said about the papers found is left to answering.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import Encoded, Vector
from rag.index.catalogue import ChunkRow
from rag.index.index import Index
from rag.index.matches import Ints, LexicalHit
from rag.records import Hit, Paper, Retrieval, RetrieverView
from rag.retrieval.evidence import best_evidence, sentences_of
from rag.retrieval.fusion import Candidate, Fused, fuse, phrase_share
from rag.retrieval.naming import rare_names
from rag.retrieval.requests import without_request
from rag.text.terms import terms

EVIDENCE_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one query with all that is known of them.

    ``papers`` grows with those that were looked at in full.
    """

    query: str
    vector: Vector
    idf: Mapping[str, float]
    candidates: Sequence[Candidate]
    chunks: Mapping[int, Sequence[ChunkRow]]
    sentence_vectors: Mapping[str, Vector]
    papers: dict[int, Paper]


class Ranker:
    """Ranks the papers of an index for a question."""

    def __init__(self, index: Index, *, candidates: int = 40) -> None:
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
        unread = [f.paper_num for f in fused[:k] if f.paper_num not in pool.papers]
        papers = pool.papers | self._index.catalogue.papers(unread)
        kept = [f for f in fused[:k] if f.paper_num in papers]
        views = _views(pool.candidates, kept)
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
        papers = self._index.catalogue.papers(nums)
        pool.papers.update(papers)
        return {
            num: phrase_share(query, pool.idf, [terms(paper.title), terms(paper.abstract)])
            for num, paper in papers.items()
        }

    def pool(self, query: str, n: int, allowed: Ints | None) -> Pool:
        """Return what both retrievers propose, each candidate scored by both."""
        query = without_request(query)
        vector = self._index.embed_query(query)
        nums = {hit.chunk.paper_num for hit in self._index.dense(vector, n, allowed=allowed)}
        matches = self._index.lexical_matches(query)
        nums |= {hit.paper_num for hit in matches.best(n, allowed=allowed)}
        idf = self._index.idf(query)
        chunks: dict[int, list[ChunkRow]] = {num: [] for num in sorted(nums)}
        rows = self._index.chunks_of(nums)
        for row in rows:
            chunks[row.paper_num].append(row)
        nearness = Nearness(self._index.encoded_of(rows), vector)
        lexical = matches.of(chunks)
        names = rare_names(query, idf)
        named = self._index.lexical_matches(" ".join(names)).of(chunks) if names else {}
        candidates = [
            _candidate(num, chunks[num], nearness, lexical.get(num), named.get(num))
            for num in chunks
        ]
        return Pool(query, vector, idf, candidates, chunks, nearness.sentences, {})

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


class Nearness:
    """Cosines of a query to chunks and to their best sentences, by content key."""

    def __init__(self, encoded: Mapping[str, Encoded], query: Vector) -> None:
        """One product for all chunks and one for all sentences: ``query`` is (dim,)."""
        self.vectors = {key: e.vector for key, e in encoded.items()}
        self.sentences = {
            key: e.sentences
            for key, e in encoded.items()
            if e.sentences is not None and len(e.sentences)
        }
        self.whole: dict[str, float] = {}
        if self.vectors:
            cosines = np.stack(list(self.vectors.values())) @ query
            self.whole = dict(zip(self.vectors, cosines.tolist(), strict=True))
        self.best: dict[str, float] = {}
        if self.sentences:
            cosines = np.concatenate(list(self.sentences.values())) @ query
            lengths = [len(rows) for rows in self.sentences.values()]
            best = np.maximum.reduceat(cosines, np.cumsum([0, *lengths[:-1]]))
            self.best = dict(zip(self.sentences, best.tolist(), strict=True))


def _candidate(
    num: int,
    rows: Sequence[ChunkRow],
    nearness: Nearness,
    lexical: LexicalHit | None,
    named: LexicalHit | None,
) -> Candidate:
    known = [row.key for row in rows if row.key in nearness.whole]
    nearest = max(known, key=nearness.whole.__getitem__, default=None)
    return Candidate(
        paper_num=num,
        dense=None if nearest is None else nearness.whole[nearest],
        sentence=max((nearness.best[r.key] for r in rows if r.key in nearness.best), default=None),
        lexical=lexical.score if lexical else None,
        coverage=lexical.coverage if lexical else 0.0,
        named=named.coverage if named else 0.0,
        vector=None if nearest is None else nearness.vectors[nearest],
    )


def _views(
    candidates: Sequence[Candidate], fused: Sequence[Fused]
) -> dict[int, dict[str, RetrieverView]]:
    dense = {c.paper_num: c.dense for c in candidates if c.dense is not None}
    lexical = {c.paper_num: c.lexical for c in candidates if c.lexical is not None}
    dense_ranks, lexical_ranks = _ranks(dense), _ranks(lexical)
    return {
        f.paper_num: {
            "dense": RetrieverView(
                dense_ranks.get(f.paper_num), dense.get(f.paper_num), f.dense_scaled
            ),
            "lexical": RetrieverView(
                lexical_ranks.get(f.paper_num), lexical.get(f.paper_num), f.lexical_scaled
            ),
        }
        for f in fused
    }


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    order = sorted(scores, key=lambda num: (-scores[num], num))
    return {num: rank for rank, num in enumerate(order, 1)}

"""From the index to what themes are made of: the papers that match, and their vectors.

The only part of the themes that reads an index. A paper cut into several chunks is
represented by the mean of their vectors.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rag.errors import IndexStateError
from rag.index.index import Index
from rag.records import Paper, Retrieval
from rag.themes.space import Vectors, unit

MOST_MATCHES = 150  # papers of a query that are looked at
RELEVANT = 0.35  # of the best paper's score: what is further off is no match
LEAST_SCORE = 0.25  # of the best paper: below it the query is about something else


def gather(index: Index, nums: Sequence[int] | None = None) -> tuple[list[Paper], Vectors]:
    """Return papers (n) and their unit vectors (n, dim), in the order they were first seen.

    ``nums`` are catalogue numbers, None meaning the whole corpus. Raises IndexStateError
    when a paper has no vector yet.
    """
    found = index.catalogue.iter_papers() if nums is None else index.catalogue.papers(nums).items()
    papers = dict(sorted(found))
    vectors = _paper_vectors(index, list(papers))
    missing = len(papers) - len(vectors)
    if missing:
        raise IndexStateError(f"{missing} papers are not embedded; mend: papers index rebuild")
    if not papers:
        return [], np.zeros((0, 1), np.float32)
    return list(papers.values()), unit(np.stack([vectors[num] for num in papers]))


def gather_matching(
    index: Index, query: str, filters: Any, search: Callable[..., Retrieval]
) -> tuple[list[Paper], Vectors]:
    """Return what ``gather`` does of the papers that a query and conditions on fields find.

    ``search`` is how the corpus is searched. An empty query is met by every paper, filters
    None by all fields.
    """
    if query:
        found = relevant_papers(search(query, k=MOST_MATCHES, filters=filters))
        return gather(index, numbers_of(index, found))
    return gather(index, None if filters is None else numbers_matching(index, filters))


def _paper_vectors(index: Index, nums: Sequence[int]) -> dict[int, Vectors]:
    rows = index.chunks_of(nums)
    by_key = index.vectors_of(rows)
    of_paper: dict[int, list[Vectors]] = {}
    for row in rows:
        if row.key in by_key:
            of_paper.setdefault(row.paper_num, []).append(by_key[row.key])
    return {num: np.mean(vectors, axis=0) for num, vectors in of_paper.items()}


def relevant_papers(retrieval: Retrieval) -> list[Paper]:
    """Return the papers of a search that are near enough to its best one, best first.

    None when even the best is far off: words that no paper uses, a subject of another field.
    """
    if not retrieval.weights:  # only fields were asked for: whatever matches is relevant
        return [hit.paper for hit in retrieval.hits]
    best = max((hit.score for hit in retrieval.hits), default=0.0)
    if best < LEAST_SCORE:
        return []
    return [hit.paper for hit in retrieval.hits if hit.score >= RELEVANT * best]


def numbers_of(index: Index, papers: Sequence[Paper]) -> list[int]:
    """Return the catalogue numbers of these papers."""
    found = (index.catalogue.find(paper.paper_id) for paper in papers)
    return [known[0] for known in found if known is not None]


def numbers_matching(index: Index, filters: Any) -> list[int]:
    """Return the catalogue numbers of the papers that meet conditions on fields."""
    from rag.retrieval.filters import filters_to_sql

    where, values = filters_to_sql(filters)
    return index.catalogue.select_papers(where, values)

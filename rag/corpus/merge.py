"""Bring two records of the same paper together without losing a field of either."""

from dataclasses import replace

from rag.corpus.normalise import is_hashed_id
from rag.records import Paper

_PRECISION = {None: 0, "year": 1, "month": 2, "day": 3}


def may_be_same(known: Paper, new: Paper) -> bool:
    """Tell whether two papers with equal titles may be one.

    Not so when their sources vouch for different identifiers of the same kind.
    """
    if known.paper_id == new.paper_id:
        return True
    for mine, other in ((known.arxiv_id, new.arxiv_id), (known.doi, new.doi)):
        if mine and other:
            return mine == other
    return is_hashed_id(known.paper_id) or is_hashed_id(new.paper_id) or _names_other(known, new)


def _names_other(known: Paper, new: Paper) -> bool:
    """Tell whether one is known by arXiv id and the other by DOI only."""
    return bool((known.arxiv_id and new.doi) or (known.doi and new.arxiv_id))


def merge(known: Paper, new: Paper) -> Paper:
    """Return ``known`` enriched by ``new``.

    The paper keeps its id. A new text under the same id replaces the old one; under
    another id it only fills a gap. The better-known date wins: more precise, then
    spelled out rather than inferred. Counts grow, lists are united.
    """
    same_id = known.paper_id == new.paper_id
    dated = max(known, new, key=_date_quality)
    return replace(
        known,
        title=new.title if same_id and new.title else known.title or new.title,
        abstract=new.abstract if same_id and new.abstract else known.abstract or new.abstract,
        published=dated.published,
        date_precision=dated.date_precision,
        year_inferred=dated.year_inferred,
        authors=max(known.authors, new.authors, key=len),
        author_count=_largest(known.author_count, new.author_count),
        organisations=_united(known.organisations, new.organisations),
        upvotes=_largest(known.upvotes, new.upvotes),
        comments=_largest(known.comments, new.comments),
        url=known.url or new.url,
        arxiv_id=known.arxiv_id or new.arxiv_id,
        doi=known.doi or new.doi,
        categories=_united(known.categories, new.categories),
        sources=_united(known.sources, new.sources),
    )


def _date_quality(paper: Paper) -> tuple[int, bool]:
    return _PRECISION[paper.date_precision], not paper.year_inferred


def _largest(one: int | None, other: int | None) -> int | None:
    return max((v for v in (one, other) if v is not None), default=None)


def _united(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return (*one, *(v for v in other if v not in one))

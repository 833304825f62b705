"""Bring records of the same paper together without losing a field of any.

``may_be_same`` and ``merge`` look at two records; ``merge_all`` at a whole list, and says
which records were joined, why, and where they contradict each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rag.corpus.normalise import TELLING_TITLE, family_name, is_hashed_id, title_key
from rag.records import Paper

_PRECISION = {None: 0, "year": 1, "month": 2, "day": 3}
_ARXIV_DOI = "10.48550/"
_YEARS_APART = 3
_MOST_CANDIDATES = 50
_ORIGINALS = tuple(
    n for n in ("original_title", "original_abstract") if n in Paper.__dataclass_fields__
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which two records of one paper disagree, and the value that was kept."""

    field: str
    kept: object
    other: object


@dataclass(frozen=True, slots=True)
class Join:
    """Two records that were taken for one paper: the id kept, the record joined, and why."""

    paper_id: str
    other: Paper
    why: str
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Merging:
    """Distinct papers in the order in which they were first seen, and the joins made."""

    papers: tuple[Paper, ...]
    joins: tuple[Join, ...]


def may_be_same(known: Paper, new: Paper) -> bool:
    """Tell whether two papers that share an id or a title may be one.

    Not so when their sources vouch for different identifiers of the same kind, when both
    name authors and share none, or when a short, common title is all that they share and
    the years are far apart.
    """
    if known.paper_id == new.paper_id:
        return True
    for mine, other in ((known.arxiv_id, new.arxiv_id), (_doi(known), _doi(new))):
        if mine and other:
            return mine == other
    if _strangers(known, new):
        return False
    if is_hashed_id(known.paper_id) or is_hashed_id(new.paper_id):
        return True
    return _names_other(known, new) or _share_author(known, new)


def merge(known: Paper, new: Paper) -> Paper:
    """Return ``known`` enriched by ``new``.

    The paper keeps its id. A new text under the same id replaces the old one; under
    another id it only fills a gap. The better-known date wins: more precise, then
    spelled out rather than inferred. Counts grow, lists are united.
    """
    same_id = known.paper_id == new.paper_id
    titled = new if new.title and (same_id or not known.title) else known
    told = new if new.abstract and (same_id or not known.abstract) else known
    dated = max(known, new, key=_date_quality)
    originals: dict[str, Any] = {
        name: getattr(paper, name) for name, paper in zip(_ORIGINALS, (titled, told), strict=False)
    }
    return replace(
        known,
        title=titled.title,
        abstract=told.abstract,
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
        **originals,
    )


def merge_all(papers: Iterable[Paper]) -> Merging:
    """Return the distinct papers: same id, arXiv id or DOI, or the same title and no objection.

    A pure function of the list. Linear in its length as long as few papers share a title.
    """
    merged: list[Paper] = []
    places: dict[str, list[int]] = {}
    joins: list[Join] = []
    for paper in papers:
        place, why = _place_of(paper, merged, places)
        if place is None:
            place = len(merged)
            merged.append(paper)
        else:
            known = merged[place]
            joins.append(Join(known.paper_id, paper, why, conflicts(known, paper)))
            merged[place] = merge(known, paper)
        for _, key in _keys(merged[place], paper):
            if place not in places.setdefault(key, []):
                places[key].append(place)
    return Merging(tuple(merged), tuple(joins))


def conflicts(known: Paper, new: Paper) -> tuple[Conflict, ...]:
    """Return the fields that both records know and do not agree on; ``merge`` keeps the first."""
    kept = merge(known, new)
    found = []
    for name in ("title", "abstract", "published", "authors", "author_count", "arxiv_id", "doi"):
        one, other = getattr(known, name), getattr(new, name)
        if one and other and not _agree(name, one, other):
            value = getattr(kept, name)
            found.append(Conflict(name, value, other if value == one else one))
    return tuple(found)


def _place_of(
    paper: Paper, merged: list[Paper], places: dict[str, list[int]]
) -> tuple[int | None, str]:
    for why, key in _keys(paper):
        for place in places.get(key, ())[:_MOST_CANDIDATES]:
            if may_be_same(merged[place], paper):
                return place, why
    return None, ""


def _keys(*papers: Paper) -> Iterator[tuple[str, str]]:
    for paper in papers:
        hashed = is_hashed_id(paper.paper_id)  # then the id says no more than the title
        yield "same title" if hashed else "same id", f"id {paper.paper_id}"
        if paper.arxiv_id:
            yield "same arXiv id", f"arxiv {paper.arxiv_id}"
        if paper.doi:
            yield "same DOI", f"doi {paper.doi}"
        if paper.title:
            yield "same title", f"title {title_key(paper.title)}"


def _agree(name: str, one: Any, other: Any) -> bool:
    if name in ("title", "abstract"):
        return title_key(one) == title_key(other)
    if name == "published":
        shorter = min(len(one), len(other))
        return bool(one[:shorter] == other[:shorter])
    if name == "authors":
        return [family_name(a) for a in one] == [family_name(a) for a in other]
    return bool(one == other)


def _strangers(known: Paper, new: Paper) -> bool:
    if known.authors and new.authors:
        return not _share_author(known, new)
    years = [p.published[:4] for p in (known, new) if p.published and p.published[:4].isdecimal()]
    if len(title_key(known.title)) >= TELLING_TITLE or len(years) < 2:
        return False
    return abs(int(years[0]) - int(years[1])) > _YEARS_APART


def _share_author(known: Paper, new: Paper) -> bool:
    return bool({family_name(a) for a in known.authors} & {family_name(a) for a in new.authors})


def _doi(paper: Paper) -> str | None:
    """Return the publisher's DOI; one of arXiv's says no more than the arXiv id."""
    return paper.doi if paper.doi and not paper.doi.startswith(_ARXIV_DOI) else None


def _names_other(known: Paper, new: Paper) -> bool:
    """Tell whether one is known by arXiv id and the other by DOI only."""
    return bool((known.arxiv_id and new.doi) or (known.doi and new.arxiv_id))


def _date_quality(paper: Paper) -> tuple[bool, int, bool]:
    precision = _PRECISION.get(paper.date_precision, 0)
    return paper.published is not None, precision, not paper.year_inferred


def _largest(one: int | None, other: int | None) -> int | None:
    return max((v for v in (one, other) if v is not None), default=None)


def _united(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return (*one, *(v for v in other if v not in one))

"""Bring records of the same paper together without losing a field of any.

``objection`` and ``merge`` look at two records; ``merge_all`` at a whole list, and says
which records were joined, why, and where they contradict each other. What looks alike and
was not joined is found in ``duplicates.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.corpus.normalise import TELLING_TITLE, family_name, is_hashed_id, title_key
from rag.records import Paper

_PRECISION = {None: 0, "year": 1, "month": 2, "day": 3}
_ARXIV_DOI = "10.48550/"
_YEARS_APART = 3
_MOST_CANDIDATES = 50
_COMPARED = ("title", "abstract", "published", "authors", "author_count", "arxiv_id", "doi")
_ORIGINALS = tuple(
    n for n in ("original_title", "original_abstract") if n in Paper.__dataclass_fields__
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field in which two records of one paper disagree, and the value that was kept.

    ``kept_from`` and ``other_from`` name the files that the two values stood in.
    """

    field: str
    kept: object
    other: object
    kept_from: tuple[str, ...] = ()
    other_from: tuple[str, ...] = ()


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
    """Tell whether two papers that share an id or a title may be one; see ``objection``."""
    return objection(known, new) is None


def objection(known: Paper, new: Paper) -> str | None:
    """Return why two papers that share an id or a title are not one, or None.

    They are not when their sources vouch for different identifiers of the same kind, when
    both name authors and share none, or when a short, common title is all that they share
    and the years are far apart.
    """
    if known.paper_id == new.paper_id:
        return None
    kinds = (("arXiv ids", known.arxiv_id, new.arxiv_id), ("DOIs", _doi(known), _doi(new)))
    for kind, mine, other in kinds:
        if mine and other:
            return None if mine == other else f"different {kind}"
    if strange := _strangers(known, new):
        return strange
    if is_hashed_id(known.paper_id) or is_hashed_id(new.paper_id):
        return None
    same = _names_other(known, new) or _share_author(known, new)
    return None if same else "different ids in their sources"


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
    What is merged may be recognised by more, so the result is looked at again until no two
    of its papers are one.
    """
    merging = _merge_once(papers)
    while (again := _merge_once(merging.papers)).joins:
        merging = Merging(again.papers, merging.joins + again.joins)
    return merging


def _merge_once(papers: Iterable[Paper]) -> Merging:
    merged: list[Paper] = []
    members: list[list[Paper]] = []
    places: dict[str, list[int]] = {}
    joins: list[Join] = []
    for paper in papers:
        place, why = _place_of(paper, merged, places)
        if place is None:
            place = len(merged)
            merged.append(paper)
            members.append([paper])
        else:
            known = merged[place]
            found = conflicts(known, paper, members[place])
            joins.append(Join(known.paper_id, paper, why, found))
            merged[place] = merge(known, paper)
            members[place].append(paper)
        for _, key in _keys(merged[place], paper):
            if place not in places.setdefault(key, []):
                places[key].append(place)
    return Merging(tuple(merged), tuple(joins))


def join_of(known: Paper, new: Paper) -> Join:
    """Return the join of two records that are one paper, as ``merge_all`` would note it."""
    theirs = {key for _, key in _keys(known)}
    why = next((why for why, key in _keys(new) if key in theirs), "same id")
    return Join(known.paper_id, new, why, conflicts(known, new))


def conflicts(known: Paper, new: Paper, members: Sequence[Paper] = ()) -> tuple[Conflict, ...]:
    """Return the fields that both records know and do not agree on, and what ``merge`` kept.

    ``members`` are the records that ``known`` was merged from: they tell where its values stood.
    """
    kept = merge(known, new)
    found = []
    for name in _COMPARED:
        mine, other = getattr(known, name), getattr(new, name)
        if mine and other and not _agree(name, mine, other):
            value = getattr(kept, name)
            told = _sources_of(name, mine, members or (known,))
            if value == mine:
                found.append(Conflict(name, mine, other, told, new.sources))
            else:
                found.append(Conflict(name, value, mine, new.sources, told))
    return tuple(found)


def _sources_of(name: str, value: object, members: Sequence[Paper]) -> tuple[str, ...]:
    saying = (member for member in members if getattr(member, name) == value)
    return tuple(dict.fromkeys(source for member in saying for source in member.sources))


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
        yield _kind_of_id(paper), f"id {paper.paper_id}"
        if paper.arxiv_id:
            yield "same arXiv id", f"arxiv {paper.arxiv_id}"
        if paper.doi:
            yield "same DOI", f"doi {paper.doi}"
        if paper.title:
            yield "same title", f"title {title_key(paper.title)}"


def _kind_of_id(paper: Paper) -> str:
    """Return what two papers share that share this one's id."""
    if paper.paper_id == paper.arxiv_id:
        return "same arXiv id"
    if paper.paper_id == paper.doi:
        return "same DOI"
    return "same title" if is_hashed_id(paper.paper_id) else "same id"


def _agree(name: str, one: Any, other: Any) -> bool:
    if name in ("title", "abstract"):
        return title_key(one) == title_key(other)
    if name == "published":
        shorter = min(len(one), len(other))
        return bool(one[:shorter] == other[:shorter])
    if name == "authors":
        return [family_name(a) for a in one] == [family_name(a) for a in other]
    return bool(one == other)


def _strangers(known: Paper, new: Paper) -> str | None:
    """Return what speaks against two papers of one title, or None."""
    if known.authors and new.authors:
        return None if _share_author(known, new) else "no author in common"
    years = [p.published[:4] for p in (known, new) if p.published and p.published[:4].isdecimal()]
    if len(title_key(known.title)) >= TELLING_TITLE or len(years) < 2:
        return None
    return "a short title, and years far apart" if _far_apart(*years) else None


def _far_apart(one: str, other: str) -> bool:
    return abs(int(one) - int(other)) > _YEARS_APART


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

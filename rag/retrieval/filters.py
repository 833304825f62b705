"""Conditions on a paper's fields: their form, their meaning in SQL, their wording for people.

Where conditions come from is left to ``query`` (read from a question) and to
``filter_expressions`` (given on the command line); applying them is left to the ranking.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

# name: (column of the catalogue, direction, wording)
ORDERS = {
    "newest": ("published", "DESC", "newest first"),
    "oldest": ("published", "ASC", "oldest first"),
    "most_authors": ("author_count", "DESC", "most authors first"),
    "fewest_authors": ("author_count", "ASC", "fewest authors first"),
    "most_comments": ("comments", "DESC", "most comments first"),
    "fewest_comments": ("comments", "ASC", "fewest comments first"),
    "most_upvotes": ("upvotes", "DESC", "most upvotes first"),
}
# field of Filters without its ending: (column, singular)
COUNTED = {
    "authors": ("author_count", "author"),
    "comments": ("comments", "comment"),
    "upvotes": ("upvotes", "upvote"),
}
# A name of at least this many letters also stands for longer ones: Tencent for TencentARC,
# but Meta not for MetaGPT.
PREFIX_LETTERS = 5
_SEPARATORS = " -_."


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a paper must meet, all of them; None and () set no condition.

    Dates are whole ISO days, both ends included. ``order`` is a key of ``ORDERS`` and
    ``limit`` how many papers were asked for: both apply to the papers that are relevant,
    and keep none out by themselves. ``exclude`` holds what the papers must not be about,
    in the user's words; it is for the ranking, fields cannot tell.
    """

    date_from: str | None = None
    date_to: str | None = None
    organisation: str | None = None
    authors_min: int | None = None
    authors_max: int | None = None
    comments_min: int | None = None
    comments_max: int | None = None
    upvotes_min: int | None = None
    upvotes_max: int | None = None
    category: str | None = None
    source: str | None = None
    order: str | None = None
    limit: int | None = None
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_dict())

    @property
    def restricts(self) -> bool:
        """Whether a condition on a field is set, so that papers may be left out."""
        return bool(replace(self, order=None, limit=None, exclude=()))

    def to_dict(self) -> dict[str, Any]:
        """Return the keys that are set, JSON-ready."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in (None, ())
        }


_GROUPS = (
    ("date_from", "date_to"), ("organisation",), ("authors_min", "authors_max"),
    ("comments_min", "comments_max"), ("upvotes_min", "upvotes_max"), ("category",),
    ("source",), ("order", "limit"), ("exclude",),
)  # fmt: skip


def combined(explicit: Filters, understood: Filters) -> Filters:
    """Return both, where what was given explicitly on a field replaces what was understood."""
    given, read = explicit.to_dict(), understood.to_dict()
    values: dict[str, Any] = {}
    for group in _GROUPS:
        winner = given if any(name in given for name in group) else read
        values.update({name: winner[name] for name in group if name in winner})
    values["exclude"] = tuple(values.get("exclude", ()))
    return Filters(**values)


def filters_to_sql(filters: Filters) -> tuple[str, list[Any]]:
    """Return a WHERE condition on the catalogue's papers, and its values.

    A date known to the month or year only counts as inside a range that contains any
    day of it. A paper that lacks a field meets no condition on it.
    """
    conditions: list[str] = []
    values: list[Any] = []
    for condition, some in _conditions(filters):
        conditions.append(condition)
        values.extend(some)
    return " AND ".join(conditions) or "1", values


def order_to_sql(filters: Filters) -> str:
    """Return the ORDER BY terms; papers that lack the field come last, ties as first seen."""
    if filters.order is None:
        return "+num"  # the sign keeps SQLite from walking through all abstracts in this order
    column, direction, _ = ORDERS[filters.order]
    return f"{column} IS NULL, {column} {direction}, num"


def _conditions(filters: Filters) -> Iterator[tuple[str, list[Any]]]:
    if filters.date_from:
        yield "published >= substr(?, 1, length(published))", [filters.date_from]
    if filters.date_to:
        yield "published <= substr(?, 1, length(published))", [filters.date_to]
    for name, (column, _) in COUNTED.items():
        for end, sign in (("min", ">="), ("max", "<=")):
            bound = getattr(filters, f"{name}_{end}")
            if bound is not None:
                yield f"{column} {sign} ?", [bound]
    if filters.organisation:
        yield _organisation_condition(filters.organisation)
    if filters.category:
        yield "num IN (SELECT paper_num FROM category WHERE name = ?)", [filters.category]
    if filters.source:
        yield _SOURCE, [filters.source]


_SOURCE = (
    "EXISTS (SELECT 1 FROM json_each(body, '$.sources') WHERE instr(lower(value), lower(?)) > 0)"
)


def _organisation_condition(name: str) -> tuple[str, list[Any]]:
    """Say in SQL what ``names_organisation`` says of the names of a paper."""
    words, squashed, spaced = _folded(name), "organisations", "organisations"
    for sign in _SEPARATORS:
        squashed = f"replace({squashed}, '{sign}', '')"
        spaced = f"replace({spaced}, '{sign}', ' ')"
    joined = words.replace(" ", "")
    ending = "" if len(joined) >= PREFIX_LETTERS else "\n"
    condition = (
        f"(instr(char(10) || {squashed} || char(10), ?) > 0 OR "
        f"instr(' ' || replace({spaced}, char(10), '  ') || ' ', ?) > 0)"
    )
    return condition, [f"\n{joined}{ending}", f" {words} "]


def names_organisation(name: str, known: tuple[str, ...]) -> bool:
    """Tell whether ``name`` stands for one of the organisations ``known``.

    It does as a whole word of it, or as its beginning whatever the separators, unless
    it is short: "Alibaba" and "alibaba-inc", "Tongyi Lab" and "TongyiLab".
    """
    words = _folded(name)
    joined = words.replace(" ", "")
    ending = "" if len(joined) >= PREFIX_LETTERS else "\n"
    spaced, squashed = _searchable(known)
    return bool(words) and (f"\n{joined}{ending}" in squashed or f" {words} " in spaced)


@lru_cache(maxsize=8)
def _searchable(known: tuple[str, ...]) -> tuple[str, str]:
    """Return all names as one text, with their separators as spaces and without them."""
    folded = [_folded(name) for name in known]
    squashed = (name.replace(" ", "") for name in folded)
    return "\n".join(f" {name} " for name in folded), "\n".join(("", *squashed, ""))


def _folded(name: str) -> str:
    folded = name.casefold()
    for sign in _SEPARATORS:
        folded = folded.replace(sign, " ")
    return " ".join(folded.split())


def describe(filters: Filters) -> str:
    """Return the conditions in words, as in ``published 2025-08-01 … 2025-08-31; 1 author``.

    Also the text for saying that no paper meets them. Empty when none is set.
    """
    return "; ".join(_wordings(filters))


def _wordings(filters: Filters) -> Iterator[str]:
    yield from _date_wording(filters)
    if filters.organisation:
        yield f"organisation “{filters.organisation}”"
    for name, (_, singular) in COUNTED.items():
        low, high = getattr(filters, f"{name}_min"), getattr(filters, f"{name}_max")
        if low is not None or high is not None:
            yield _count_wording(low, high, singular)
    for name in ("category", "source"):
        if value := getattr(filters, name):
            yield f"{name} “{value}”"
    if filters.exclude:
        yield "not about " + " or ".join(filters.exclude)
    if filters.order:
        yield ORDERS[filters.order][2]
    if filters.limit is not None:
        yield "only the first" if filters.limit == 1 else f"only the first {filters.limit}"


def _date_wording(filters: Filters) -> Iterator[str]:
    if filters.date_from and filters.date_to:
        yield f"published {filters.date_from} … {filters.date_to}"
    elif filters.date_from:
        yield f"published since {filters.date_from}"
    elif filters.date_to:
        yield f"published until {filters.date_to}"


def _count_wording(low: int | None, high: int | None, singular: str) -> str:
    count = high if low is None else low
    noun = singular if count == 1 and high in (None, 1) else f"{singular}s"
    if low is None:
        return f"at most {high} {noun}"
    if high is None:
        return f"at least {low} {noun}"
    return f"{low} {noun}" if low == high else f"{low} to {high} {noun}"

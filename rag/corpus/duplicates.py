"""Explain what merging did to a list of records, and what looks alike and was left apart.

Nothing is merged here (``merge.py`` does that) and nothing is stored. Pairs that share a
title, an abstract or all but one word of a title are *look-alikes*: a reader should know
why they are two papers.
"""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rag.corpus.merge import Join, merge_all, objection
from rag.corpus.normalise import title_key
from rag.records import Paper

_FEWEST_WORDS = 4  # "On learning" differs by a word from too much
_ALIKE_FROM = 0.5  # share of words: abstracts of one subject have 0.1 to 0.25 in common
_TELLING_ABSTRACT = 200  # folded characters; shorter beginnings are shared by strangers
_MOST_IN_GROUP = 20
_WORD = re.compile(r"\w+")
_Keys = Callable[[Paper], Iterable[object]]


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Two papers kept apart: what they share, why they are two, and how their texts compare.

    ``abstracts_alike`` is the share of words that the abstracts have in common, in [0, 1],
    None where one has none; ``dates`` are theirs, as far as known.
    """

    one: Paper
    other: Paper
    alike: str
    why: str
    abstracts_alike: float | None
    dates: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Deduplication:
    """``records == len(papers) + len(joins)``, always; look-alikes are pairs of ``papers``.

    ``earlier`` are the joins that were made when the records themselves were added.
    """

    records: int
    papers: tuple[Paper, ...]
    joins: tuple[Join, ...]
    look_alikes: tuple[LookAlike, ...]
    earlier: tuple[Join, ...] = ()

    @property
    def merged(self) -> tuple[tuple[Paper, tuple[Join, ...]], ...]:
        """The papers that more than one record went into, with their joins, in order."""
        grouped: dict[str, list[Join]] = {}
        moved = {join.other.paper_id: join.paper_id for join in self.joins}
        known = {paper.paper_id for paper in self.papers}
        for join in (*self.earlier, *self.joins):
            home = join.paper_id
            while home not in known and home in moved:  # joined to another one later
                home = moved[home]
            grouped.setdefault(home, []).append(join)
        return tuple((p, tuple(grouped[p.paper_id])) for p in self.papers if p.paper_id in grouped)

    def counts(self) -> dict[str, Any]:
        """Return the numbers of a summary, reasons and fields with theirs."""
        joins = (*self.earlier, *self.joins)
        return {
            "records": self.records,
            "papers": len(self.papers),
            "joined": len(self.joins),
            "merged_papers": len(self.merged),
            "joined_earlier": len(self.earlier),
            "joined_by": dict(Counter(join.why for join in joins).most_common()),
            "conflicts": dict(Counter(c.field for j in joins for c in j.conflicts).most_common()),
            "look_alikes": len(self.look_alikes),
            "apart_because": dict(Counter(pair.why for pair in self.look_alikes).most_common()),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the machine form: the counts, every merged paper and every look-alike."""
        return {
            **self.counts(),
            "merged": [_merged_to_dict(paper, joins) for paper, joins in self.merged],
            "kept_apart": [_look_alike_to_dict(pair) for pair in self.look_alikes],
        }


def deduplicate(records: Iterable[Paper], earlier: Iterable[Join] = ()) -> Deduplication:
    """Return how ``records`` merge, and which of the resulting papers look alike."""
    listed = list(records)
    merging = merge_all(listed)
    alike = tuple(find_look_alikes(merging.papers))
    return Deduplication(len(listed), merging.papers, merging.joins, alike, tuple(earlier))


def find_look_alikes(papers: Sequence[Paper]) -> Iterator[LookAlike]:
    """Yield the pairs of distinct papers that a reader may take for one, each once.

    Pairs of a shared title first, then of a shared abstract, then of titles that differ by
    one word where the abstracts do not tell them apart ("Qwen2-VL Technical Report" and
    "Qwen3-VL Technical Report" are no look-alikes). Of a group that shares a key, the first
    twenty are compared.
    """
    seen: set[tuple[int, int]] = set()
    for alike, keys, least in _ALIKE:
        for places in _grouped(papers, keys):
            for pair in combinations(places[:_MOST_IN_GROUP], 2):
                overlap = _overlap(papers[pair[0]], papers[pair[1]])
                if pair not in seen and (overlap is None or overlap >= least):
                    seen.add(pair)
                    yield _look_alike(papers[pair[0]], papers[pair[1]], alike, overlap)


def _grouped(papers: Sequence[Paper], keys: _Keys) -> Iterator[list[int]]:
    """Yield the places of papers that share one of their ``keys``, in order of appearance.

    Twenty keys a title make millions: their hashes are sorted in arrays of 16 bytes a key.
    """
    import numpy as np

    hashes, places = array("q"), array("q")
    for place, paper in enumerate(papers):
        for key in keys(paper):
            hashes.append(hash(key))
            places.append(place)
    values, owners = np.array(hashes), np.array(places)
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]
    ends = [*(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    starts = (0, *ends[:-1])
    runs = ((start, end) for start, end in zip(starts, ends, strict=True) if end - start > 1)
    yield from sorted(owners[start:end].tolist() for start, end in runs)


def _title(paper: Paper) -> list[str]:
    return [key] if (key := title_key(paper.title)) else []


def _beginning(paper: Paper) -> list[str]:
    text = "".join(_words(paper.abstract[: 3 * _TELLING_ABSTRACT]))[:_TELLING_ABSTRACT]
    return [text] if len(text) == _TELLING_ABSTRACT else []


def _all_but_one_word(paper: Paper) -> set[tuple[str, ...]]:
    words = _words(paper.title)
    if len(words) < _FEWEST_WORDS:
        return set()
    return {(*words[:n], "", *words[n + 1 :]) for n in range(len(words))} | {
        (*words[:n], "", *words[n:]) for n in range(len(words) + 1)
    }


_ALIKE: tuple[tuple[str, _Keys, float], ...] = (
    ("same title", _title, 0.0),
    ("same beginning of the abstract", _beginning, 0.0),
    ("titles that differ by one word", _all_but_one_word, _ALIKE_FROM),
)


def _look_alike(one: Paper, other: Paper, alike: str, overlap: float | None) -> LookAlike:
    same_title = title_key(one.title) == title_key(other.title)
    why = (objection(one, other) if same_title else None) or "different titles"
    return LookAlike(one, other, alike, why, overlap, (one.published, other.published))


def _overlap(one: Paper, other: Paper) -> float | None:
    mine, theirs = set(_words(one.abstract)), set(_words(other.abstract))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _merged_to_dict(paper: Paper, joins: Sequence[Join]) -> dict[str, Any]:
    return {
        "paper_id": paper.paper_id,
        "title": paper.title,
        "sources": list(paper.sources),
        "joins": [_join_to_dict(join) for join in joins],
    }


def _join_to_dict(join: Join) -> dict[str, Any]:
    return {
        "record": join.other.paper_id,
        "sources": list(join.other.sources),
        "why": join.why,
        "conflicts": [
            {
                "field": c.field,
                "kept": _plain(c.kept),
                "kept_from": list(c.kept_from),
                "other": _plain(c.other),
                "other_from": list(c.other_from),
            }
            for c in join.conflicts
        ],
    }


def _look_alike_to_dict(pair: LookAlike) -> dict[str, Any]:
    return {
        "papers": [
            {
                "paper_id": p.paper_id,
                "title": p.title,
                "date": p.published,
                "sources": list(p.sources),
            }
            for p in (pair.one, pair.other)
        ],
        "alike": pair.alike,
        "why": pair.why,
        "abstracts_alike": None if pair.abstracts_alike is None else round(pair.abstracts_alike, 3),
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value

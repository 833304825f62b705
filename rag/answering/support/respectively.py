"""Tell which number belongs to which name where an abstract lists both in the same order.

"95.1% and 41.4% on MiniF2F and ProofNet", with or without "respectively".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.support.findings import Finding, contradicted
from rag.answering.support.names import Name, names
from rag.answering.support.quantity import Quantity
from rag.answering.support.wording import Wording

_JOINT = re.compile(
    r"\s*(?:,\s*(?:and|or)?|/|&|and|or)\s*(?:(?:the|by|about|a)\s+)?[$+]?", re.IGNORECASE
)
_ADJACENT = 1  # characters between two names that are one: "SWE-bench Verified"


@dataclass(frozen=True, slots=True)
class _Item:
    """A name, or a number or range, of a list; at ``start:end`` of its sentence."""

    start: int
    end: int
    names: tuple[Name, ...] = ()
    numbers: tuple[Quantity, ...] = ()


def check_respectively(
    claimed: Sequence[Quantity], claim: Wording, source: Wording, found: Sequence[Quantity]
) -> Iterator[Finding]:
    """Yield the numbers of the claim that the abstract gives for another of the names listed."""
    mine = {name.parts for name in names(claim.text)}
    assigned = _assignments(source, found)
    for quantity, name in assigned:
        if name.parts in mine:
            continue
        rivals = [(q, n) for q, n in assigned if n.parts in mine]
        for own in claimed:
            told = own.value == quantity.value and own.unit is quantity.unit
            right = any(q.value == own.value for q, _ in rivals)
            if told and rivals and not right:
                yield contradicted(f"the abstract gives {own.text} for {name.text}")


def settled_values(claim: Wording, source: Wording, found: Sequence[Quantity]) -> set[float]:
    """Return the numbers that a list of the abstract gives for a name of the claim."""
    mine = {name.parts for name in names(claim.text)}
    return {quantity.value for quantity, name in _assignments(source, found) if name.parts in mine}


def _assignments(source: Wording, found: Sequence[Quantity]) -> list[tuple[Quantity, Name]]:
    result: list[tuple[Quantity, Name]] = []
    for start, end in source.spans:
        figures = [q for q in found if start <= q.start < end]
        if len(figures) < 2:
            continue
        sentence = source.text[start:end]
        spans = [(q.start - start, q.end - start) for q in figures]
        named = list(_runs(_name_items(names(sentence, spans)), sentence))
        for numbers in _runs(_number_items(figures, start), sentence):
            listed = [run for run in named if len(run) == len(numbers)]
            if len(listed) == 1:
                for number, item in zip(numbers, listed[0], strict=True):
                    result += [(q, item.names[-1]) for q in number.numbers]
    return result


def _name_items(named: Sequence[Name]) -> list[_Item]:
    items: list[_Item] = []
    for name in named:
        if items and name.start - items[-1].end <= _ADJACENT:
            items[-1] = _Item(items[-1].start, name.end, items[-1].names[:1])
        else:
            items.append(_Item(name.start, name.end, (name,)))
    return items


def _number_items(figures: Sequence[Quantity], offset: int) -> list[_Item]:
    items: list[_Item] = []
    for figure in figures:
        start, end = figure.start - offset, figure.end - offset
        last = items[-1].numbers[-1] if items else None
        if last and last.partner == figure.value and figure.partner == last.value:
            items[-1] = _Item(items[-1].start, end, numbers=(last, figure))
        else:
            items.append(_Item(start, end, numbers=(figure,)))
    return items


def _runs(items: Sequence[_Item], text: str) -> Iterator[list[_Item]]:
    """Yield the runs of two or more items that only commas and "and" part, all of one unit."""
    run: list[_Item] = []
    for item in items:
        if run and not (_JOINT.fullmatch(text[run[-1].end : item.start]) and _alike(run[-1], item)):
            if len(run) > 1:
                yield run
            run = []
        run.append(item)
    if len(run) > 1:
        yield run


def _alike(one: _Item, other: _Item) -> bool:
    units = {q.unit for q in (*one.numbers, *other.numbers)}
    return len(units) <= 1 and len(one.numbers) == len(other.numbers)

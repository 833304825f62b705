"""Tell which number belongs to which name, and which name to which kind of thing.

"83.9% on GSM8K", "GPT-4o (13.9%)", "AlpacaEval from 33% to 52%" and "95.1% and 41.4% on MiniF2F
and ProofNet" bind numbers to names; "SSMs (Mamba2)" and "SSMs such as Mamba2" bind a name to
a kind. A claim that binds what the abstract knows, but otherwise, is caught here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.support.acronyms import singular, standard_acronyms
from rag.answering.support.agreement import rate
from rag.answering.support.counted import Figures
from rag.answering.support.findings import Finding, contradicted
from rag.answering.support.names import Name, is_common, names, names_of
from rag.answering.support.quantity import PAIRS, Quantity, Unit
from rag.answering.support.wording import Wording

_JOINT = re.compile(
    r"\s*(?:,\s*(?:and|or)?|/|&|and|or)\s*(?:(?:the|by|about|a)\s+)?[$+]?", re.IGNORECASE
)
_ADJACENT = 1  # characters between two names that are one: "SWE-bench Verified"
# What may stand between a number and the name after it, and between a name and its number.
_AFTER = re.compile(
    r"(?:(?!\band\b)[^.;:,()\d]){0,60}?\b(?:on|for|in|over|against|than|with|vs\.?)\s+(?:the\s+)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\s*[(,:]\s*(?:~|up to |about )?|(?:['’]s)?(?P<noun>(?:\s+[a-z-]+){0,2})\s+(?:from|at|to|by|of|is|was)\s+(?:~|up to |about )?"
)
_BRACKET = re.compile(r"(?:\s[a-z]+)?\s*\(\s*(?:up to )?")  # "GPT-4o (", "GAIA validation ("
_OPENING = re.compile(r"(?:On|For|In)\s(?:the\s)?[^\s,]+(?=[\s,])")
_APART = re.compile(r"[();:\d]")  # between two lists that do not belong together
_CONTEXT = 60  # characters between a number and its name at most


@dataclass(frozen=True, slots=True)
class _Item:
    """A name, or a number or range, of a list; at ``start:end`` of its sentence."""

    start: int
    end: int
    names: tuple[Name, ...] = ()
    numbers: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """A number and the name that it belongs to; ``listed`` if two lists run in parallel."""

    quantity: Quantity
    name: Name
    listed: bool


def check_bindings(claim: Figures, source: Figures, named: Sequence[Name]) -> Iterator[Finding]:
    """Yield the numbers of the claim that the abstract binds to another of the names."""
    if not claim.quantities or len(source.quantities) < 2:
        return
    theirs = bindings(source)
    if not theirs:
        return
    mine = {name.parts for name in named}
    yield from _listed_for_another(claim.quantities, mine, [b for b in theirs if b.listed])
    for bound in [*bindings(claim), *_fronted(claim, named)]:
        own = [b for b in theirs if _same_name(b.name, bound.name) and _measures_alike(b, bound)]
        places = [q for q in source.quantities if rate(bound.quantity, q) is not None]
        if own and places and not any(_may_be_of(q, own, theirs, source.wording) for q in places):
            yield contradicted(
                f"the abstract gives {own[0].quantity.text} for {bound.name.text},"
                f" not {bound.quantity.text}"
            )


def _fronted(claim: Figures, named: Sequence[Name]) -> Iterator[Binding]:
    """Yield what a claim binds by its opening: "On GSM8K, it reaches 83.9%"."""
    opening = _OPENING.match(claim.wording.text)
    if not opening or not named or len(claim.quantities) != 1:
        return
    if named[0].start <= opening.end() < named[0].end + 3:
        yield Binding(claim.quantities[0], named[0], False)


def _measures_alike(one: Binding, other: Binding) -> bool:
    return one.quantity.unit is other.quantity.unit or _is_measured(one.quantity)


def _may_be_of(
    quantity: Quantity, own: Sequence[Binding], theirs: Sequence[Binding], source: Wording
) -> bool:
    """Tell whether a number of the abstract may belong to a name that has the bindings ``own``."""
    if any(b.quantity == quantity for b in own):
        return True
    if any(b.quantity == quantity for b in theirs):
        return False
    sentence = next(span for span in source.spans if span[0] <= quantity.start < span[1])
    name = own[0].name.parts
    here = names(source.text[sentence[0] : sentence[1]])
    bound_here = any(sentence[0] <= b.quantity.start < sentence[1] for b in own)
    if not any(n.parts[: len(name)] == name for n in here):
        return not any(n.start + sentence[0] > quantity.end and not is_common(n) for n in here)
    return not bound_here


def _listed_for_another(
    claimed: Sequence[Quantity], mine: set[tuple[str, ...]], assigned: Sequence[Binding]
) -> Iterator[Finding]:
    rivals = [b for b in assigned if b.name.parts in mine]
    for bound in assigned:
        if bound.name.parts in mine or not rivals:
            continue
        for own in claimed:
            told = own.value == bound.quantity.value and own.unit is bound.quantity.unit
            if told and not any(b.quantity.value == own.value for b in rivals):
                yield contradicted(f"the abstract gives {own.text} for {bound.name.text}")


def _is_measured(quantity: Quantity) -> bool:
    return quantity.unit is not Unit.BARE or quantity.decimals > 0


def _same_name(one: Name, other: Name) -> bool:
    """Tell whether one of the names is the other, or begins with it."""
    short, long = sorted((one.parts, other.parts), key=len)
    return long[: len(short)] == short


def settled_values(claim: Figures, source: Figures) -> set[float]:
    """Return the numbers that a list of the abstract gives for a name of the claim."""
    listed = [b for b in bindings(source) if b.listed]
    mine = {name.parts for name in names_of(claim.wording)} if listed else set()
    return {b.quantity.value for b in listed if b.name.parts in mine}


@lru_cache(maxsize=512)
def bindings(figures: Figures) -> Sequence[Binding]:
    """Return which number of a text belongs to which of its names."""
    result: list[Binding] = []
    for start, end in figures.wording.spans:
        inside = [
            q for q in figures.quantities if start <= q.start < end and q.text.lower() not in PAIRS
        ]
        if not inside:
            continue
        sentence = figures.wording.text[start:end]
        spans = [(q.start - start, q.end - start) for q in inside]
        named = _name_items(names(sentence, spans))
        numbers = _number_items(inside, start)
        listed = list(_in_parallel(numbers, named, sentence))
        result += listed
        done = {b.quantity.start for b in listed}
        rest = [n for n in numbers if n.numbers[0].start not in done]
        result += _beside(rest, named, sentence)
    return result


def _in_parallel(
    numbers: Sequence[_Item], named: Sequence[_Item], sentence: str
) -> Iterator[Binding]:
    runs = list(_runs(named, sentence))
    for run in _runs(numbers, sentence):
        alike = [names for names in runs if len(names) == len(run) and _near(run, names, sentence)]
        if len(alike) == 1:
            for number, item in zip(run, alike[0], strict=True):
                yield from (Binding(q, item.names[-1], True) for q in number.numbers)


def _near(numbers: Sequence[_Item], named: Sequence[_Item], sentence: str) -> bool:
    """Tell whether two lists are close enough to be told of each other."""
    first, second = sorted((numbers, named), key=lambda run: run[0].start)
    between = sentence[first[-1].end : second[0].start].removeprefix(")").rstrip().removesuffix("(")
    close = len(between) <= _CONTEXT and not _APART.search(between)
    return close or "respectively" in sentence


def _beside(rest: Sequence[_Item], named: Sequence[_Item], sentence: str) -> Iterator[Binding]:
    """Yield the numbers bound to a name right before or after them."""
    for number in rest:
        for item in _names_beside(number, named, sentence):
            yield from (Binding(q, item.names[0], False) for q in number.numbers)


def _names_beside(number: _Item, named: Sequence[_Item], sentence: str) -> Iterator[_Item]:
    """Yield the measure right after a number ("66.6% F1"), and what it was measured on or of."""
    later = [n for n in named if n.start >= number.end][:2]
    before = next((n for n in reversed(named) if n.end <= number.start), None)
    if before and _BRACKET.fullmatch(sentence[before.end : number.start]):
        yield before
        return
    end = number.end
    if later and sentence[end : later[0].start] == " ":
        yield later[0]
        end = later.pop(0).end
    if (
        later
        and later[0].start - end <= _CONTEXT
        and _AFTER.fullmatch(sentence[end : later[0].start])
    ):
        yield later[0]
    elif before and (joint := _BEFORE.fullmatch(sentence[before.end : number.start])):
        # "the RL baseline to 96.0" is no number of RL.
        qualifies = joint["noun"] and singular(before.names[0].text.lower()) in standard_acronyms()
        if not qualifies:
            yield before


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

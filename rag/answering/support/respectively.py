"""Tell which number belongs to which name where an abstract says "respectively"."""

import re
from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, contradicted
from rag.answering.support.names import Name, names
from rag.answering.support.quantities import Quantity, Unit
from rag.answering.support.wording import Wording

_JOINT = re.compile(r"\s*(?:,|/|&|,?\s*and)\s*(?:the\s+)?", re.IGNORECASE)


def check_respectively(
    claimed: Sequence[Quantity], claim: Wording, source: Wording, found: Sequence[Quantity]
) -> Iterator[Finding]:
    """Yield the numbers of the claim that the abstract gives for another of the names listed."""
    mine = {name.parts for name in names(claim.text)}
    for quantity, name in _assignments(source, found):
        rivals = [n for _, n in _assignments(source, found) if n.parts != name.parts]
        for own in claimed:
            told = own.value == quantity.value and own.unit is quantity.unit
            if told and name.parts not in mine and any(n.parts in mine for n in rivals):
                yield contradicted(f"the abstract gives {own.text} for {name.text}")


def _assignments(source: Wording, found: Sequence[Quantity]) -> list[tuple[Quantity, Name]]:
    result: list[tuple[Quantity, Name]] = []
    for start, end in source.spans:
        sentence = source.text[start:end]
        if "respectively" not in sentence.lower():
            continue
        figures = [q for q in found if start <= q.start < end]
        spans = [(q.start - start, q.end - start) for q in figures]
        for listed in _lists(names(sentence, spans), sentence):
            for unit in Unit:
                same = [q for q in figures if q.unit is unit]
                if len(listed) == len(same):
                    result += zip(same, listed, strict=True)
    return result


def _lists(named: Sequence[Name], text: str) -> Iterator[list[Name]]:
    """Yield the runs of names that only commas and "and" part."""
    run: list[Name] = []
    for name in named:
        if run and not _JOINT.fullmatch(text[run[-1].end : name.start]):
            if len(run) > 1:
                yield run
            run = []
        run.append(name)
    if len(run) > 1:
        yield run

"""Hold against what a claim's numbers are measured: "8.4% over the base model".

A number belongs to the comparison that follows it; the same number told against something
else, to which the abstract compares another number, is caught here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.support.agreement import rate
from rag.answering.support.counted import Figures
from rag.answering.support.findings import Finding, contradicted
from rag.answering.support.quantity import Quantity, Unit
from rag.answering.support.wording import Token

_RELATORS = frozenset("over than versus vs against".split())
_STOPS = frozenset("on in for with while when within at across by and but".split())
_WORDS = 4  # of what is compared to
_REACH = 24  # tokens after a number within which its comparison stands


@dataclass(frozen=True, slots=True)
class _Measured:
    quantity: Quantity
    against: frozenset[str]


def check_comparands(claim: Figures, source: Figures) -> Iterator[Finding]:
    """Yield the numbers that the abstract measures against something else."""
    for quantity, own, other in _rated(claim, source):
        if other > own:
            yield contradicted(f"the abstract measures {quantity.text} against something else")


def confirmed_values(claim: Figures, source: Figures) -> set[float]:
    """Return the numbers that both texts measure against the same."""
    return {quantity.value for quantity, own, other in _rated(claim, source) if own > other}


def _rated(claim: Figures, source: Figures) -> Iterator[tuple[Quantity, int, int]]:
    """Yield the claim's numbers with how many words tell the same comparison, and another one."""
    if not claim.quantities or len(source.quantities) < 2:
        return
    theirs = _measured(source)
    for mine in _measured(claim):
        alike = [m for m in theirs if rate(mine.quantity, m.quantity) is not None]
        told = [q for q in source.quantities if rate(mine.quantity, q) is not None]
        if alike and len(alike) == len(told):
            others = [m for m in theirs if m not in alike]
            own, other = (
                max((len(mine.against & m.against) for m in group), default=0)
                for group in (alike, others)
            )
            yield mine.quantity, own, other


def _measured(figures: Figures) -> list[_Measured]:
    result = []
    for quantity in figures.quantities:
        if quantity.unit is Unit.BARE and not quantity.decimals:
            continue
        against = _against(figures.wording.tokens, figures.token_at(quantity))
        if against:
            result.append(_Measured(quantity, against))
    return result


def _relates(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].word in ("compared", "relative"):
        return at + 1 < len(tokens) and tokens[at + 1].word in ("to", "with", "against")
    return tokens[at].word in _RELATORS


def _against(tokens: Sequence[Token], at: int) -> frozenset[str]:
    """Return the stems after the next relator, or after one that opens the sentence."""
    here = tokens[at]
    sentence = [t for t in tokens[max(0, at - _REACH) : at + _REACH] if t.sentence == here.sentence]
    relators = [t for t in sentence if _relates(tokens, t.index)]
    after = [t for t in relators if t.index > at]
    opening = [t for t in relators if t is sentence[0] and t.index < at]
    for relator in (*after[:1], *opening):
        words = list[str]()
        for token in tokens[relator.index + 1 : relator.index + 8]:
            crossed = token.sentence != relator.sentence or token.clause != relator.clause
            if crossed or len(words) == _WORDS or (words and token.word in _STOPS):
                break
            if token.heavy:
                words.append(token.stem)
        if words:
            return frozenset(words)
    return frozenset()

"""Find claims that exchange what two things do.

"X stores logits, while Y selects episodes" is not "Y stores logits, while X selects
episodes", nor is "does well on A but struggles with B" the same as "struggles with A but
does well on B".
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.meetings import Meeting
from rag.answering.support.wording import Token, Wording

_EXCHANGED = 1.1  # times closer, for what is said of one to belong to the other
_CONTRASTS = frozenset("while whereas but although though".split())


def check_exchange(pair: Pair) -> Iterator[Finding]:
    """Yield when what a contrast says of one name stands, in the abstract, by the other."""
    halves = _halves(pair)
    if halves is None:
        return
    one, other = (_names_and_matter(half, pair.claim) for half in halves)
    if not one[0] or not other[0]:
        one, other = (_poles_and_matter(half) for half in halves)
    if not one[0] or not other[0]:
        return
    tokens = pair.source.tokens
    own = exchanged = 0.0
    for (names, matter), (rivals, _) in ((one, other), (other, one)):
        own += max(_closeness(name, matter, tokens) for name in names)
        exchanged += max(_closeness(name, matter, tokens) for name in rivals)
    if exchanged > _EXCHANGED * own + 0.02:
        yield contradicted("the abstract says this of the other one")


def _names_and_matter(
    half: Sequence[Meeting], claim: Wording
) -> tuple[list[Meeting], list[Meeting]]:
    names = [m for m in half if claim.text[m.token.start].isupper()]
    return names, [m for m in half if m not in names]


def _poles_and_matter(half: Sequence[Meeting]) -> tuple[list[Meeting], list[Meeting]]:
    """Return the words that point somewhere ("well", "struggle"), and the others."""
    poles = [m for m in half if m.token.directions]
    return poles, [m for m in half if m not in poles]


def _closeness(name: Meeting, matter: Sequence[Meeting], tokens: Sequence[Token]) -> float:
    return sum(_nearness(name, m, tokens) for m in matter) / len(matter) if matter else 0.0


def _halves(pair: Pair) -> tuple[list[Meeting], list[Meeting]] | None:
    cut = _contrast_at(pair.claim)
    met = [m for m in pair.met if m.places]
    first = [m for m in met if m.token.index <= cut]
    second = [m for m in met if m.token.index > cut]
    shared = {m.token.stem for m in first} & {m.token.stem for m in second}
    first = [m for m in first if m.token.stem not in shared]
    second = [m for m in second if m.token.stem not in shared]
    return (first, second) if cut >= 0 and min(len(first), len(second)) >= 2 else None


def _contrast_at(claim: Wording) -> int:
    """Return the index of the token at which a contrast turns ("while", a semicolon), or -1."""
    for token in claim.tokens[2:]:
        if token.word in _CONTRASTS:
            return token.index
    for one, other in pairwise(claim.tokens):
        if claim.text[one.end : other.start].strip() == ";":
            return one.index
    return -1


def _nearness(one: Meeting, other: Meeting, tokens: Sequence[Token]) -> float:
    best = 0.0
    for i in one.places:
        for j in other.places:
            if tokens[i].sentence == tokens[j].sentence and i != j:
                apart = abs(i - j) + 6 * abs(tokens[i].segment - tokens[j].segment)
                best = max(best, 1 / (1 + apart / 4))
    return best

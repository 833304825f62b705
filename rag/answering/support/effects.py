"""Find what a claim lets grow that its abstract lets shrink, or the other way round.

"Enhancing the output diversity" and "diversity drops" are told of the same noun: what
governs it is the nearest word that points up or down, turned by a denial.
"""

from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.meetings import Meeting
from rag.answering.support.negation import denial
from rag.answering.support.numerals import bounds_number
from rag.answering.support.wording import Token

_AXES = ("amount", "effect", "keeping")
_COMPARATIVES = frozenset("more less fewer higher lower better worse greater".split())
_RARE = 5  # places of a noun in the abstract, beyond which it is no particular one
_BEFORE, _AFTER = 5, 4  # words before and after a noun in which its governor stands


def check_effects(pair: Pair) -> Iterator[Finding]:
    """Yield when a noun is let grow in the claim and let shrink wherever it stands there."""
    mine, theirs = pair.claim.tokens, pair.source.tokens
    for meeting in pair.met:
        at = meeting.token.index
        governor, sign = _governor(mine, at)
        if governor is None or _sign(meeting.token) or meeting.token.shouted:
            continue
        found = [_governor(theirs, i) for i in _same_word(meeting, pair)]
        signs = {s for _, s in found} - {0}
        if signs == {-sign}:
            other = next(g for g, _ in found if g is not None)
            yield contradicted(
                f"the abstract says “{other.word}” of “{meeting.token.word}”, the claim “{governor.word}”"
            )
            return


def is_borne_out(pair: Pair, claimed: Token) -> bool:
    """Tell whether a noun that the word governs in the claim fares the same in the abstract."""
    near = sorted(pair.met, key=lambda m: abs(m.token.index - claimed.index))
    for meeting in near[:_AFTER]:
        governor, sign = _governor(pair.claim.tokens, meeting.token.index)
        if governor is claimed and meeting.token is not claimed:
            there = {_governor(pair.source.tokens, i)[1] for i in _same_word(meeting, pair)}
            return there - {0} == {sign}
    return False


def _same_word(meeting: Meeting, pair: Pair) -> list[int]:
    """Return the places of the very word, in what the abstract tells of its own work."""
    tokens = pair.source.tokens
    found = [
        i
        for i in meeting.places
        if tokens[i].stem == meeting.token.stem and tokens[i].sentence < pair.body
    ]
    own = [
        i
        for i in found
        if tokens[i].sentence >= pair.source.own_from and tokens[i].sentence in pair.sentences
    ]
    return own if len(found) <= _RARE else []


def _governor(tokens: Sequence[Token], at: int) -> tuple[Token | None, int]:
    """Return the word that lets the noun at ``at`` grow (1) or shrink (-1); (None, 0) if none."""
    here = tokens[at]
    before = list(reversed(tokens[max(0, at - _BEFORE) : at]))
    after = [t for t in tokens[at + 1 : at + 1 + _AFTER] if t.word not in _COMPARATIVES]
    for side in (after[:1], before, after):  # "latency falls", "reduces latency"
        for token in side:
            elsewhere = (token.sentence, token.clause) != (here.sentence, here.clause)
            if elsewhere or token.word == "than":
                break
            sign = _sign(token)
            if sign and not bounds_number(tokens, token.index):
                denied = denial(tokens, token.index)
                return (token, -sign if denied else sign) if denied in (0, 1) else (None, 0)
    return None, 0


def _sign(token: Token) -> int:
    signs = {s for axis, s in token.directions.items() if axis in _AXES}
    return signs.pop() if len(signs) == 1 else 0

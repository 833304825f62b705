"""Read the comparisons of a text: which side is more, and by which words each is known."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answering.support.owners import EARLIER, OTHERS, OWN, WORKS
from rag.answering.support.relators import LAVISH, SPARING, names_a_side, relation
from rag.answering.support.wording import Token, Wording

_STOPS = frozenset("by on in with while across for when under at where using via through".split())
_FAR_CLOSER = 3  # times closer, for a word of both sides to belong to one


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left`` is more (sign 1) or less (-1) than ``right``; both are stems.

    ``context`` are the stems of the whole sentence. ``choice`` marks what chooses: "A rather
    than B", "A, not B", "A instead of B"; ``amount`` what is told by "more" or "fewer", and
    ``sparing`` by "fewer" or "lower", of which nobody knows whether that is good.
    """

    left: frozenset[str]
    right: frozenset[str]
    sign: int
    context: frozenset[str]
    choice: bool = False
    sparing: bool = False
    amount: bool = False


def comparisons(wording: Wording, reach: int) -> Iterator[Comparison]:
    """Yield the comparisons of a text, one for each word that relates two sides."""
    tokens = wording.tokens
    for at, token in enumerate(tokens):
        related = relation(wording, at, reach)
        if related is None:
            continue
        left = _side(tokens, at, related.left)
        right = _side(tokens, at, range(at + 1, _right_end(tokens, at, related.end, left)))
        own, other = _apart(left, right), _apart(right, left)
        if not other:
            continue
        context = frozenset(t.stem for t in tokens if t.sentence == token.sentence)
        before = {t.word for t in tokens[max(0, at - 9) : at]} if related.loose else set[str]()
        sparing, amount = bool(before & SPARING), bool(before & (SPARING | LAVISH))
        for sign in related.signs:
            yield Comparison(
                own, other, sign, context, related.choice, sparing and sign < 0, amount
            )


def _apart(side: Mapping[str, int], other: Mapping[str, int]) -> frozenset[str]:
    """Return what stands on one side only, or stands far closer on this side."""
    return frozenset(w for w, far in side.items() if far * _FAR_CLOSER <= other.get(w, 10**6))


def _right_end(tokens: Sequence[Token], at: int, end: int, left: Collection[str]) -> int:
    """Return where the right side ends: at the preposition after its first name of its own."""
    seen = 0
    for i in range(at + 1, end):
        if seen and tokens[i].word in _STOPS:
            return i
        seen += tokens[i].heavy and tokens[i].stem not in left
    return end


def _side(tokens: Sequence[Token], at: int, order: range) -> dict[str, int]:
    """Return the stems of one side with how far they stand from ``at``.

    They are of the same clause, or of the sentence if that has none.
    """
    here = tokens[at]
    sentence = [
        tokens[i] for i in order if tokens[i].sentence == here.sentence and names_a_side(tokens[i])
    ]
    clause = [t for t in sentence if t.clause == here.clause]
    chosen = clause if order.step < 0 and clause else sentence
    return {_side_stem(tokens, t): abs(t.index - at) for t in reversed(chosen)}


def _side_stem(tokens: Sequence[Token], token: Token) -> str:
    """Return what names a side: a stem, or whose work a general word speaks of."""
    following = tokens[token.index + 1].stem if token.index + 1 < len(tokens) else ""
    if token.word in ("our", "ours", "we") or (token.word == "this" and following in WORKS):
        return OWN
    return OTHERS if token.word in EARLIER else token.stem

"""Find the two sides of the comparisons of a claim, and whether its abstract exchanges them.

"A outperforms B", "B is outperformed by A" and "B lags behind A" say one thing; "B
outperforms A" says another. So do "A rather than B" and "A, not B".
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import glue, stem
from rag.answering.support.wording import Token, Wording
from rag.text.terms import STOP_WORDS

_MORE = "outperform surpass beat exceed outpace outscore overtake outdo outstrip outshine eclipse superior"
_LESS = "underperform trail lag inferior"
_VERBS = {stem(w): 1 for w in f"{_MORE} outdoes dominate".split()} | {
    stem(w): -1 for w in _LESS.split()
}
_RELATORS = frozenset("than over compared versus vs against relative beyond".split())
_MERE = frozenset("more less fewer higher lower greater".split())  # "over" does not compare these
_SPARING = frozenset("less fewer lower smaller shorter reduced".split())
_MEASURES = frozenset("amount effect quality merit speed length height size cost strength".split())
_CHOOSING = {"rather": "than", "instead": "of", "opposed": "to"}
_STOPS = frozenset("by on in with while across for when under at where using via through".split())
_FALLING = frozenset(stem(w) for w in "fall fell falls lag rank stay finish".split())
_BE = frozenset("is are was were be been being".split())
_REACH = 14  # tokens of the abstract after a relator that may name the other side
_OWN_REACH = 7  # the same in a claim, which is shorter
_FAR_CLOSER = 3  # times closer, for a word of both sides to belong to one
_TELLING = 2.0  # words shared by the sides (a name counts 3) that can tell them apart
_ONE_SIDED = 3.0  # by how much one side must decide, where the other is not known


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left`` is more (sign 1) or less (-1) than ``right``; both are stems.

    ``choice`` marks the ones that choose: "A rather than B", "A, not B", "A instead of B";
    ``sparing`` those told by "fewer" or "lower", of which nobody knows whether that is good.
    """

    left: frozenset[str]
    right: frozenset[str]
    sign: int
    choice: bool = False
    sparing: bool = False


def comparisons(wording: Wording, reach: int) -> Iterator[Comparison]:
    """Yield the comparisons of a text, one for each word that relates two sides."""
    tokens = wording.tokens
    for at, token in enumerate(tokens):
        verb = _VERBS.get(token.stem)
        if token.word == "short" and at + 1 < len(tokens) and tokens[at + 1].word == "of":
            verb = -1  # "falls short of"
        if token.word == "behind" and at and tokens[at - 1].stem in _FALLING:
            verb = -1
        choice = verb is None and _chooses(wording, at)
        signs = {verb} if verb is not None else {1} if choice else _relator_signs(tokens, at)
        if not signs:
            continue
        passive = verb is not None and _is_passive(tokens, at)
        left = _side(tokens, at, range(at - 1, -1, -1))
        right = _side(tokens, at, range(at + 1, _right_end(tokens, at, reach, left)))
        own, other = _apart(left, right), _apart(right, left)
        if other:
            sparing = verb is None and any(t.word in _SPARING for t in tokens[max(0, at - 9) : at])
            for sign in signs:
                turned = -sign if passive else sign
                yield Comparison(own, other, turned, choice, sparing and sign < 0)


def _apart(side: Mapping[str, int], other: Mapping[str, int]) -> frozenset[str]:
    """Return what stands on one side only, or stands far closer on this side."""
    return frozenset(w for w, far in side.items() if far * _FAR_CLOSER <= other.get(w, 10**6))


def _chooses(wording: Wording, at: int) -> bool:
    """Tell whether the word at ``at`` sets off what is not chosen: "rather than", ", not"."""
    tokens = wording.tokens
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if tokens[at].word in ("rather", "instead", "opposed"):
        return following == _CHOOSING[tokens[at].word] and at > 0
    comma = at > 0 and "," in wording.text[tokens[at - 1].end : tokens[at].start]
    joined = at > 0 and tokens[at - 1].word in ("and", "but")
    return tokens[at].word == "not" and following != "only" and (comma or joined)


def _right_end(tokens: Sequence[Token], at: int, reach: int, left: Collection[str]) -> int:
    """Return where the right side ends: at the preposition after its first name of its own."""
    seen = 0
    for i in range(at + 1, min(at + 1 + reach, len(tokens))):
        if seen and tokens[i].word in _STOPS:
            return i
        seen += tokens[i].heavy and tokens[i].stem not in left
    return min(at + 1 + reach, len(tokens))


def _relator_signs(tokens: Sequence[Token], at: int) -> set[int]:
    """Return the signs of the direction words before a relator such as "than"; none: no comparison.

    "Lower cost and better quality than" has both.
    """
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    signs: set[int] = set()
    if word not in _RELATORS or following[:1].isdigit():
        return signs
    for token in reversed(tokens[max(0, at - 9) : at]):
        if token.sentence != tokens[at].sentence:
            break
        if token.stem in _VERBS:
            return set()  # the verb relates the sides already
        pointed = token.directions
        if word == "over" and (token.word in _MERE or not pointed.keys() & {"effect", "quality"}):
            continue
        own = {sign for axis, sign in pointed.items() if axis in _MEASURES}
        if len(own) == 1:
            signs |= own
        elif word == "than" and token.word.endswith("er") and not signs:
            signs = {1}  # of whatever measure: both texts use the same
    return signs


def _is_passive(tokens: Sequence[Token], at: int) -> bool:
    before = {t.word for t in tokens[max(0, at - 2) : at]}
    after = [t.word for t in tokens[at + 1 : at + 3]]
    return bool(before & _BE) and "by" in after


def _side(tokens: Sequence[Token], at: int, order: range) -> dict[str, int]:
    """Return the stems of one side with how far they stand from ``at``.

    They are of the same clause, or of the sentence if that has none.
    """
    here = tokens[at]
    sentence = [
        tokens[i] for i in order if tokens[i].sentence == here.sentence and _names_a_side(tokens[i])
    ]
    clause = [t for t in sentence if t.clause == here.clause]
    chosen = clause if order.step < 0 and clause else sentence
    return {t.stem: abs(t.index - at) for t in reversed(chosen)}


def _names_a_side(token: Token) -> bool:
    matter = token.heavy or (token.stem not in glue() and token.word not in STOP_WORDS)
    return matter and not token.directions.keys() & _MEASURES and len(token.word) > 1


def check_comparisons(pair: Pair) -> tuple[list[Finding], bool]:
    """Return what is exchanged, and whether a comparison was found told from the other side."""
    findings: list[Finding] = []
    mirrored = False
    for mine in comparisons(pair.claim, _OWN_REACH):
        straight, crossed, theirs = _closest(mine, pair)
        if theirs is None or crossed == straight or max(crossed, straight) < _TELLING:
            continue
        if mine.sparing is not theirs.sparing and mine.sign != theirs.sign:
            continue
        if not theirs.left and abs(crossed - straight) < _ONE_SIDED:
            continue  # its subject is a pronoun
        if (crossed > straight) == (mine.sign == theirs.sign):
            findings.append(contradicted("the abstract compares the other way round"))
        elif straight == 0 and crossed >= 4:
            mirrored = True
    return findings, mirrored


def _closest(mine: Comparison, pair: Pair) -> tuple[float, float, Comparison | None]:
    best: tuple[float, float, Comparison | None] = (0.0, 0.0, None)
    weights = {t.stem: 3.0 for t in pair.claim.tokens if not pair.claim.text[t.start].islower()}

    def common(one: frozenset[str], other: frozenset[str]) -> float:
        return sum(weights.get(word, 1.0) for word in one & other)

    for theirs in comparisons(pair.source, _REACH):
        if theirs.choice is not mine.choice:
            continue
        straight = common(mine.left, theirs.left) + common(mine.right, theirs.right)
        crossed = common(mine.left, theirs.right) + common(mine.right, theirs.left)
        agrees = (crossed > straight) != (mine.sign == theirs.sign)
        if (straight + crossed, agrees) > (best[0] + best[1], False):
            best = (straight, crossed, theirs)
    return best

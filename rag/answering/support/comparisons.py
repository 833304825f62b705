"""Find the two sides of a comparison, and claims that exchange what two things do.

"A outperforms B", "B is outperformed by A" and "B lags behind A" say one thing; "B
outperforms A" says another. Likewise "X stores logits, while Y selects episodes" is not
"Y stores logits, while X selects episodes".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import glue, stem
from rag.answering.support.wording import Meeting, Token, Wording

_MORE = "outperform surpass beat exceed outpace outscore overtake outdo outstrip outshine eclipse superior"
_LESS = "underperform trail lag inferior"
_VERBS = {stem(w): 1 for w in f"{_MORE} outdoes dominate".split()} | {
    stem(w): -1 for w in _LESS.split()
}
_RELATORS = frozenset("than over compared versus vs against relative beyond".split())
_MERE = frozenset("more less fewer higher lower greater".split())  # "over" does not compare these
_MEASURES = frozenset("amount effect quality merit speed length height size cost strength".split())
_STOPS = frozenset("by on in with while across for when under at where using via through".split())
_BE = frozenset("is are was were be been being".split())
_REACH = 14  # tokens of the abstract after a relator that may name the other side
_OWN_REACH = 7  # the same in a claim, which is shorter
_EXCHANGED = 1.1
_CONTRASTS = frozenset("while whereas but although though".split())


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left`` is more (sign 1) or less (-1) than ``right``; both are stems."""

    left: frozenset[str]
    right: frozenset[str]
    sign: int


def comparisons(wording: Wording, reach: int) -> Iterator[Comparison]:
    """Yield the comparisons of a text, one for each word that relates two sides."""
    tokens = wording.tokens
    for at, token in enumerate(tokens):
        verb = _VERBS.get(token.stem)
        if token.word == "short" and at + 1 < len(tokens) and tokens[at + 1].word == "of":
            verb = -1  # "falls short of"
        sign = verb if verb is not None else _relator_sign(tokens, at)
        if sign == 0:
            continue
        passive = verb is not None and _is_passive(tokens, at)
        left = _side(tokens, at, range(at - 1, -1, -1))
        right = _side(tokens, at, range(at + 1, _right_end(tokens, at, reach)))
        if right:
            yield Comparison(left - right, right - left, -sign if passive else sign)


def _right_end(tokens: Sequence[Token], at: int, reach: int) -> int:
    """Return where the right side ends: at the preposition after its first name."""
    seen = 0
    for i in range(at + 1, min(at + 1 + reach, len(tokens))):
        if seen and tokens[i].word in _STOPS:
            return i
        seen += tokens[i].heavy
    return min(at + 1 + reach, len(tokens))


def _relator_sign(tokens: Sequence[Token], at: int) -> int:
    """Return the sign of the direction word before a relator such as "than"; 0: no comparison."""
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if word not in _RELATORS or following[:1].isdigit():
        return 0
    for token in reversed(tokens[max(0, at - 9) : at]):
        if token.sentence != tokens[at].sentence:
            break
        if token.stem in _VERBS:
            return 0  # the verb relates the sides already
        pointed = token.directions
        if word == "over" and (token.word in _MERE or not pointed.keys() & {"effect", "quality"}):
            continue
        signs = {sign for axis, sign in pointed.items() if axis in _MEASURES}
        if len(signs) == 1:
            return signs.pop()
        if word == "than" and token.word.endswith("er"):
            return 1  # of whatever measure: both texts use the same
    return 0


def _is_passive(tokens: Sequence[Token], at: int) -> bool:
    before = {t.word for t in tokens[max(0, at - 2) : at]}
    after = [t.word for t in tokens[at + 1 : at + 3]]
    return bool(before & _BE) and "by" in after


def _side(tokens: Sequence[Token], at: int, order: range) -> frozenset[str]:
    """Return the stems of one side: of the same clause, or of the sentence if that has none."""
    here = tokens[at]
    sentence = [
        tokens[i] for i in order if tokens[i].sentence == here.sentence and _names_a_side(tokens[i])
    ]
    clause = [t for t in sentence if t.clause == here.clause]
    return frozenset(t.stem for t in (clause if order.step < 0 and clause else sentence))


def _names_a_side(token: Token) -> bool:
    return (
        (token.heavy or token.stem not in glue()) and not token.directions and len(token.word) > 1
    )


def check_comparisons(pair: Pair) -> tuple[list[Finding], bool]:
    """Return what is exchanged, and whether a comparison was found told from the other side."""
    findings: list[Finding] = []
    mirrored = False
    for mine in comparisons(pair.claim, _OWN_REACH):
        straight, crossed, theirs = _closest(mine, pair)
        if theirs is None or crossed == straight:
            continue
        if (crossed > straight) == (mine.sign == theirs.sign):
            findings.append(contradicted("the abstract compares the other way round"))
        elif straight == 0 and crossed >= 4:
            mirrored = True
    return findings, mirrored


def _closest(mine: Comparison, pair: Pair) -> tuple[float, float, Comparison | None]:
    best: tuple[float, float, Comparison | None] = (0.0, 0.0, None)
    weights = {t.stem: 3.0 for t in pair.claim.tokens if pair.claim.text[t.start].isupper()}

    def common(one: frozenset[str], other: frozenset[str]) -> float:
        return sum(weights.get(word, 1.0) for word in one & other)

    for theirs in comparisons(pair.source, _REACH):
        if not theirs.left:
            continue
        straight = common(mine.left, theirs.left) + common(mine.right, theirs.right)
        crossed = common(mine.left, theirs.right) + common(mine.right, theirs.left)
        if straight + crossed > best[0] + best[1]:
            best = (straight, crossed, theirs)
    return best


def check_exchange(pair: Pair) -> Iterator[Finding]:
    """Yield when what a contrast says of one name stands, in the abstract, by the other."""
    halves = _halves(pair)
    if halves is None:
        return
    one, other = (_names_and_matter(half, pair.claim.text) for half in halves)
    if not one[0] or not other[0]:
        return
    tokens = pair.source.tokens
    own = exchanged = 0.0
    for (names, matter), (rivals, _) in ((one, other), (other, one)):
        own += max(_closeness(name, matter, tokens) for name in names)
        exchanged += max(_closeness(name, matter, tokens) for name in rivals)
    if exchanged > _EXCHANGED * own + 0.02:
        yield contradicted("the abstract says this of the other one")


def _names_and_matter(half: Sequence[Meeting], text: str) -> tuple[list[Meeting], list[Meeting]]:
    names = [m for m in half if text[m.token.start].isupper()]
    return names, [m for m in half if not text[m.token.start].isupper()]


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

"""Find where a claim points elsewhere than its abstract, or further.

Opposite words (increase for reduce) are only reported when the words around them say that
both texts speak of the same thing; sweeping words (always, every, proves) when nothing in
the abstract is as sweeping.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.answering.support.effects import is_borne_out
from rag.answering.support.findings import Finding, Pair, contradicted, doubtful
from rag.answering.support.lexicon import sweeping
from rag.answering.support.nearness import LOOSE, affinity, context_of_word, prefers
from rag.answering.support.negation import denial
from rag.answering.support.numerals import bounds_number
from rag.answering.support.wording import Token

_RESULTS = frozenset({"amount", "effect", "quality", "merit", "speed"})
_COMMON = frozenset("more less fewer best most high low lower higher better long short".split())
_GAINS = frozenset({"amount", "effect", "quality", "merit"})  # axes that speak of much the same
_CLOSE = 0.45  # affinity from which an opposite word speaks of the same thing
_IDLE_BEFORE = frozenset({"above", "after", "at"})
_IDLE_AFTER = frozenset({"longer", "more", "further", "less", "fewer", "later"})
_ALMOST = frozenset({"almost", "nearly", "virtually", "not"})
_QUALITIES = ("ness", "ity", "cy")  # nouns that name a quality whether it grows or shrinks
_DENIERS = frozenset("not without hardly barely scarcely rarely".split())
_DETERMINERS = frozenset({"all", "every", "any", "no", "always"})


def check_directions(pair: Pair) -> Iterator[Finding]:
    """Yield where the claim has the opposite of the abstract's word about the same thing."""
    told = Counter(pole for t in pair.claim.tokens for pole in t.directions.items())
    turned = set[tuple[str, int]]()
    for token in pair.claim.tokens:
        if denial(pair.claim.tokens, token.index) or bounds_number(pair.claim.tokens, token.index):
            continue  # left to the checks on negations and on numbers
        for axis, sign in token.directions.items():
            finding = _opposed(pair, token, axis, sign)
            if not finding or is_borne_out(pair, token):
                continue
            turned.add((axis, sign))
            both_poles = told[axis, -sign] and axis not in _GAINS
            if not both_poles or (axis, -sign) in turned:
                yield finding
                break


def _opposed(pair: Pair, claimed: Token, axis: str, sign: int) -> Finding | None:
    tokens = pair.source.tokens
    told = _told_with_numbers(pair)
    still = [m for m in pair.met if not m.token.directions]
    context = context_of_word(pair, claimed.index, still)
    pointing = [
        (pointed, affinity(context, tokens, token.index, LOOSE), token)
        for token in tokens
        if (pointed := _pointing(token, axis, sign, kindred=claimed.word not in _COMMON))
        and denial(tokens, token.index) < 1
        and (not told or token.sentence in told)
        and not bounds_number(tokens, token.index)
        and not (claimed.degree < 0 and token.word.endswith(_QUALITIES))
    ]
    _, same = _nearest([(fit, t) for pointed, fit, t in pointing if pointed == sign])
    fit, opposite = _nearest([(fit, t) for pointed, fit, t in pointing if pointed != sign])
    if opposite is None or fit < _CLOSE:
        return None
    if not prefers(context, tokens, opposite.index, same.index if same else -1):
        return None
    for pointed, near, token in pointing:  # the very word may stand there too, a little further off
        own = pointed == sign and token.stem == claimed.stem
        if own and token.sentence == opposite.sentence and near >= 0.5 * fit:
            return None
    return contradicted(f"the abstract says “{opposite.shown}”, the claim “{claimed.shown}”")


def _told_with_numbers(pair: Pair) -> set[int]:
    """Return the sentences that hold a number of the claim: there its direction is told."""
    mine = {t.word for t in pair.claim.tokens if t.word[0].isdigit() and len(t.word) > 1}
    return {t.sentence for t in pair.source.tokens if t.word in mine} if mine else set()


def _nearest(rated: list[tuple[float, Token]]) -> tuple[float, Token | None]:
    fit, token = max(rated, key=lambda item: item[0], default=(0.0, None))
    return (fit, token) if fit > 0 else (0.0, None)


def _pointing(token: Token, axis: str, sign: int, *, kindred: bool = True) -> int:
    """Return where a word of the abstract points on the axis: +1, -1, or 0 for nowhere.

    With ``kindred``, "better" also stands for "more".
    """
    pointed = token.directions
    if axis in pointed:
        return pointed[axis]
    alike = kindred and axis in _GAINS and any(pointed.get(o) == sign for o in _GAINS)
    return sign if alike else 0


def check_results(pair: Pair) -> Iterator[Finding]:
    """Yield the words of the claim that tell a result ("outperforms", "slower") which nothing backs.

    An abstract that tells the same result has some word that points the same way.
    """
    tokens = pair.source.tokens
    met = {m.token.index: m.places for m in pair.met}
    for token in pair.claim.tokens:
        told = [(axis, sign) for axis, sign in token.directions.items() if axis in _RESULTS]
        if not told or token.word in _COMMON or denial(pair.claim.tokens, token.index):
            continue
        backed = any(
            _pointing(other, axis, sign) == (-sign if denial(tokens, other.index) else sign)
            for axis, sign in told
            for other in tokens
        )
        if not backed and all(tokens[i].directions for i in met.get(token.index, ())):
            yield doubtful(f"nothing in this abstract bears out “{token.word}”")


def check_sweeping(pair: Pair) -> Iterator[Finding]:
    """Yield the sweeping words of the claim that the evidence does not bear out."""
    known = {t.stem for t in pair.source.tokens if t.sentence in pair.sentences}
    for token in pair.claim.tokens:
        licences = sweeping().get(token.word)
        if licences is None or _is_harmless(pair, token):
            continue
        nearby = _around(pair, token.index) if token.word in _DETERMINERS else known
        if licences.isdisjoint(nearby):
            yield doubtful(f"“{token.word}” goes beyond this abstract")


def _is_harmless(pair: Pair, token: Token) -> bool:
    """Tell whether the word sweeps nothing here: "above all", "no longer", "proves useful"."""
    tokens = pair.claim.tokens
    before = tokens[token.index - 1].word if token.index else ""
    after = tokens[token.index + 1].word if token.index + 1 < len(tokens) else ""
    if (before in _IDLE_BEFORE and token.word == "all") or (
        token.word in ("no", "any") and after in _IDLE_AFTER
    ):
        return True
    earlier = {t.word for t in tokens[max(0, token.index - 3) : token.index]}
    if token.word == "no" and earlier & _ALMOST:
        return True
    if token.word == "any" and earlier & _DENIERS:
        return True  # "without any", "hardly costs any"
    return after[:1].isdigit() or (token.stem == "prove" and after != "that")


def _around(pair: Pair, at: int) -> set[str]:
    """Return the stems that stand near the abstract's word for what a determiner governs."""
    governed = [m for m in pair.met if at < m.token.index <= at + 4][:2]
    tokens = pair.source.tokens
    hedged = _is_hedged(pair.claim.tokens, at)
    return {
        t.stem
        for meeting in governed
        for i in meeting.places
        for t in tokens[max(0, i - 5) : i + 3]
        if t.sentence == tokens[i].sentence and (hedged or not _is_hedged(tokens, t.index))
    }


def _is_hedged(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].word in _ALMOST

"""Find the words that compare: which relates two sides, with which sign, and where they stand.

"A outperforms B", "A is better than B", "compared to B, A gains", "A is preferred over B" and
"A rather than B". What the sides are is read in ``sides.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.support.lexicon import glue, stem
from rag.answering.support.numerals import is_number
from rag.answering.support.owners import EARLIER
from rag.answering.support.wording import Token, Wording
from rag.text.terms import STOP_WORDS

_MORE = "outperform surpass beat exceed outpace outscore overtake outdo outstrip outshine eclipse superior"
_LESS = "underperform trail lag inferior"
_VERBS = {stem(w): 1 for w in f"{_MORE} outdoes dominate".split()} | {
    stem(w): -1 for w in _LESS.split()
}
_RELATORS = frozenset("than over compared versus vs against relative beyond".split())
_MERE = frozenset("more less fewer higher lower greater".split())  # "over" does not compare these
SPARING = frozenset("less fewer lower smaller shorter reduced".split())
MEASURES = frozenset("amount effect quality merit speed length height size cost strength".split())
LAVISH = frozenset("more larger higher greater bigger longer".split())
_MEANS = frozenset({"amount", "merit"})  # "with less compute" is no result
_CHOOSING = {"rather": "than", "instead": "of", "opposed": "to"}
_ARTICLES = frozenset({"a", "an"})
_SAME = 12  # words between two relators of one subject
_FRONTED = frozenset("compared relative versus".split())
_PREFERRING = frozenset({"over", "to", "than"})
_PREFER = frozenset(stem(w) for w in "prefer preferred favor favored".split())
_BE = frozenset("is are was were be been being".split())


@dataclass(frozen=True, slots=True)
class Relation:
    """What relates two sides: with which signs, where the left one is sought, the right one ends.

    ``loose`` marks relators such as "than", whose sign stands in another word.
    """

    signs: set[int]
    left: range
    end: int
    choice: bool = False
    loose: bool = False


def relation(wording: Wording, at: int, reach: int) -> Relation | None:
    """Return how the word at ``at`` relates two sides, if it does."""
    tokens = wording.tokens
    end = min(at + 1 + reach, len(tokens))
    verb = _VERBS.get(tokens[at].stem)
    if verb is not None:
        sign = -verb if _is_passive(tokens, at) else verb
        return Relation({sign}, range(_subject_end(tokens, at) - 1, -1, -1), end)
    if _chooses(wording, at):
        return Relation({1}, range(at - 1, -1, -1), end, choice=True)
    preferred = _preferred(tokens, at)
    if preferred is not None:
        return Relation({1}, preferred, end)
    if tokens[at].word in _FRONTED and _opens_clause(tokens, at):
        return _fronted(tokens, at, reach)
    signs = _relator_signs(tokens, at)
    if not signs:
        return None
    start = next(
        (i for i in range(max(0, at - _SAME), at) if _is_same_relator(tokens, i, at)), at
    )  # "A gains 3 points over B and 1 over C"
    return Relation(signs, range(start - 1, -1, -1), end, loose=True)


def _subject_end(tokens: Sequence[Token], at: int) -> int:
    """Return where the subject of a verb ends: "A beats B and outperforms C" has one subject."""
    before = at - 1
    while before > 0 and (tokens[before].word in _BE or tokens[before].word.endswith("ly")):
        before -= 1
    if before > 0 and tokens[before].word in ("and", "or", "while"):
        for i in range(before - 1, -1, -1):
            if tokens[i].sentence != tokens[at].sentence:
                break
            if tokens[i].stem in _VERBS:
                return i
    return at


def _opens_clause(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether "compared to" stands before what it compares, not after it."""
    here = tokens[at]
    before = [t for t in tokens[max(0, at - 30) : at] if t.sentence == here.sentence]
    if any(t.clause == here.clause and names_a_side(t) for t in before):
        return False
    return not any(t.directions.keys() & MEASURES for t in before)


def _fronted(tokens: Sequence[Token], at: int, reach: int) -> Relation | None:
    """Return the relation of "Compared to B, A gains": the left side follows the comma."""
    here = tokens[at]
    rest = [t for t in tokens[at + 1 : at + 1 + 3 * reach] if t.sentence == here.sentence]
    right = [t for t in rest if t.clause == here.clause]
    left = [t for t in rest if t.clause > here.clause]
    signs = {s for t in left for a, s in t.directions.items() if a in MEASURES - _MEANS}
    if not right or not signs:
        return None
    first = left[0].index
    return Relation(signs, range(first, left[-1].index + 1), right[-1].index + 1)


def _preferred(tokens: Sequence[Token], at: int) -> range | None:
    """Return where the left side of "prefer A to B" or "A is preferred over B" may stand."""
    if tokens[at].word not in _PREFERRING:
        return None
    for i in range(at - 1, max(-1, at - 10), -1):
        if tokens[i].sentence != tokens[at].sentence:
            break
        if tokens[i].stem in _PREFER:
            inner = range(at - 1, i, -1)
            if any(names_a_side(tokens[k]) for k in inner):
                return inner
            return range(i - 1, -1, -1)
    return None


def _is_same_relator(tokens: Sequence[Token], one: int, other: int) -> bool:
    same = tokens[one].word == tokens[other].word and tokens[one].sentence == tokens[other].sentence
    return same and bool(_relator_signs(tokens, one))


def _chooses(wording: Wording, at: int) -> bool:
    """Tell whether the word at ``at`` sets off what is not chosen: "rather than", ", not"."""
    tokens = wording.tokens
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if tokens[at].word in ("rather", "instead", "opposed"):
        return following == _CHOOSING[tokens[at].word] and at > 0
    comma = at > 0 and "," in wording.text[tokens[at - 1].end : tokens[at].start]
    joined = at > 0 and tokens[at - 1].word in ("and", "but")
    return tokens[at].word == "not" and following != "only" and (comma or joined)


def _relator_signs(tokens: Sequence[Token], at: int) -> set[int]:
    """Return the signs of the direction words before a relator such as "than"; none: no comparison.

    "Lower cost and better quality than" has both.
    """
    word = tokens[at].word
    following = next((t.word for t in tokens[at + 1 : at + 3] if t.word not in _ARTICLES), "")
    signs, compared = set[int](), set[int]()  # "larger drops than": the comparative decides
    if at and tokens[at - 1].word == "rather":
        return signs
    if word not in _RELATORS or is_number(following):
        return signs
    reach = 30 if word in _FRONTED else 9
    for token in reversed(tokens[max(0, at - reach) : at]):
        if token.sentence != tokens[at].sentence:
            break
        if token.stem in _VERBS:
            return set()  # the verb relates the sides already
        pointed = token.directions
        if word == "over" and (token.word in _MERE or not pointed.keys() & {"effect", "quality"}):
            continue
        if token.word in ("more", "less", "fewer") and word == "than":
            compared.add(1 if token.word == "more" else -1)
            continue
        own = {sign for axis, sign in pointed.items() if axis in MEASURES}
        if len(own) == 1:
            (compared if token.word in SPARING | LAVISH else signs).update(own)
        elif word == "than" and token.word.endswith("er") and not signs:
            signs = {1}  # of whatever measure: both texts use the same
    return compared or signs


def _is_passive(tokens: Sequence[Token], at: int) -> bool:
    before = {t.word for t in tokens[max(0, at - 2) : at]}
    after = [t.word for t in tokens[at + 1 : at + 3]]
    return bool(before & _BE) and "by" in after


def names_a_side(token: Token) -> bool:
    """Tell whether a word may name a side of a comparison."""
    if token.word in EARLIER or token.word in ("our", "ours", "we", "this"):
        return True
    matter = token.heavy or (token.stem not in glue() and token.word not in STOP_WORDS)
    return matter and not token.directions.keys() & MEASURES and len(token.word) > 1

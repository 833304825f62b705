"""Find the two sides of the comparisons of a claim, and whether its abstract exchanges them.

"A outperforms B", "B is outperformed by A" and "B lags behind A" say one thing; "B
outperforms A" says another. So do "A rather than B" and "A, not B".
"""

from collections.abc import Sequence
from functools import lru_cache

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import stem
from rag.answering.support.owners import OTHERS, OWN, main_names
from rag.answering.support.sides import Comparison, comparisons
from rag.answering.support.wording import Wording

_REACH = 14  # tokens of the abstract after a relator that may name the other side
_OWN_REACH = 7  # the same in a claim, which is shorter
_TELLING = 2.0  # words shared by the sides (a name counts 3) that can tell them apart
_CONTEXT = 0.5  # what a word shared by the sentences adds, beside those shared by the sides
_ONE_SIDED = 3.0  # by how much one side must decide, where the other is not known


def check_comparisons(pair: Pair) -> tuple[list[Finding], bool]:
    """Return what is exchanged, and whether a comparison was found told from the other side."""
    findings: list[Finding] = []
    mirrored = False
    agreed = set[tuple[frozenset[str], frozenset[str]]]()
    turned = set[tuple[frozenset[str], frozenset[str]]]()
    for mine in comparisons(pair.claim, _OWN_REACH):
        straight, crossed, theirs = _closest(mine, pair)
        if theirs is None or crossed == straight or max(crossed, straight) < _TELLING:
            continue
        alike = mine.sparing is theirs.sparing or (mine.amount and theirs.amount)
        if not alike and mine.sign != theirs.sign:
            continue
        if not theirs.left and abs(crossed - straight) < _ONE_SIDED:
            continue  # its subject is a pronoun
        if (crossed > straight) == (mine.sign == theirs.sign):
            turned.add((mine.left, mine.right))
            continue
        agreed.add((mine.left, mine.right))
        if straight == 0 and crossed >= 4:
            mirrored = True
    if turned - agreed:  # "lower cost and better quality than" may agree in either
        findings.append(contradicted("the abstract compares the other way round"))
    return findings, mirrored


@lru_cache(maxsize=512)
def _known(source: Wording) -> Sequence[Comparison]:
    return tuple(comparisons(source, _REACH))


def _closest(mine: Comparison, pair: Pair) -> tuple[float, float, Comparison | None]:
    best: tuple[float, float, Comparison | None] = (0.0, 0.0, None)
    closest = (0.0, False)
    said = {t.stem for t in pair.claim.tokens}
    weights = {t.stem: 3.0 for t in pair.claim.tokens if not pair.claim.text[t.start].islower()}

    weights |= {OWN: 3.0, OTHERS: 3.0}
    named = {stem(part) for name in main_names(pair.source, pair.body) for part in name.split()}

    def common(one: frozenset[str], other: frozenset[str]) -> float:
        if not mine.choice:
            one, other = (side | {OWN} if side & named else side for side in (one, other))
        return sum(weights.get(word, 1.0) for word in one & other)

    for theirs in _known(pair.source):
        if theirs.choice is not mine.choice:
            continue
        straight = common(mine.left, theirs.left) + common(mine.right, theirs.right)
        crossed = common(mine.left, theirs.right) + common(mine.right, theirs.left)
        agrees = (crossed > straight) != (mine.sign == theirs.sign)
        shared = len(said & theirs.context)
        near = (straight + crossed + _CONTEXT * shared, agrees)
        if straight + crossed and near > closest:
            closest, best = near, (straight, crossed, theirs)
    return best

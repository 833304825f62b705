"""Hold the numbers of a claim against those of an abstract: which are there, and of what.

A number must not only occur: it must belong to the same thing. "46%" of tokens saved is
no "46%" of accuracy gained, even when the abstract knows both numbers.
"""

from collections.abc import Iterator
from itertools import combinations, permutations

from rag.answering.support.agreement import LOOSELY, mispaired, rate
from rag.answering.support.bindings import settled_values
from rag.answering.support.comparands import confirmed_values
from rag.answering.support.counted import Figures
from rag.answering.support.findings import Finding, Pair, contradicted, doubtful
from rag.answering.support.lexicon import synonymous
from rag.answering.support.lists import list_lengths
from rag.answering.support.nearness import affinity, context_of_figure
from rag.answering.support.quantity import PAIRS, Bound, Quantity, Unit
from rag.text.terms import STOP_WORDS

_RIVAL, _RIVAL_MARGIN = 1.3, 0.12  # how much better another number must fit than this one
_BESIDE = 8  # words within which two numbers of a claim bear each other out
_MOST_NOUNS = 3  # that may follow a number: "12 open reasoning benchmarks"
_SCALED = 9  # the decimals of a number told in millions
_SOON = 7  # words after a number among which the counted noun stands
_FEW, _EQUAL = 6, 1e-6  # percentages of a claim that are subtracted, and what is no difference
_LEAST_SUM, _MOST_COUNTS = 20, 40  # sums of smaller numbers turn up by chance
_LONGEST_LIST = 12  # items that a claim may count for itself


def check_figures(pair: Pair, claim: Figures, source: Figures) -> Iterator[Finding]:
    """Yield what speaks against each number of the claim, at most one finding each."""
    settled: set[float] = set()
    if claim.quantities and len(source.quantities) > 1:
        settled = settled_values(claim, source) | confirmed_values(claim, source)
    for quantity in claim.quantities:
        if quantity.text.lower() in PAIRS:
            continue
        finding = _check(quantity, claim, source)
        if finding is None and _is_there(quantity, source) and quantity.value not in settled:
            finding = _misplaced(quantity, pair, claim, source)
        if finding:
            yield finding


def _is_there(quantity: Quantity, source: Figures) -> bool:
    return any(rate(quantity, found) is not None for found in source.quantities)


def _check(quantity: Quantity, claim: Figures, source: Figures) -> Finding | None:
    rated = [(f, bad) for f in source.quantities if (bad := rate(quantity, f)) is not None]
    if not rated:
        return _absent(quantity, claim, source)
    found, bad = min(rated, key=lambda item: item[1])
    if bad:
        why = f"the abstract says “{_shown(found)}”, the claim “{_shown(quantity)}”"
        return doubtful(why) if bad == LOOSELY else contradicted(why)
    if mispaired(quantity, [f for f, worse in rated if not worse]):
        return contradicted(f"the abstract gives {quantity.text} as the end of another range")
    bare = quantity.unit is Unit.BARE
    if bare and (
        _counted_otherwise(quantity, claim, source) or _counts_another(quantity, claim, source)
    ):
        return contradicted(f"the abstract counts these otherwise, not as {quantity.text}")
    return None


def _absent(quantity: Quantity, claim: Figures, source: Figures) -> Finding | None:
    """Say that the number is not there, unless a list counts it or it is a difference or sum."""
    if _is_difference(quantity, claim, source) or _is_sum(quantity, source):
        return None
    same = next((f for f in source.quantities if f.value == quantity.value), None)
    if same:
        return contradicted(f"the abstract says “{same.text}”, the claim “{quantity.text}”")
    countable = quantity.unit is Unit.BARE and 2 <= quantity.value <= _LONGEST_LIST
    if countable and not _counted_otherwise(quantity, claim, source):
        text = source.wording.text
        sentences = (text[start:end] for start, end in source.wording.spans)
        if any(quantity.value in list_lengths(sentence) for sentence in sentences):
            return None
    return contradicted(f"{_shown(quantity)} is not in this abstract")


def _is_difference(quantity: Quantity, claim: Figures, source: Figures) -> bool:
    """Tell whether this is the gap of a range: "by 32 points, from 63% to 95%".

    The claim must name both ends, or the abstract tell them as a range.
    """
    gaps = (
        abs(end.partner - end.value)
        for end in source.quantities
        if end.opens and end.partner is not None and _finer(quantity, end)
    )
    if any(abs(gap - quantity.value) < _EQUAL for gap in gaps):
        return True
    if quantity.unit not in (Unit.POINTS, Unit.PERCENT):
        return False
    shares = [q for q in claim.quantities if q.unit is Unit.PERCENT and q is not quantity]
    return any(
        abs(other.value - one.value - quantity.value) < _EQUAL
        for one, other in permutations([q for q in shares[:_FEW] if _is_there(q, source)], 2)
    )


def _finer(quantity: Quantity, end: Quantity) -> bool:
    """Tell whether the number may be a gap to ``end``: points, or as exact as that is told."""
    return quantity.unit is Unit.POINTS or (
        quantity.unit is Unit.BARE and 0 < quantity.decimals == end.decimals
    )


def _is_sum(quantity: Quantity, source: Figures) -> bool:
    """Tell whether a sentence has two counts that make up this one: "351 and 84 tracks"."""
    if quantity.unit is not Unit.BARE or quantity.value < _LEAST_SUM or quantity.decimals:
        return False
    counts = [f for f in source.quantities if f.unit is Unit.BARE and not f.decimals]
    at = [source.wording.tokens[source.token_at(f)].sentence for f in counts[:_MOST_COUNTS]]
    return any(
        counts[i].value + counts[j].value == quantity.value and at[i] == at[j]
        for i, j in combinations(range(len(at)), 2)
    )


def _counted_otherwise(quantity: Quantity, claim: Figures, source: Figures) -> bool:
    """Tell whether the abstract counts the same noun, but only with other numbers."""
    nouns = _nouns(quantity, claim)
    counting = _counting(nouns, source)
    known = any(f.value == quantity.value or claim.tells(f) for f in counting)
    return bool(counting) and not known and not _counts_the_same(quantity, nouns, source)


def _counts_another(quantity: Quantity, claim: Figures, source: Figures) -> bool:
    """Tell whether this number counts something else there, and another number what it counts here."""
    nouns = _nouns(quantity, claim)
    if not nouns or _counts_the_same(quantity, nouns, source):
        return False
    rivals = _counting(nouns, source)
    return any(rate(quantity, rival) is None for rival in rivals)


def _counts_the_same(quantity: Quantity, nouns: set[str], source: Figures) -> bool:
    """Tell whether one of the ``nouns`` stands soon after the number, or nothing does."""
    tokens = source.wording.tokens
    for found in source.quantities:
        if rate(quantity, found) is None:
            continue
        at = source.token_at(found)
        after = {t.stem for t in tokens[at + 1 : at + _SOON] if t.sentence == tokens[at].sentence}
        if not _nouns(found, source) or any(synonymous(a, b) for a in nouns for b in after):
            return True
    return False


def _counting(nouns: set[str], source: Figures) -> list[Quantity]:
    """Return the numbers of the abstract that count one of the ``nouns``."""
    return [f for f in source.quantities if f.unit is Unit.BARE and nouns & _nouns(f, source)]


def _counts_alone(quantity: Quantity, claim: Figures, source: Figures) -> bool:
    """Tell whether the abstract counts the same noun, and with this number only."""
    if quantity.unit is not Unit.BARE:
        return False
    nouns = _nouns(quantity, claim)
    counting = _counting(nouns, source)
    return bool(counting) and all(rate(quantity, f) is not None for f in counting)


def _nouns(quantity: Quantity, figures: Figures) -> set[str]:
    """Return the stems of what a number counts: the words after it, up to a preposition."""
    at = figures.token_at(quantity)
    here = figures.wording.tokens[at]
    found: set[str] = set()
    for token in figures.wording.tokens[at + 1 : at + 8]:
        elsewhere = token.sentence != here.sentence or token.clause != here.clause
        if elsewhere or token.word in STOP_WORDS or len(found) == _MOST_NOUNS:
            break
        if token.heavy and not any(c.isdigit() for c in token.word):
            found.add(token.stem)
    return found


def _misplaced(quantity: Quantity, pair: Pair, claim: Figures, source: Figures) -> Finding | None:
    """Say when another number of the abstract stands far closer to what the claim is about."""
    own = rival = 0.0
    nearest: Quantity | None = None
    context = context_of_figure(pair, claim.token_at(quantity))
    for found in source.quantities:
        fit = affinity(context, source.wording.tokens, source.token_at(found))
        ends_alike = found.value == quantity.partner and found.unit is quantity.unit
        if ends_alike or rate(quantity, found) is not None:
            own = max(own, fit)
        elif found.unit is quantity.unit and fit > rival and not claim.tells(found):
            rival, nearest = fit, found
    if nearest is None or rival < own * _RIVAL + _RIVAL_MARGIN:
        return None
    if _corroborated(quantity, claim, source) or _counts_alone(quantity, claim, source):
        return None
    return contradicted(f"the abstract gives {_shown(nearest)} for this, not {_shown(quantity)}")


def _corroborated(quantity: Quantity, claim: Figures, source: Figures) -> bool:
    """Tell whether the abstract has another number of the claim right beside this one."""
    own = [source.token_at(f) for f in source.quantities if rate(quantity, f) is not None]
    others = [
        q
        for q in claim.quantities
        if q is not quantity and _is_measured(q) and q.partner != quantity.value
    ]
    beside = [
        source.token_at(f) for f in source.quantities for q in others if rate(q, f) is not None
    ]
    return any(0 < abs(i - j) <= _BESIDE for i in own for j in beside)


def _is_measured(quantity: Quantity) -> bool:
    return quantity.unit is not Unit.BARE or 0 < quantity.decimals < _SCALED


def _shown(quantity: Quantity) -> str:
    text = quantity.text.replace("\\%", "%")
    return f"{quantity.bound.value} {text}" if quantity.bound is not Bound.NONE else text

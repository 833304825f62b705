"""Tell which words of a text are denied, and where claim and abstract differ in that."""

import re
from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.nearness import affinity, context_of_word
from rag.answering.support.wording import Token

PLAIN = frozenset(
    "not no never without cannot nor neither none nobody nothing hardly barely limited unable isn't "
    "aren't don't doesn't didn't won't can't couldn't wasn't weren't".split()
)
_CONTRASTING = frozenset("instead rather unlike".split())
_NEGATORS = PLAIN | _CONTRASTING | frozenset(
    "free lack lacks lacking non fail fails failed failing avoid avoids avoiding avoided prevent "
    "prevents preventing eliminate eliminates eliminating eliminated obviate obviates obviating "
    "circumvent circumvents circumventing remove removes removing removed bypass bypasses bypassing "
    "rarely seldom exclude excludes excluding ruling ruled dispense outside unsuccessful struggle "
    "struggles struggling struggled".split()
)  # fmt: skip
_DENYING = frozenset(
    "overcome overcomes overcoming preclude precludes precluding inadequate unnecessary insufficient "
    "impossible ineffective unlikely mitigate mitigates mitigating alleviate alleviates bypass skip skips "
    "ease eases easing resolve resolves hard difficult difficulty difficulties challenging "
    "limitation limitations shortcoming shortcomings reduction "
    "reductions reduce reduces prune prunes pruning discard discards cut cuts drop drops".split()
)
_PREFIXED = re.compile(
    r"un(?!der|i|til|less|ique)\w{4}|non\w{4}|mis\w{4}|dis(?:agree|allow|card|regard|able|approv|connect)"
    r"|in(?:complet|consist|accur|correct|effect|effic|adequa|capab|flexib|stab|visib)|im(?:poss|perf)"
)
_OF_NOUNS = frozenset("no without free lack lacks lacking non".split())
_NOUN_SCOPE = 4  # words after one of these that it may turn: the noun phrase that follows
_SURE, _SCOPE = 5, 9  # words after any other that it surely turns, and that it may turn
_LEAST, _SHARE = 1.0, 0.12  # weight of the turned words, and their share, that count


def negated(
    tokens: Sequence[Token],
    at: int,
    *,
    negators: frozenset[str] = _NEGATORS,
    scope: int = _SCOPE,
) -> bool:
    """Tell whether token ``at`` is denied: by a negator before it in its clause, or by "-free"."""
    here = tokens[at]
    count = int(at + 1 < len(tokens) and _is_suffix(tokens[at + 1]))
    for i in range(at - 1, max(-1, at - 1 - scope), -1):
        if (tokens[i].sentence, tokens[i].clause) != (here.sentence, here.clause):
            break
        if _negates(tokens, i, negators):
            count += at - i <= (_NOUN_SCOPE if tokens[i].word in _OF_NOUNS else scope)
    return count % 2 == 1


def denial(tokens: Sequence[Token], at: int) -> float:
    """Return 1 for a token surely denied, 0 for one not denied, 0.5 in between."""
    if negated(tokens, at, scope=_SURE):
        return 1.0
    return 0.5 if negated(tokens, at) else 0.0


def _negates(tokens: Sequence[Token], at: int, negators: frozenset[str]) -> bool:
    token = tokens[at]
    if _is_suffix(token) or (at > 1 and tokens[at - 2].word == "whether"):  # "whether or not"
        return False
    if token.word == "not" and tokens[at + 1].word == "only":
        return False
    hard = token.word in ("hard", "difficult") and tokens[at + 1].word == "to"
    return hard or token.word in negators


def _is_suffix(token: Token) -> bool:
    return token.joined and token.word in ("free", "limited")


def check_negation(pair: Pair) -> Iterator[Finding]:
    """Yield when one of the two denies what the other asserts, in the closest sentences.

    A denial may be worded in many ways, so where the other side holds any word of denial
    at all, nothing is said.
    """
    mine, theirs = pair.claim.tokens, pair.source.tokens
    same = turned = 0.0
    shown = ""
    for meeting in pair.met:
        at = meeting.token.index
        places = [i for i in meeting.places if theirs[i].sentence in pair.sentences]
        if not places:
            continue
        context = context_of_word(pair, at, pair.met)
        best = max(places, key=lambda i: affinity(context, theirs, i))
        if abs(denial(mine, at) - denial(theirs, best)) < 1:
            same += meeting.weight
        elif not _is_told_otherwise(pair, at, best):
            direct = negated(theirs, best, negators=PLAIN, scope=1)
            turned += max(meeting.weight, float(direct and not denial(mine, at)))
            shown = shown or meeting.token.word
    if turned >= _LEAST and turned >= _SHARE * (same + turned):
        yield contradicted(f"claim and abstract differ in a negation at “{shown}”")


def _is_told_otherwise(pair: Pair, at: int, best: int) -> bool:
    """Tell whether the side that does not deny the word holds a denial in other words."""
    mine, theirs = pair.claim.tokens, pair.source.tokens
    there = [t for t in theirs if t.sentence == theirs[best].sentence]
    if {t.word for t in mine} & {t.word for t in there} & (_NEGATORS - PLAIN - _OF_NOUNS):
        return False  # the same denial, but of something else
    if denial(mine, at) == 1:
        return not negated(mine, at, negators=_NEGATORS - _CONTRASTING) or _denies(there)
    return _denies(mine)


def _denies(tokens: Sequence[Token]) -> bool:
    return any(t.word in _NEGATORS or t.word in _DENYING or _PREFIXED.match(t.word) for t in tokens)

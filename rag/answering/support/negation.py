"""Tell which words of a text are denied, and where claim and abstract differ in that."""

import re
from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, Pair, contradicted
from rag.answering.support.lexicon import synonymous
from rag.answering.support.nearness import affinity, context_of_word
from rag.answering.support.wording import Token

PLAIN = frozenset(
    "not no never without cannot nor neither none nobody nothing hardly barely unable isn't "
    "aren't don't doesn't didn't won't can't couldn't wasn't weren't".split()
)
_CONTRASTING = {"instead": "of", "rather": "than", "unlike": ""}  # and what must follow
_FAILING = frozenset("fail fails failed failing".split())  # deny what follows with "to"
_NEGATORS = PLAIN | _CONTRASTING.keys() | _FAILING | frozenset(
    "missing absence absent free lack lacks lacking non avoid avoids avoiding avoided prevent "
    "prevents preventing eliminate eliminates eliminating eliminated obviate obviates obviating "
    "circumvent circumvents circumventing remove removes removing removed bypass bypasses bypassing "
    "rarely seldom exclude excludes excluding ruling ruled dispense outside unsuccessful struggle "
    "struggles struggling struggled".split()
)  # fmt: skip
_VERBAL = (
    _NEGATORS
    - PLAIN
    - _CONTRASTING.keys()
    - _FAILING
    - {"free", "non", "rarely", "seldom", "outside"}
)
# Words that say in their own way that something is not so, or less so: verbs what follows them ...
_DENYING = frozenset(
    "overcome overcomes overcoming preclude precludes precluding mitigate mitigates mitigating alleviate "
    "alleviates skip skips ease eases easing resolve resolves limitation limitations shortcoming "
    "shortcomings reduction reductions minimize minimizes minimizing reduce reduces prune prunes pruning "
    "discard discards cut cuts drop drops leaves preserve preserves preserving preserved maintain "
    "maintains maintaining maintained lost loses loss refuse refuses reject rejects ignore ignores ignoring "
    "neglect neglects replace replaces replacing replaced despite omit omits omitting spare spares sparing".split()
)
# ... and adjectives what stands on either side.
_DENIED = frozenset(
    "below under inadequate unnecessary insufficient impossible ineffective unlikely hard difficult difficulty "
    "difficulties challenging only absent absence same still constant stays keeps equal poor "
    "poorly little needless".split()
)
_INTACT = frozenset("intact unharmed unaffected untouched unchanged".split())
_PREFIXED = re.compile(
    r"un(?!der|i|til|less|ique|learn|lock|cover)\w{4}|non\w{4}|mis\w{4}|dis(?:agree|allow|card|regard|able|approv|connect)"
    r"|in(?:complet|consist|accur|correct|effect|effic|adequa|capab|flexib|stab|visib)|im(?:poss|perf)"
)
# Words that all but deny the noun after them.
_MILD = frozenset("minimal negligible little slight marginal limited insignificant tiny".split())
_ALMOST = frozenset("almost nearly virtually hardly practically".split())
_MILD_SCOPE = 3
_OF_NOUNS = frozenset("no without missing absence absent free lack lacks lacking non".split())
_NOUN_SCOPE = 4  # words after one of these that it turns: the noun phrase that follows
_NOUN_SCOPE_AT_MOST = 7
_RIGHT_BEFORE = 2  # words between a "not" and what it denies at once
_SURE, _SCOPE = 5, 9  # words after any other that it surely turns, and that it may turn
_NEAR = 6  # words around a place where a denial in other words may stand
_ALIKE = 0.9  # of the best fit, that a place which agrees must have
_LEAST, _SHARE = 1.0, 0.12  # weight of the turned words, and their share, that count


def negated(
    tokens: Sequence[Token],
    at: int,
    *,
    negators: frozenset[str] = _NEGATORS,
    scope: int = _SCOPE,
) -> bool:
    """Tell whether token ``at`` is denied: by a negator before it in its clause, or by "-free"."""
    return _denials(tokens, at, negators, scope) % 2 == 1


def _denials(tokens: Sequence[Token], at: int, negators: frozenset[str], scope: int) -> int:
    here = tokens[at]
    count = int(at + 1 < len(tokens) and _is_suffix(tokens[at + 1]))
    for i in range(at - 1, max(-1, at - 1 - scope - _NOUN_SCOPE), -1):
        if (tokens[i].sentence, tokens[i].clause) != (here.sentence, here.clause):
            break
        if _negates(tokens, i, negators):
            near = _NOUN_SCOPE if scope <= _SURE else _NOUN_SCOPE_AT_MOST
            if any(t.word in ("or", "nor") for t in tokens[i:at]):
                near += _SCOPE  # "without retraining or the use of a teacher"
            count += at - i <= (near if tokens[i].word in _OF_NOUNS else scope)
    return count


def denial(tokens: Sequence[Token], at: int, *, negators: frozenset[str] = _NEGATORS) -> float:
    """Return 1 for a token surely denied, 0 for one not denied, 0.5 in between."""
    if negated(tokens, at, negators=negators, scope=_SURE):
        return 0.5 if _is_mild(tokens, at) else 1.0
    if negated(tokens, at, negators=negators) or _is_mild(tokens, at):
        return 0.5
    return 0.0


def _is_mild(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether the word is all but denied: "minimal loss", "almost no loss", "limited data"."""
    before = [t.word for t in tokens[max(0, at - _MILD_SCOPE) : at]]
    return any(
        word in _MILD
        or (word in ("no", "without") and before[k - 1 : k] and before[k - 1] in _ALMOST)
        for k, word in enumerate(before)
    )


def _negates(tokens: Sequence[Token], at: int, negators: frozenset[str]) -> bool:
    token = tokens[at]
    suffix = _is_suffix(token) or (token.leading and token.word == "free")  # "free-form"
    if suffix or (at > 1 and tokens[at - 2].word == "whether"):  # "whether or not"
        return False
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if token.word == "not" and following == "only":
        return False
    if token.word in _FAILING and following != "to":
        return False
    if token.word == "nor" and any(t.word == "neither" for t in tokens[max(0, at - _SCOPE) : at]):
        return False
    if _CONTRASTING.get(token.word, "") not in ("", following):
        return False
    hard = token.word in ("hard", "difficult") and following == "to"
    return hard or token.word in negators


def _is_suffix(token: Token) -> bool:
    return token.joined and token.word in ("free", "limited")


def check_negation(pair: Pair) -> Iterator[Finding]:
    """Yield when one of the two denies what the other asserts, in the closest sentences.

    A denial may be worded in many ways, so where the other side holds any word of denial
    near the place, nothing is said.
    """
    mine, theirs = pair.claim.tokens, pair.source.tokens
    negators = _NEGATORS - _shared_verbs(pair)
    same = turned = 0.0
    borne = dict[int, float]()  # by clause, the denied words that are denied there, too
    shown = ""
    for meeting in pair.met:
        at = meeting.token.index
        told = [i for i in meeting.places if _may_differ(meeting.token, theirs[i], pair.body)]
        places = [i for i in told if theirs[i].sentence in pair.sentences]
        if not places or _is_far_name(mine, at):
            continue
        context = context_of_word(pair, at, pair.met)
        fits = {i: affinity(context, theirs, i) for i in told}
        best = max(places, key=lambda i: fits[i])
        own = denial(mine, at, negators=negators)
        alike = [i for i in fits if abs(own - denial(theirs, i, negators=negators)) < 1]
        if any(fits[i] >= _ALIKE * fits[best] for i in alike):
            same += meeting.weight
            if own == 1:
                borne[mine[at].clause] = borne.get(mine[at].clause, 0.0) + meeting.weight
        elif own == 1 and borne.get(mine[at].clause, 0.0) >= meeting.weight:
            continue  # "no new long data" of "without new long answers"
        elif not _is_told_otherwise(pair, at, best, negators):
            turned += max(meeting.weight, float(_is_direct(pair, at, best, own)))
            shown = shown or meeting.token.word
    if turned >= _LEAST and turned >= _SHARE * (same + turned):
        yield contradicted(f"claim and abstract differ in a negation at “{shown}”")


def _may_differ(token: Token, place: Token, body: int) -> bool:
    """Tell whether a denial may be read off this place: not of the title, not by mere synonyms.

    "Loss" meets "reducing", but "no loss of accuracy" does not deny "reducing cost".
    """
    return place.sentence < body and (not token.directions or token.stem[:4] == place.stem[:4])


def _is_far_name(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a name stands in a denial that is about the words before it."""
    return (
        tokens[at].shouted and negated(tokens, at) and not negated(tokens, at, scope=_RIGHT_BEFORE)
    )


def _shared_verbs(pair: Pair) -> frozenset[str]:
    """Return the verbs of denial that both texts have: "removes data" and "data is deleted"."""
    found: set[str] = set()
    texts = (pair.claim.tokens, pair.source.tokens)
    for tokens, others in (texts, texts[::-1]):
        verbs = {t.word: t.stem for t in tokens if t.word in _VERBAL}
        stems = {t.stem for t in others if t.word not in PLAIN and t.word not in _OF_NOUNS}
        found |= {w for w, own in verbs.items() if any(synonymous(own, o) for o in stems)}
    return frozenset(found)


def _is_direct(pair: Pair, at: int, best: int, own: float) -> bool:
    """Tell whether a plain "not" stands right before the word, on one side only."""
    if own:
        return negated(pair.claim.tokens, at, negators=PLAIN, scope=_RIGHT_BEFORE)
    return negated(pair.source.tokens, best, negators=PLAIN, scope=_RIGHT_BEFORE)


def _is_told_otherwise(pair: Pair, at: int, best: int, negators: frozenset[str]) -> bool:
    """Tell whether the side that does not deny the word holds a denial in other words near it."""
    mine, theirs = pair.claim.tokens, pair.source.tokens
    if _denials(mine, at, negators, _SCOPE) > 1:
        return False  # "does not avoid" says how it is meant
    if denial(mine, at, negators=negators) == 1:
        if not negated(mine, at, negators=negators - _CONTRASTING.keys()):
            return True
        return _denies_near(theirs, best, mine, negators)
    return _denies_near(mine, at, theirs, negators)


def _denies_near(
    tokens: Sequence[Token], at: int, others: Sequence[Token], negators: frozenset[str]
) -> bool:
    """Tell whether a word of denial, not shared with the other text, stands near token ``at``."""
    here = tokens[at]
    for token in tokens[max(0, at - _NEAR) : at + _NEAR + 1]:
        if token.sentence != here.sentence or token.index == at:
            continue
        if token.word in PLAIN or token.word in _OF_NOUNS:
            if token.clause == here.clause:
                return True
        elif token.word in _INTACT:
            if all(token.stem != other.stem for other in others):
                return True
        elif _denies(token, negators, before=token.index < at) and not any(
            synonymous(token.stem, other.stem) for other in others
        ):
            return True
    return False


def _denies(token: Token, negators: frozenset[str], *, before: bool) -> bool:
    verb = before and (token.word in negators or token.word in _DENYING)
    return verb or token.word in _DENIED or bool(_PREFIXED.match(token.word))

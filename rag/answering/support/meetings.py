"""Tell which words of a claim meet which words of an abstract, and how much each weighs.

Words meet when their stems are equal, forms of one word, synonyms, or an acronym and its
expansion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.support.acronyms import singular
from rag.answering.support.lexicon import is_matter, is_plain, is_trade, stem, synonymous
from rag.answering.support.wording import Token, Wording

_PLACES = 32  # places of the abstract that one word of a claim is followed to
_BEFORE_VERBS = frozenset("to can could may might will would must should cannot it they we".split())
_AFTER_VERBS = frozenset("the a an it them its their these those each how what whether".split())
_OTHER = 1.0  # weight of a word that is neither everyday wording nor a term of a trade
_BASE = 5  # letters that two forms of a word of the trade share


@dataclass(frozen=True, slots=True)
class Meeting:
    """One word of the claim: its weight, and the tokens of the abstract that it meets."""

    token: Token
    weight: float
    places: tuple[int, ...]


def meetings(claim: Wording, source: Wording) -> list[Meeting]:
    """Return how each weighty word of the claim meets the words of the source."""
    result = []
    stems = source.by_stem
    expanded = _expansions(claim)
    for index, token in enumerate(claim.tokens):
        if not token.heavy:
            continue
        own = token.stem
        places = {i for known, at in stems.items() if _meet(token, known) for i in at}
        for part in expanded.get(index, ()):
            places.update(stems.get(part, ()))
        own_first = sorted(places, key=lambda i: (source.tokens[i].stem != own, i))
        result.append(
            Meeting(token, _weight_in(claim.tokens, index), tuple(sorted(own_first[:_PLACES])))
        )
    return result


def _meet(token: Token, known: str) -> bool:
    """Tell whether a word of the claim meets a stem; words of the trade take no everyday synonym."""
    if is_matter(token.word) and token.stem[:_BASE] != known[:_BASE]:
        return False
    return synonymous(token.stem, known)


def _expansions(claim: Wording) -> dict[int, tuple[str, ...]]:
    """Return for the claim's acronyms and spelled-out phrases what else they may be called."""
    found: dict[int, tuple[str, ...]] = {}
    stems = [t.stem for t in claim.tokens]
    for index, token in enumerate(claim.tokens):
        if singular(token.word) in claim.acronyms:
            found[index] = (stem(singular(token.word)),)
    for acronym, parts in claim.acronyms.items():
        for index in (i for i, s in enumerate(stems) if s == parts[0]):
            if tuple(stems[index : index + len(parts)]) == parts:
                for step in range(len(parts)):
                    found[index + step] = (*found.get(index + step, ()), stem(acronym))
    return found


def _weight_in(tokens: Sequence[Token], at: int) -> float:
    """Return the weight of a word where it stands: a verb may be any that fits."""
    before = tokens[at - 1].word if at else ""
    after = tokens[at + 1].word if at + 1 < len(tokens) else ""
    verb = before in _BEFORE_VERBS or after in _AFTER_VERBS
    return 0.5 if verb and not is_matter(tokens[at].word) else weight(tokens[at])


def weight(token: Token) -> float:
    """Return how much a claim's word weighs: everyday wording less than matter."""
    if is_matter(token.word):
        return 1.5
    if is_plain(token.stem):
        return 0.5
    return 1.5 if is_trade(token.stem) else _OTHER

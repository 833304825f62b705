"""Measure how close the words around a claim's word stand to a word of the abstract.

Both texts name many things; what belongs together stands close together. A context is
what surrounds a word of the claim, an affinity how much of it surrounds a place of the
abstract, higher being closer.
"""

from collections.abc import Sequence

from rag.answering.support.findings import Pair
from rag.answering.support.wording import Token

BREAK = 8.0  # a clause boundary parts two words as much as eight words between them
_RARE = 2  # a name at so few places of the abstract tells these places apart

# Nearness in the claim times weight, and the places where the word stands in the abstract.
Context = Sequence[tuple[float, tuple[int, ...]]]


def context_of_figure(pair: Pair, at: int) -> Context:
    """Return what stands in the sentence of token ``at`` of the claim; rare names count twice."""
    here = pair.claim.tokens[at]
    result = []
    for meeting in pair.met:
        token = meeting.token
        if token.sentence != here.sentence or token.index == at:
            continue
        far = abs(token.index - at) + BREAK * abs(token.segment - here.segment)
        named = pair.claim.text[token.start].isupper() and len(meeting.places) <= _RARE
        result.append(((2.0 if named else 1.0) * meeting.weight / (1 + far / 6), meeting.places))
    return result


def affinity(context: Context, tokens: Sequence[Token], at: int) -> float:
    """Return how close the words of a context stand to token ``at`` of the abstract."""
    here = tokens[at]
    total = 0.0
    for near, places in context:
        reach = [
            1 / (1 + (abs(i - at) + BREAK * abs(tokens[i].segment - here.segment)) / 4)
            for i in places
            if tokens[i].sentence == here.sentence
        ]
        total += near * max(reach, default=0.0)
    return total

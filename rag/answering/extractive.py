"""Answer without a model: the sentences of the right papers that speak to the question.

Every claim is a sentence of an abstract, so it is its own proof. When one paper answers,
only that paper is quoted, in the order of its abstract; when several do, each gives a
sentence or two, the best paper first. No fact is told twice.
"""

from collections.abc import Iterable, Iterator, Sequence

from rag.answering.choice import Wanted, preferred, wanted_by
from rag.answering.drafts import Draft, Reference
from rag.answering.named import called
from rag.answering.scope import asks_for_several
from rag.answering.standing_alone import stand_alone
from rag.records import Evidence, Hit, Retrieval, Verdict
from rag.text.instructions import find_instructions
from rag.text.terms import terms

_ALWAYS = 3  # papers for a question about several, whatever their scores
# Of the best paper's fused score, for a place up to the fifth and after it.
_NEAR, _NEARER = 0.7, 0.85
_FIFTH = 5
_MOST_OF_EACH = 2  # sentences of a paper that is quoted beside others
_MOST_OF_PAIR = 3  # and of each of two
_REPEATS = 0.6  # share of a sentence's terms already told that makes it a repetition


def extract(question: str, retrieval: Retrieval, *, papers: int, sentences: int) -> list[Draft]:
    """Return up to ``sentences`` claims about one paper, or one or two of up to ``papers``.

    A question about several papers gets twice as many sentences in all; one about fields
    alone gets a sentence of each paper that matches, in the order they come in.
    """
    hits = [hit for hit in retrieval.hits if hit.evidence]
    if not hits:
        return []
    if retrieval.filters and not retrieval.topic:
        return _drafts(((hit, 1) for hit in hits[:papers]), None)
    named = called(question, hits)
    several = len(named) > 1 or asks_for_several(question, retrieval)
    wanted = wanted_by(question, several=several)
    if several:
        belonging = named[:papers] if len(named) > 1 else _belonging(hits, papers)
        return _drafts(_shares(belonging, 2 * sentences), wanted)
    return _drafts([(hits[0], sentences)], wanted)


def _belonging(hits: Sequence[Hit], most: int) -> Sequence[Hit]:
    """Return the papers whose score is near the best one's.

    Place says more than score: the first three are relevant more often than not however
    far they fall behind.
    """
    best = hits[0].score
    near = sum(hit.score >= _NEAR * best for hit in hits[:_FIFTH])
    nearer = sum(hit.score >= _NEARER * best for hit in hits)
    return hits[: min(max(_ALWAYS, near, nearer), most)]


def _shares(hits: Sequence[Hit], budget: int) -> Iterator[tuple[Hit, int]]:
    """Yield each paper with its number of sentences: an even share, the first ones one more."""
    each, spare = divmod(budget, len(hits))
    most = _MOST_OF_PAIR if len(hits) == 2 else _MOST_OF_EACH
    for position, hit in enumerate(hits):
        yield hit, min(most, max(1, each + (position < spare)))


def _drafts(shares: Iterable[tuple[Hit, int]], wanted: Wanted | None) -> list[Draft]:
    """Return the drafts of each paper; ``wanted`` is None where nothing is asked of them."""
    told: list[frozenset[str]] = []
    drafts: list[Draft] = []
    for hit, n in shares:
        evidence = hit.evidence if wanted is None else preferred(hit.paper, hit.evidence, wanted)
        drafts += _in_order(hit, _without_repetition(evidence, n, told))
    return drafts


def _without_repetition(
    evidence: Sequence[Evidence], n: int, told: list[frozenset[str]]
) -> list[Evidence]:
    """Return the ``n`` best sentences that say something new, and note them as told.

    A sentence that gives orders to whoever reads it is no finding and is passed over.
    """
    chosen: list[Evidence] = []
    for sentence in evidence:
        content = frozenset(terms(sentence.text))
        repeats = any(len(content & known) > _REPEATS * len(content) for known in told)
        if content and not repeats and not find_instructions(sentence.text):
            chosen.append(sentence)
            told.append(content)
        if len(chosen) == n:
            break
    return chosen


def _in_order(hit: Hit, evidence: Sequence[Evidence]) -> Iterator[Draft]:
    end = None
    for sentence in sorted(evidence, key=lambda e: e.start):
        follows = end is not None and not hit.paper.abstract[end : sentence.start].strip()
        text = stand_alone(sentence.text, hit.paper, first=end is None, follows=follows)
        end = sentence.end
        reference = Reference(hit.paper, sentence, Verdict.SUPPORTED, "quoted from the abstract")
        yield Draft(text, (reference,))

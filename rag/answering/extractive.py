"""Answer without a model: the sentences of the right papers that speak to the question.

Every claim is a sentence of an abstract, so it is its own proof. When one paper answers,
only that paper is quoted, in the order of its abstract; when several do, each gives a
sentence or two, the best paper first. No fact is told twice.
"""

from collections.abc import Iterable, Iterator, Sequence

from rag.answering.drafts import Draft, Reference
from rag.answering.scope import asks_for_several
from rag.answering.standing_alone import stand_alone
from rag.records import Evidence, Hit, Retrieval, Verdict
from rag.text.instructions import find_instructions
from rag.text.terms import terms

_FEWEST = 3  # papers for a question about several
_NEAR = 0.85  # of the best paper's fused score makes a paper belong beside it
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
        return _drafts((hit, 1) for hit in hits[:papers])
    if asks_for_several(question, retrieval):
        return _drafts(_shares(_belonging(hits, papers), 2 * sentences))
    return _drafts([(hits[0], sentences)])


def _belonging(hits: Sequence[Hit], most: int) -> Sequence[Hit]:
    """Return the papers whose score is near the best one's."""
    near = sum(hit.score >= _NEAR * hits[0].score for hit in hits)
    return hits[: min(max(near, _FEWEST), most)]


def _shares(hits: Sequence[Hit], budget: int) -> Iterator[tuple[Hit, int]]:
    """Yield each paper with its number of sentences: one, and a second while there is room."""
    spare = budget - len(hits)
    for position, hit in enumerate(hits):
        yield hit, 2 if position < spare else 1


def _drafts(shares: Iterable[tuple[Hit, int]]) -> list[Draft]:
    told: list[frozenset[str]] = []
    drafts: list[Draft] = []
    for hit, n in shares:
        chosen = _without_repetition(hit.evidence, n, told)
        drafts += _in_order(hit, chosen)
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

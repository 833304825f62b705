"""Quoted sentences that other papers contradict: found, put side by side, and said so.

Papers disagree in a way that code can tell when one sentence says of the same thing, in
nearly the same words, another number; or when two abstracts are versions of one, and what
one says the other does not bear out. Who is right cannot be told from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answering.choice import sentences_of_paper
from rag.answering.drafts import Draft, Reference
from rag.answering.support import verify
from rag.answering.support.quantities import quantities
from rag.answering.support.quantity import Quantity
from rag.answering.twins import find_twins, same_sentence
from rag.records import Evidence, Hit, Paper, Verdict
from rag.text.instructions import find_instructions
from rag.text.terms import terms

# Of the terms of the shorter sentence, numbers left aside, the share that the other has too.
_ABOUT_THE_SAME = 0.7
_OF_THE_LONGER = 0.4  # and of those of the longer, the share that the shorter has
_FEWEST = 3  # terms in common; shorter sentences are alike by chance
_NOUN_WITHIN = 40  # characters after a number in which what it counts is named
_MOST = 3  # contradicting papers that are shown beside one sentence


@dataclass(frozen=True, slots=True)
class Conflict:
    """A quoted sentence and the sentence of another paper that says otherwise."""

    paper: Paper
    evidence: Evidence
    other: Paper
    other_evidence: Evidence


def find_conflicts(drafts: Sequence[Draft], hits: Sequence[Hit]) -> list[Conflict]:
    """Return who among ``hits`` contradicts what the drafts quote, in the drafts' order."""
    papers = [hit.paper for hit in hits]
    twins = find_twins(papers)
    found = []
    for reference in (ref for draft in drafts for ref in draft.references):
        mine, versions = reference.paper, twins.get(reference.paper.paper_id, ())
        against = (
            (other, _against(reference.evidence.text, other, version=other in versions))
            for other in papers
            if other.paper_id != mine.paper_id
        )
        found += [
            Conflict(mine, reference.evidence, other, evidence)
            for other, evidence in against
            if evidence is not None
        ][:_MOST]
    return found


def side_by_side(drafts: Sequence[Draft], conflicts: Sequence[Conflict]) -> list[Draft]:
    """Return the drafts with each contradicted one marked, and the other side right after it."""
    shown: list[Draft] = []
    for draft in drafts:
        own = [c for c in conflicts if any(_quotes(ref, c) for ref in draft.references)]
        if own and _is_there(own[0].paper, own[0].evidence, shown):
            continue  # it stands there as the other side of a sentence before it
        shown.append(_doubted(draft, own[0].other) if own else draft)
        shown += [_other_side(c) for c in own if not _is_there(c.other, c.other_evidence, shown)]
    return shown


def described(conflicts: Sequence[Conflict]) -> list[dict[str, list[str]]]:
    """Return each conflict as the trace keeps it: both papers' ids and both sentences."""
    return [
        {
            "papers": [conflict.paper.paper_id, conflict.other.paper_id],
            "quotes": [conflict.evidence.text, conflict.other_evidence.text],
        }
        for conflict in conflicts
    ]


def _against(quote: str, other: Paper, *, version: bool) -> Evidence | None:
    """Return the sentence of ``other`` that contradicts a quote, if there is one.

    ``version`` says that the two abstracts are versions of one.
    """
    if not quote or "http" in quote:  # addresses differ and contradict nothing
        return None
    if version:
        support = verify(quote, other.title, other.abstract)
        if support.verdict is Verdict.UNSUPPORTED and same_sentence(quote, support.quote.text):
            return support.quote
    for evidence in sentences_of_paper(other):
        if _other_number(quote, evidence.text) and not find_instructions(evidence.text):
            return evidence
    return None


def _other_number(one: str, other: str) -> bool:
    """Return whether two sentences say the same of the same thing, but for the numbers."""
    mine, theirs = _words(one), _words(other)
    shared = len(mine & theirs)
    fewer, more = sorted((len(mine), len(theirs)))
    if shared < max(_FEWEST, _ABOUT_THE_SAME * fewer, _OF_THE_LONGER * more):
        return False
    said, against = _figures(one), _figures(other)
    counted = {what for _, what in said} & {what for _, what in against}
    return any(counted) and not said & against


@lru_cache(maxsize=4096)
def _words(sentence: str) -> frozenset[str]:
    """Return the terms of a sentence that are no numbers."""
    return frozenset(t for t in terms(sentence) if not any(c.isdigit() for c in t))


@lru_cache(maxsize=4096)
def _figures(sentence: str) -> frozenset[tuple[float, str]]:
    """Return the numbers of a sentence with what they count; dear, so asked for last."""
    return frozenset((q.value, _counted(sentence, q)) for q in quantities(sentence))


def _counted(sentence: str, quantity: Quantity) -> str:
    """Return what a number counts: its unit, or the word after it ("30 *seconds*")."""
    after = terms(sentence[quantity.end : quantity.end + _NOUN_WITHIN])
    return str(quantity.unit) or (after[0] if after else "")


def _quotes(reference: Reference, conflict: Conflict) -> bool:
    return reference.paper == conflict.paper and reference.evidence == conflict.evidence


def _is_there(paper: Paper, evidence: Evidence, drafts: Sequence[Draft]) -> bool:
    return any(
        ref.paper.paper_id == paper.paper_id and ref.evidence.start == evidence.start
        for draft in drafts
        for ref in draft.references
    )


def _doubted(draft: Draft, other: Paper) -> Draft:
    why = f"“{other.title}” says otherwise"
    references = (replace(ref, verdict=Verdict.WEAK, why=why) for ref in draft.references)
    return replace(draft, references=tuple(references))


def _other_side(conflict: Conflict) -> Draft:
    why = f"“{conflict.paper.title}” says otherwise"
    reference = Reference(conflict.other, conflict.other_evidence, Verdict.WEAK, why)
    return Draft(conflict.other_evidence.text, (reference,))

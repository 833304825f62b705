"""A draft: a sentence that wants to be a claim, with the papers it rests on.

Extraction and generation both make drafts; here they become claims, with numbers that
count the cited papers in the order in which they appear.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.records import Citation, Claim, Evidence, Paper, Source, Verdict

_ORDER = {Verdict.SUPPORTED: 0, Verdict.WEAK: 1, Verdict.UNSUPPORTED: 2}


@dataclass(frozen=True, slots=True)
class Reference:
    """One paper a draft rests on: its best evidence and the verdict on it."""

    paper: Paper
    evidence: Evidence
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence and its references, best first."""

    text: str
    references: tuple[Reference, ...]


def number_claims(drafts: Iterable[Draft]) -> tuple[tuple[Claim, ...], tuple[Source, ...]]:
    """Return claims with numbered citations, and the sources in the order of their numbers."""
    numbers: dict[str, int] = {}
    papers: list[Paper] = []
    claims = []
    for draft in drafts:
        for reference in draft.references:
            if reference.paper.paper_id not in numbers:
                papers.append(reference.paper)
                numbers[reference.paper.paper_id] = len(papers)
        claims.append(_claim(draft, numbers))
    sources = tuple(Source(n, paper) for n, paper in enumerate(papers, 1))
    return tuple(claims), sources


def _claim(draft: Draft, numbers: dict[str, int]) -> Claim:
    citations = tuple(_citation(ref, numbers[ref.paper.paper_id]) for ref in draft.references)
    verdict, why = overall(citations)
    return Claim(draft.text, citations, verdict, why)


def _citation(reference: Reference, n: int) -> Citation:
    paper, evidence = reference.paper, reference.evidence
    return Citation(
        n=n,
        paper_id=paper.paper_id,
        title=paper.title,
        quote=evidence.text,
        start=evidence.start,
        end=evidence.end,
        verdict=reference.verdict,
        why=reference.why,
    )


def overall(citations: Sequence[Citation]) -> tuple[Verdict, str]:
    """Return the verdict on a claim: that of its best citation; uncited is unsupported."""
    if not citations:
        return Verdict.UNSUPPORTED, "no citation"
    best = min(citations, key=lambda c: _ORDER[c.verdict])
    return best.verdict, best.why

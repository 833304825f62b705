"""Why each claim and each citation stands in an answer, gathered from its trace.

Works on the machine form, so that a saved answer explains itself without an index.
"""

from collections.abc import Mapping
from typing import Any

from rag.answering.machine_form import SavedAnswer, SavedCitation, SavedClaim, SavedRank


def explanation(answer: SavedAnswer, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reasons of an answer, JSON-ready; ``given`` are the filters beside the question.

    ``rank`` and ``retrievers`` of a citation are those of its paper, and None and empty
    where the answer holds no trace of them.
    """
    trace = answer.trace
    ranks = {place.paper_id: place for place in trace.retrieved}
    return {
        "schema": 1,
        "question": answer.question,
        "searched_for": trace.topic,
        "filters": {"given": dict(given), "in_force": dict(trace.filters)},
        "matched": trace.matched,
        "weights": dict(trace.weights),
        "signals": dict(trace.signals),
        "generation": trace.generation,
        "model": trace.model,
        "confidence": answer.confidence,
        "abstained": answer.abstained,
        "reason": str(answer.reason) if answer.reason else None,
        "answer": answer.answer,
        "claims": [_claim(claim, ranks) for claim in answer.claims],
        "conflicts": list(trace.conflicts),
        "nearest": [
            {"paper_id": p.paper_id, "title": p.title, **_place(ranks.get(p.paper_id))}
            for p in answer.nearest
        ],
    }


def _claim(claim: SavedClaim, ranks: Mapping[str, SavedRank]) -> dict[str, Any]:
    return {
        "text": claim.text,
        "verdict": str(claim.verdict),
        "why": claim.why,
        "citations": [_citation(citation, ranks) for citation in claim.citations],
    }


def _citation(citation: SavedCitation, ranks: Mapping[str, SavedRank]) -> dict[str, Any]:
    return {
        **citation.model_dump(mode="json"),
        **_place(ranks.get(citation.paper_id)),
    }


def _place(place: SavedRank | None) -> dict[str, Any]:
    if place is None:
        return {"rank": None, "score": None, "retrievers": {}}
    return place.model_dump(mode="json", exclude={"paper_id"})

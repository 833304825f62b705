"""Tell two answers to one question apart: claims, citations, verdicts, and what lies behind them.

Numbers of citations are no difference, only the papers and passages that they stand for.
What the answers were made with (index, model, settings) is shown beside, and is no
difference by itself. Files are left to ``saved``, printing to the command line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answering.machine_form import SavedAnswer, SavedCitation, SavedClaim, SavedPaper
from rag.answering.twins import likeness

_SAME_CLAIM = 0.5  # share of the distinct terms of both that makes a claim another's new wording
_CONFIDENCE = 0.005  # differences below this are rounding


@dataclass(frozen=True, slots=True)
class Change:
    """Something that has another value now; None where there was or is none."""

    what: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What is another in the second answer than in the first.

    ``changed`` pairs the claims that are the same or reworded and differ in anything;
    ``outcome`` holds abstention, completeness and confidence; ``behind`` what both were
    made with, which is no difference by itself.
    """

    added: tuple[SavedClaim, ...]
    gone: tuple[SavedClaim, ...]
    changed: tuple[tuple[SavedClaim, SavedClaim], ...]
    moved: bool
    sources_added: tuple[SavedPaper, ...]
    sources_gone: tuple[SavedPaper, ...]
    outcome: tuple[Change, ...]
    behind: tuple[Change, ...]

    @property
    def equal(self) -> bool:
        """Whether both say the same, with the same citations and verdicts."""
        return not (
            self.added or self.gone or self.changed or self.moved
            or self.sources_added or self.sources_gone or self.outcome
        )  # fmt: skip


def compare_answers(
    before: SavedAnswer, after: SavedAnswer, settings: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Difference:
    """Return how ``after`` differs from ``before``; ``settings`` are those of both."""
    pairs, gone, added = _paired(before.claims, after.claims)
    places = [j for _, j in pairs]
    cited = {s.paper_id for s in before.sources}, {s.paper_id for s in after.sources}
    both = [(before.claims[i], after.claims[j]) for i, j in pairs]
    return Difference(
        added=tuple(after.claims[j] for j in added),
        gone=tuple(before.claims[i] for i in gone),
        changed=tuple((one, other) for one, other in both if claim_changes(one, other)),
        moved=places != sorted(places),
        sources_added=tuple(s for s in after.sources if s.paper_id not in cited[0]),
        sources_gone=tuple(s for s in before.sources if s.paper_id not in cited[1]),
        outcome=tuple(_outcome(before, after)),
        behind=tuple(_behind(before, after, *settings)),
    )


def claim_changes(before: SavedClaim, after: SavedClaim) -> list[Change]:
    """Return what differs between two versions of a claim."""
    found = [
        Change("wording", before.text, after.text),
        Change("verdict", _verdict(before), _verdict(after)),
        Change("citations", _citations(before), _citations(after)),
    ]
    return [change for change in found if change.before != change.after]


def difference_to_dict(question: str, found: Difference) -> dict[str, Any]:
    """Return the machine form of a difference."""
    return {
        "schema": 1,
        "question": question,
        "equal": found.equal,
        "claims": {
            "added": [claim.model_dump(mode="json") for claim in found.added],
            "gone": [claim.model_dump(mode="json") for claim in found.gone],
            "changed": [_changed_to_dict(*pair) for pair in found.changed],
            "reordered": found.moved,
        },
        "sources": {
            "added": [{"paper_id": s.paper_id, "title": s.title} for s in found.sources_added],
            "gone": [{"paper_id": s.paper_id, "title": s.title} for s in found.sources_gone],
        },
        "outcome": _changes_to_dict(found.outcome),
        "behind": _changes_to_dict(found.behind),
    }


def _changed_to_dict(before: SavedClaim, after: SavedClaim) -> dict[str, Any]:
    changes = claim_changes(before, after)
    return {"text": after.text, "changes": _changes_to_dict(changes)}


def _changes_to_dict(changes: Sequence[Change]) -> dict[str, Any]:
    return {c.what: {"before": c.before, "after": c.after} for c in changes}


def _paired(
    before: Sequence[SavedClaim], after: Sequence[SavedClaim]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return the places of the claims that belong together, those gone, and those added."""
    left, right = list(range(len(before))), list(range(len(after)))
    pairs: list[tuple[int, int]] = []
    alike = sorted(
        ((i, j, _belong(before[i], after[j])) for i in left for j in right),
        key=lambda found: -found[2],
    )
    for i, j, score in alike:
        if score >= _SAME_CLAIM and i in left and j in right:
            pairs.append((i, j))
            left.remove(i)
            right.remove(j)
    return sorted(pairs), left, right


def _belong(one: SavedClaim, other: SavedClaim) -> float:
    """Return how sure it is that two claims are one; a claim of another paper is another."""
    if one.text == other.text:
        return 2.0 if _citations(one) == _citations(other) else 1.5
    papers = {c.paper_id for c in one.citations}, {c.paper_id for c in other.citations}
    return likeness(one.text, other.text) if papers[0] & papers[1] or not all(papers) else 0.0


def _verdict(claim: SavedClaim) -> str:
    return f"{claim.verdict}: {claim.why}" if claim.why else str(claim.verdict)


def _citations(claim: SavedClaim) -> list[dict[str, Any]]:
    return sorted((_passage(c) for c in claim.citations), key=lambda c: sorted(map(str, c.items())))


def _passage(citation: SavedCitation) -> dict[str, Any]:
    """Return what a citation stands for, without its number."""
    return {
        "paper_id": citation.paper_id,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "verdict": str(citation.verdict),
    }


def _outcome(before: SavedAnswer, after: SavedAnswer) -> Iterator[Change]:
    for what, one, other in (
        ("abstained", before.abstained, after.abstained),
        ("reason", _named(before), _named(after)),
        ("complete", before.complete, after.complete),
    ):
        if one != other:
            yield Change(what, one, other)
    if abs(before.confidence - after.confidence) > _CONFIDENCE:
        yield Change("confidence", before.confidence, after.confidence)
    if before.abstained and after.abstained and before.answer != after.answer:
        yield Change("explanation", before.answer, after.answer)


def _named(answer: SavedAnswer) -> str | None:
    return str(answer.reason) if answer.reason else None


def _behind(
    before: SavedAnswer, after: SavedAnswer, was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Change]:
    one, other = before.trace, after.trace
    for what, old, new in (
        ("index generation", one.generation, other.generation),
        ("embedding and cutting", one.space, other.space),
        ("model", one.model, other.model),
        ("filters in force", one.filters, other.filters),
        ("papers retrieved", _ids(before), _ids(after)),
    ):
        if old != new:
            yield Change(what, old, new)
    for key in sorted({*was, *now}):
        if was.get(key) != now.get(key):
            yield Change(key, was.get(key), now.get(key))


def _ids(answer: SavedAnswer) -> list[str]:
    return [place.paper_id for place in answer.trace.retrieved]

"""Measure the check of claims against a labelled set: what it passes, what it catches.

The set holds true paraphrases and, of each kind, claims that were made false. A claim is
passed when the verdict is "supported", and caught otherwise. Half of the papers are held
apart as a test half; the check was fitted on the other half only.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.answering.support import Support, verify
from rag.errors import InputError
from rag.records import Paper, Verdict

TRUE = "true"  # the one kind whose claims the abstract bears out


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim, the title of the paper it is held against, and how it was made."""

    claim_id: str
    claim: str
    title: str
    kind: str
    split: str


@dataclass(frozen=True, slots=True)
class KindReport:
    """Counts for one kind: ``right`` of ``claims`` were passed (true) or caught (all others).

    ``recall`` is their share. ``precision``, of the kind "true", is the share of true claims
    among all that were passed; of a false kind the share of false ones among what was caught
    of this kind and of the true claims together.
    """

    kind: str
    claims: int
    right: int
    precision: float

    @property
    def recall(self) -> float:
        """Return the share of the kind's claims that were judged rightly, in [0, 1]."""
        return self.right / self.claims


def read_labelled_claims(path: Path) -> list[LabelledClaim]:
    """Return the labelled claims of a JSON Lines file. Raises InputError, naming the line."""
    result = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            fields = (row["id"], row["claim"], row["title"], row["kind"], row["split"])
        except (ValueError, KeyError, TypeError) as exc:
            raise InputError(f"{path.name}:{number}: no labelled claim ({exc})") from exc
        result.append(LabelledClaim(*fields))
    return result


def judge_claims(
    claims: Iterable[LabelledClaim], papers: Sequence[Paper]
) -> list[tuple[LabelledClaim, Support]]:
    """Return each claim with the verdict against its paper; papers are found by title.

    Raises InputError for a title that no paper has.
    """
    by_title = {paper.title: paper for paper in papers}
    judged = []
    for labelled in claims:
        paper = by_title.get(labelled.title)
        if paper is None:
            raise InputError(f"{labelled.claim_id}: no paper is titled {labelled.title!r}")
        judged.append((labelled, verify(labelled.claim, paper.title, paper.abstract)))
    return judged


def evaluate_support(
    claims: Iterable[LabelledClaim], papers: Sequence[Paper]
) -> Mapping[str, KindReport]:
    """Return a report for each kind of claim, by name."""
    passed: dict[str, list[bool]] = defaultdict(list)
    for labelled, support in judge_claims(claims, papers):
        passed[labelled.kind].append(support.verdict is Verdict.SUPPORTED)
    return {kind: _report(kind, passed) for kind in sorted(passed)}


def _report(kind: str, passed: Mapping[str, Sequence[bool]]) -> KindReport:
    good = passed.get(TRUE, ())
    own = passed[kind]
    if kind == TRUE:
        all_passed = sum(sum(flags) for flags in passed.values())
        return KindReport(kind, len(own), sum(own), _share(sum(own), all_passed))
    caught = len(own) - sum(own)
    return KindReport(kind, len(own), caught, _share(caught, caught + len(good) - sum(good)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

"""What the checks of a claim share: the two texts side by side, and what they may find."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.support.meetings import Meeting
from rag.answering.support.wording import Wording
from rag.records import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that speaks against a claim: how strongly, and why, for people."""

    verdict: Verdict
    why: str


@dataclass(frozen=True)
class Pair:
    """A claim and an abstract side by side, with how the claim's words meet the abstract's.

    ``sentences`` are the sentences of the abstract that together come closest; those from
    ``body`` on are of the title.
    """

    claim: Wording
    source: Wording
    met: Sequence[Meeting]
    sentences: Sequence[int] = ()
    body: int = 1_000_000


def contradicted(why: str) -> Finding:
    """Return the finding that the abstract says otherwise."""
    return Finding(Verdict.UNSUPPORTED, why)


def doubtful(why: str) -> Finding:
    """Return the finding that the abstract does not quite say this."""
    return Finding(Verdict.WEAK, why)

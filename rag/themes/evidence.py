"""What the overview is made of: sentences that hold, with the papers that bear them out.

No sentence goes in that its abstracts do not support, and no reference that does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.answering.context import Context, instructions_in
from rag.answering.drafts import Draft, number_claims
from rag.answering.twins import find_twins
from rag.records import Hit, Paper, Verdict
from rag.text.framing import as_data

_ORDER = (Verdict.SUPPORTED, Verdict.WEAK, Verdict.UNSUPPORTED)


def overview_context(labels: Sequence[str], found: Sequence[Sequence[Draft]]) -> Context:
    """Return the sentences that the overview is made of, with the papers they rest on.

    A number stands for the same paper throughout.
    """
    _, sources = number_claims(draft for drafts in found for draft in drafts)
    numbers = {source.paper.paper_id: source.n for source in sources}
    papers = [source.paper for source in sources]
    blocks = [
        "\n".join([as_data(label), *(f"- {_with_marks(draft, numbers)}" for draft in drafts)])
        for label, drafts in zip(labels, found, strict=True)
        if drafts
    ]
    offered = dict(enumerate(hits_of(papers), 1))
    return Context(offered, "\n\n".join(blocks), find_twins(papers), instructions_in(papers))


def _with_marks(draft: Draft, numbers: Mapping[str, int]) -> str:
    """Return a sentence with the marks of the papers that bear it out."""
    sound = [ref for ref in draft.references if ref.verdict is Verdict.SUPPORTED]
    marks = "".join(f"[{numbers[ref.paper.paper_id]}]" for ref in sound)
    return f"{as_data(draft.text).rstrip('.')} {marks}."


def sound(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the sentences that hold, with only the papers that bear them out."""
    return [
        replace(
            draft, references=tuple(r for r in draft.references if r.verdict is Verdict.SUPPORTED)
        )
        for draft in drafts
        if verdict_on(draft) is Verdict.SUPPORTED
    ]


def verdict_on(draft: Draft) -> Verdict:
    """Return the verdict of a draft's best reference; one without any is unsupported."""
    found = {reference.verdict for reference in draft.references}
    return next((verdict for verdict in _ORDER if verdict in found), Verdict.UNSUPPORTED)


def hits_of(papers: Sequence[Paper]) -> tuple[Hit, ...]:
    """Return papers as a search would have found them, in this order."""
    return tuple(Hit(rank, paper, 1.0, {}) for rank, paper in enumerate(papers, 1))

"""Hold one claim of a model against the abstracts it cites, and against copies of them.

What a sentence says is judged by ``support``; here it is stripped of links, and tested
for resting on an order to the reader or on one of several versions that disagree.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.citations import ParsedClaim
from rag.answering.context import Context
from rag.answering.drafts import Draft, Reference
from rag.answering.support import verify
from rag.answering.twins import same_sentence
from rag.records import Paper, Verdict
from rag.text.safe import find_instructions, strip_links

_TAG_BEGINS = re.compile(r"<(?=[a-zA-Z/!?])")


def check_claim(claim: ParsedClaim, context: Context) -> Draft:
    """Return the claim with the verdict of each abstract that it cites.

    An almost equal abstract that does not bear it out is put beside the one that does.
    """
    # A tag that a full stop has cut in two is none any more, but might become one again.
    text = _TAG_BEGINS.sub("‹", strip_links(claim.text))
    cited = [context.offered[n].paper for n in claim.numbers]
    references: list[Reference] = []
    for paper in cited:
        reference = _reference(text, paper)
        others = [
            _reference(text, twin)
            for twin in context.twins.get(paper.paper_id, ())
            if twin not in cited
        ]
        # A copy that has the sentence but not the fact; one that lacks both says nothing.
        against = [
            other
            for other in others
            if other.verdict is not Verdict.SUPPORTED
            and same_sentence(reference.evidence.text, other.evidence.text)
        ]
        if reference.verdict is Verdict.SUPPORTED and against:
            why = f"“{against[0].paper.title}” is almost the same and says otherwise"
            reference = replace(reference, verdict=Verdict.WEAK, why=why)
            references += [reference, *(o for o in against if o.paper not in _papers(references))]
        else:
            references.append(reference)
    return Draft(text, tuple(references))


def _reference(text: str, paper: Paper) -> Reference:
    support = verify(text, paper.title, paper.abstract)
    if support.verdict is not Verdict.UNSUPPORTED and find_instructions(support.quote.text):
        why = "it rests on an instruction to the reader, not on a finding"
        return Reference(paper, support.quote, Verdict.UNSUPPORTED, why)
    return Reference(paper, support.quote, support.verdict, support.why)


def _papers(references: Sequence[Reference]) -> list[Paper]:
    return [reference.paper for reference in references]

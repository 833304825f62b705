"""Answer a question that asks for fields only: list the papers with what is known of them.

"Which papers are by Google?" has no sentence to quote; the catalogue's fields answer it.
"""

from collections.abc import Iterator

from rag.answering.drafts import Draft, Reference
from rag.records import Evidence, Paper, Retrieval, Verdict


def list_papers(retrieval: Retrieval) -> list[Draft]:
    """Return one claim for each paper found: its title and its fields."""
    return [_draft(hit.paper, hit.evidence) for hit in retrieval.hits]


def _draft(paper: Paper, evidence: tuple[Evidence, ...]) -> Draft:
    quote = evidence[0] if evidence else Evidence("", 0, 0)
    known = ", ".join(_fields(paper))
    text = f"“{paper.title}” ({known})." if known else f"“{paper.title}”."
    why = "from the fields of the catalogue"
    return Draft(text, (Reference(paper, quote, Verdict.SUPPORTED, why),))


def _fields(paper: Paper) -> Iterator[str]:
    if paper.published:
        yield f"published {paper.published}"
    yield from paper.organisations
    if paper.author_count is not None:
        yield f"{paper.author_count} author{'' if paper.author_count == 1 else 's'}"
    if paper.comments is not None:
        yield f"{paper.comments} comment{'' if paper.comments == 1 else 's'}"

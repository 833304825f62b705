"""Answer what asks for fields only: list the papers with what is known of them.

"Which papers are by Google?" and "When was CGRS published?" have no sentence to quote;
the catalogue's fields answer them. What a field does not hold is said, never guessed.
"""

import re
from collections.abc import Iterator

from rag.answering.drafts import Draft, Reference
from rag.answering.standing_alone import method_name
from rag.records import Evidence, Hit, Paper, Retrieval, Verdict
from rag.text.terms import terms

_HOW_MANY = re.compile(
    r"\bhow many\s+(?:\w+\s+)?(?:papers|works|articles|abstracts)\b", re.IGNORECASE
)
_WHEN = re.compile(
    r"\bwhen (?:was|were|did)\b.*\b(?:published|released|posted|submitted|appear|come out)\b|"
    r"\bwhat (?:year|date) (?:was|were)\b.*\bpublished\b|\b(?:publication|release) date of\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\bwho (?:wrote|authored|(?:is|are) the authors? of)\b|^\s*authors? of\b", re.IGNORECASE
)
_OF_THE_CUE = frozenset(
    terms(
        "when who what year date publication release published released posted submitted appear "
        "appeared come out wrote authored author authors paper papers article work abstract is"
    )
)
_AMONG = 3  # best papers among which the one that is named is looked for
_MOST_NAMES = 12  # authors whose names are written out


def list_papers(retrieval: Retrieval) -> list[Draft]:
    """Return one claim for each paper found: its title and its fields.

    A question for how many has the number in its first claim.
    """
    liked = any("upvotes" in f"{key} {value}" for key, value in retrieval.filters.items())
    drafts = [_draft(hit, _fields(hit.paper, upvotes=liked)) for hit in retrieval.hits]
    if drafts and retrieval.matched is not None and _HOW_MANY.search(retrieval.query):
        first, n = drafts[0], retrieval.matched
        match = "paper matches:" if n == 1 else "papers match, among them"
        drafts[0] = Draft(f"{n} {match} {first.text}", first.references)
    return drafts


def tell_fields(retrieval: Retrieval) -> list[Draft]:
    """Return the claim that tells date or authors of the one paper that a question names.

    Empty when it asks for something else, or names no paper by words of its title or the short name of its method.
    """
    when, who = _WHEN.search(retrieval.query), _WHO.search(retrieval.query)
    if not (when or who):
        return []
    asked = set(terms(retrieval.query)) - _OF_THE_CUE
    for hit in retrieval.hits[:_AMONG]:
        called = f"{hit.paper.title} {method_name(hit.paper) or ''}"
        if asked and asked <= set(terms(called)):
            fields = _authors(hit.paper) if who else _fields(hit.paper)
            missing = [] if who or hit.paper.published else ["its date is not recorded"]
            return [_draft(hit, [*fields, *missing])]
    return []


def _draft(hit: Hit, fields: "Iterator[str] | list[str]") -> Draft:
    paper = hit.paper
    quote = hit.evidence[0] if hit.evidence else Evidence("", 0, 0)
    known = ", ".join(fields)
    text = f"“{paper.title}” ({known})." if known else f"“{paper.title}”."
    why = "from the fields of the catalogue"
    return Draft(text, (Reference(paper, quote, Verdict.SUPPORTED, why),))


def _authors(paper: Paper) -> Iterator[str]:
    if paper.authors:
        more = len(paper.authors) - _MOST_NAMES
        yield "by " + ", ".join(paper.authors[:_MOST_NAMES]) + (f" and {more} more" * (more > 0))
        return
    yield from _fields(paper)
    yield "the names of its authors are not recorded"


def _fields(paper: Paper, *, upvotes: bool = False) -> Iterator[str]:
    if paper.published:
        yield f"published {paper.published}"
    yield from paper.organisations
    if paper.author_count is not None:
        yield f"{paper.author_count} author{'' if paper.author_count == 1 else 's'}"
    if paper.comments is not None:
        yield f"{paper.comments} comment{'' if paper.comments == 1 else 's'}"
    if upvotes and paper.upvotes is not None:
        yield f"{paper.upvotes} upvote{'' if paper.upvotes == 1 else 's'}"

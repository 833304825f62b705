"""Answer "papers by …" where nobody here is called so among the organisations.

The name may be an author's: the catalogue's fields know. Of one that they do not know
either, no paper is the answer, whatever the words of its name are near to. Organisations
that the corpus knows are read as a filter, by retrieval.
"""

import re
from dataclasses import replace

from rag.answering.choice import sentences_of_paper
from rag.index.index import Index
from rag.records import Hit, Retrieval
from rag.retrieval.cues import PAPER_NOUN

_WORD = (
    r"(?!(?:about|on|in|with|for|since|from|before|after|during|and|or|that|which|who|to|at|by|the|"
    r"last|this|published|regarding|using)\b)[^\W\d_][\w'’.-]*"
)
_ASKING = (
    r"(?:which|what|any|all|the|list|show|give|find|me|us|how|many|are|is|was|there|a|an|do|you|have|"
    r"please|recent|newest|latest|other)"
)
_MADE = r"(?:that|which|is|are|were|was|been|have|has|come|comes|came|coming|written|co-?authored|authored|published|released|posted|the author|author)"
_BY = re.compile(
    rf"^\s*(?:{_ASKING}\s+)*{PAPER_NOUN}(?:\s+{_MADE})*\s+(?:by|from)\s+(?:the author\s+)?"
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{0,4}}?)(?:\s+here)?[?.!\s]*$",
    re.IGNORECASE,
)
_WROTE = re.compile(
    rf"^\s*what\s+(?:{PAPER_NOUN}\s+)?(?:did|has|have)\s+(?P<name>{_WORD}(?:\s+{_WORD}){{0,4}}?)\s+"
    r"(?:write|written|author|authored|publish|published)[?.!\s]*$",
    re.IGNORECASE,
)
_IS_AUTHOR = (
    "EXISTS (SELECT 1 FROM json_each(body, '$.authors') "
    "WHERE value = ? COLLATE NOCASE OR value LIKE ?)"
)
_NEWEST_FIRST = "published IS NULL, published DESC, num"


def asked_maker(question: str) -> str | None:
    """Return the name whose papers are all that ``question`` asks for; None without one.

    >>> asked_maker("Which papers are by Ada Moss?")
    'Ada Moss'
    >>> asked_maker("Which papers by Ada Moss prune networks?")
    """
    found = _BY.match(question) or _WROTE.match(question)
    return found["name"].rstrip(".") if found else None


def papers_of_maker(retrieval: Retrieval, index: Index, most: int) -> Retrieval | None:
    """Return the papers of the author that the question asks for, newest first.

    Without hits where the name is capitalised and nobody's; None where something else is
    asked, or an organisation was found by retrieval.
    """
    name = None if retrieval.filters else asked_maker(retrieval.query)
    if not name:
        return None
    catalogue = index.catalogue
    surname = f"% {name}" if " " not in name else name
    nums = catalogue.select_papers(_IS_AUTHOR, [name, surname], _NEWEST_FIRST)
    if not nums and not name[:1].isupper():
        return None  # "papers from last week" and the like
    found = catalogue.papers(nums[:most])
    papers = [found[num] for num in nums[:most] if num in found]
    hits = tuple(
        Hit(n, paper, 1 / n, {}, sentences_of_paper(paper)[:1]) for n, paper in enumerate(papers, 1)
    )
    note = f"no paper matches: author or organisation “{name}”"
    return replace(retrieval, hits=hits, topic="", matched=len(nums), notes=() if nums else (note,))

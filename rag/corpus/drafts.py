"""A paper in the making: what a reader found, before it is cleaned, checked and dated.

Every reader fills a Draft; ``finish`` is the one place where texts are cleaned, ids are
chosen, dates are understood, and records that are no papers are turned down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rag.corpus.markup import clean_text, one_line, unwrap
from rag.corpus.normalise import arxiv_id, doi, hashed_id, parse_date
from rag.records import Paper, Reject

LONGEST_ID = 512
LONGEST_TITLE = 5_000
LONGEST_ABSTRACT = 1_000_000
_SURROGATES = dict.fromkeys(range(55296, 57344), "�")
_KEPT_FIELDS = frozenset(Paper.__dataclass_fields__)


class Texts(Enum):
    """How the texts of a format are written."""

    EXACT = "exact"  # our own export: not to be touched
    PLAIN = "plain"  # text that may carry left-over tags and commands
    WRAPPED = "wrapped"  # the same, broken into lines of fixed width
    LATEX = "latex"  # LaTeX source, broken into lines


@dataclass(slots=True)
class Draft:
    """Fields as a source gives them; ``published`` in any form that ``parse_date`` knows.

    ``original`` are the uncleaned title and abstract, where the source itself knows them;
    ``more_authors`` says that the list of authors was cut ("and others").
    """

    title: str = ""
    abstract: str = ""
    given_id: str = ""
    arxiv: str = ""
    doi: str = ""
    url: str = ""
    published: str = ""
    year_inferred: bool = False
    authors: tuple[str, ...] = ()
    author_count: int | None = None
    more_authors: bool = False
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    upvotes: int | None = None
    comments: int | None = None
    sources: tuple[str, ...] = ()
    texts: Texts = Texts.WRAPPED
    original: tuple[object, object] = (None, None)


def finish(draft: Draft, source: str, line: int) -> Paper | Reject:
    """Return the paper of the draft, or why it is none."""
    title = _cleaned(draft.title, draft.texts, title=True)
    abstract = _cleaned(draft.abstract, draft.texts, title=False)
    flaw = _flaw(title, abstract, draft)
    if flaw:
        return Reject(source, line, flaw)
    arxiv, paper_doi = _identifiers(draft)
    dated = parse_date(draft.published)
    values: dict[str, Any] = {
        "paper_id": _known_id(draft.given_id.strip(), arxiv, paper_doi)
        or hashed_id(title, draft.authors),
        "title": title,
        "abstract": abstract,
        "published": dated[0] if dated else None,
        "date_precision": dated[1] if dated else None,
        "year_inferred": draft.year_inferred and dated is not None,
        "authors": _cleaned_names(draft.authors, draft.texts),
        "author_count": draft.author_count or _counted(draft),
        "organisations": _cleaned_names(draft.organisations, draft.texts),
        "upvotes": draft.upvotes,
        "comments": draft.comments,
        "url": draft.url.strip() or None,
        "arxiv_id": arxiv,
        "doi": paper_doi,
        "categories": _cleaned_names(draft.categories, draft.texts),
        "sources": draft.sources or (source,),
        "original_title": _original(draft.title, title, draft.original[0]),
        "original_abstract": _original(draft.abstract, abstract, draft.original[1]),
    }
    return Paper(**{k: storable(v) for k, v in values.items() if k in _KEPT_FIELDS})


def _counted(draft: Draft) -> int | None:
    return None if draft.more_authors else len(draft.authors) or None


def storable(value: Any) -> Any:
    """Return a field's value without lone surrogates, which no file or database can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.translate(_SURROGATES)
    if isinstance(value, tuple):
        return tuple(storable(v) for v in value)
    return value


def distinct(names: Iterable[object]) -> tuple[str, ...]:
    """Return the texts among ``names`` on one line each, without empty and repeated ones."""
    cleaned = (one_line(name) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in cleaned if name))


def text_of(value: object) -> str:
    """Return a text or whole number as text, and "" for everything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else ""
    return ""


def count_of(value: object) -> int | None:
    """Return a number that counts something (0 to 10**15), or None."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 10**15 else None
    return None


def _cleaned(text: str, texts: Texts, *, title: bool) -> str:
    if texts is not Texts.EXACT:
        text = clean_text(text, latex_source=texts is Texts.LATEX)
    if texts is Texts.EXACT:
        return text.strip()
    if title:
        return one_line(text)
    return text.strip() if texts is Texts.PLAIN else unwrap(text)


def _cleaned_names(names: tuple[str, ...], texts: Texts) -> tuple[str, ...]:
    if texts is Texts.EXACT or not any(sign in name for name in names for sign in "\\<&"):
        return names
    return tuple(one_line(clean_text(name)) for name in names)


def _original(given: str, cleaned: str, known: object) -> str | None:
    """Return the text as it was given where cleaning changed more than white space."""
    if isinstance(known, str) and known:
        return known
    return given if one_line(given) != one_line(cleaned) else None


def _flaw(title: str, abstract: str, draft: Draft) -> str | None:
    if not title and not abstract:
        return "neither title nor abstract"
    if not title and not (draft.given_id.strip() or draft.arxiv or draft.doi):
        return "no title, and no id to know the paper by"
    if len(draft.given_id) > LONGEST_ID:
        return f"the id is longer than {LONGEST_ID} characters"
    if len(title) > LONGEST_TITLE:
        return f"the title is longer than {LONGEST_TITLE:,} characters"
    if len(abstract) > LONGEST_ABSTRACT:
        return f"the abstract is longer than {LONGEST_ABSTRACT:,} characters"
    return None


def _identifiers(draft: Draft) -> tuple[str | None, str | None]:
    """Return arXiv id and DOI; a DOI of arXiv's own is an arXiv id and no DOI."""
    given = draft.given_id
    paper_doi = doi(draft.doi) or doi(given)
    arxiv = arxiv_id(draft.arxiv) or arxiv_id(given) or arxiv_id(draft.url)
    if paper_doi and paper_doi.startswith("10.48550/arxiv."):
        return arxiv or arxiv_id("arxiv:" + paper_doi.removeprefix("10.48550/arxiv.")), None
    return arxiv, paper_doi


def _known_id(given: str, arxiv: str | None, paper_doi: str | None) -> str | None:
    """Return the id a source vouches for, arXiv ids and DOIs in their bare form."""
    if given and arxiv and arxiv_id(given) == arxiv:
        return arxiv
    if given and paper_doi and doi(given) == paper_doi:
        return paper_doi
    return given or arxiv or paper_doi

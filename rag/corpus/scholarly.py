"""Understand the records of OpenAlex, Crossref, Semantic Scholar and the arXiv snapshot.

Each function takes one decoded JSON object of its service and returns a Draft. Nothing is
taken on trust: any field may be missing or of another type than documented.
"""

from collections.abc import Mapping
from typing import Any

from rag.corpus.drafts import Draft, distinct, text_of

_MOST_WORDS = 200_000


def from_openalex(work: Mapping[str, Any]) -> Draft:
    """Return the draft of an OpenAlex work; its abstract is an index of words by place."""
    authorships = _objects(work.get("authorships"))
    topics = (_object(work.get("primary_topic")), *_objects(work.get("keywords")))
    return Draft(
        title=text_of(work.get("title")) or text_of(work.get("display_name")),
        abstract=rebuilt(work.get("abstract_inverted_index")) or text_of(work.get("abstract")),
        doi=text_of(work.get("doi")),
        arxiv=_openalex_arxiv(work),
        url=text_of(work.get("id")) or text_of(work.get("doi")),
        published=text_of(work.get("publication_date")) or text_of(work.get("publication_year")),
        authors=distinct(_object(a.get("author")).get("display_name") for a in authorships),
        organisations=distinct(
            place.get("display_name")
            for authorship in authorships
            for place in _objects(authorship.get("institutions"))
        ),
        categories=distinct(topic.get("display_name") for topic in topics),
    )


def from_crossref(work: Mapping[str, Any]) -> Draft:
    """Return the draft of a Crossref work; title and abstract may carry JATS markup."""
    authors = _objects(work.get("author"))
    title, subtitle = _first(work.get("title")), _first(work.get("subtitle"))
    return Draft(
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=text_of(work.get("abstract")),
        doi=text_of(work.get("DOI")),
        url=text_of(work.get("URL")),
        published=_date_parts(work),
        authors=distinct(_full_name(author) for author in authors),
        organisations=distinct(
            place.get("name") for author in authors for place in _objects(author.get("affiliation"))
        ),
        categories=_texts(work.get("subject")),
    )


def from_semantic_scholar(paper: Mapping[str, Any]) -> Draft:
    """Return the draft of a Semantic Scholar paper, from the API or a data set file."""
    ids = {
        str(k).lower(): v for k, v in _object(_either(paper, "externalIds", "externalids")).items()
    }
    fields = _objects(_either(paper, "s2FieldsOfStudy", "s2fieldsofstudy"))
    return Draft(
        title=text_of(paper.get("title")),
        abstract=text_of(paper.get("abstract")),
        doi=text_of(ids.get("doi")),
        arxiv=text_of(ids.get("arxiv")),
        url=text_of(paper.get("url")),
        published=text_of(_either(paper, "publicationDate", "publicationdate"))
        or text_of(paper.get("year")),
        authors=distinct(author.get("name") for author in _objects(paper.get("authors"))),
        categories=distinct(
            (*_texts(paper.get("fieldsOfStudy")), *(f.get("category") for f in fields))
        ),
    )


def from_arxiv_snapshot(paper: Mapping[str, Any]) -> Draft:
    """Return the draft of a row of arXiv's metadata snapshot; the first version dates it."""
    parsed = paper.get("authors_parsed")
    names = (
        " ".join(text_of(part) for part in (*reversed(name[:2]), *name[2:]))
        for name in (parsed if isinstance(parsed, list) else [])
        if isinstance(name, list)
    )
    versions = _objects(paper.get("versions"))
    created = text_of(versions[0].get("created")) if versions else ""
    identifier = text_of(paper.get("id"))
    return Draft(
        title=text_of(paper.get("title")),
        abstract=text_of(paper.get("abstract")),
        arxiv=identifier,
        doi=text_of(paper.get("doi")).partition(" ")[0],
        url=f"https://arxiv.org/abs/{identifier}",
        published=created or text_of(paper.get("update_date")),
        authors=distinct(names) or distinct(text_of(paper.get("authors")).split(", ")),
        categories=tuple(text_of(paper.get("categories")).split()),
    )


def rebuilt(index: object) -> str:
    """Return the text of an inverted index ``{word: [places]}``; gaps are closed.

    >>> rebuilt({"papers": [1], "Ask": [0]})
    'Ask papers'
    """
    if not isinstance(index, Mapping):
        return ""
    places = sorted(
        (place, word)
        for word, found in index.items()
        if isinstance(word, str) and isinstance(found, list)
        for place in found[:_MOST_WORDS]
        if isinstance(place, int)
    )
    return " ".join(word for _, word in places[:_MOST_WORDS])


def _openalex_arxiv(work: Mapping[str, Any]) -> str:
    places = (_object(work.get("primary_location")), *_objects(work.get("locations")))
    pages = (text_of(place.get("landing_page_url")) for place in places)
    return next((page for page in pages if "arxiv.org/abs/" in page), "")


def _date_parts(work: Mapping[str, Any]) -> str:
    """Return the earliest of the dates on which the work came out, as precise as it is."""
    dates = []
    for name in ("published", "published-online", "published-print", "posted", "issued"):
        parts = _object(work.get(name)).get("date-parts")
        numbers = (
            parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
        )
        written = [str(n).zfill(2) for n in numbers[:3] if isinstance(n, int)]
        if written:
            dates.append("-".join(written))
    return min(dates, key=lambda date: (date[:4], -len(date), date), default="")


def _full_name(author: Mapping[str, Any]) -> str:
    given, family = text_of(author.get("given")), text_of(author.get("family"))
    return f"{given} {family}".strip() or text_of(author.get("name"))


def _either(values: Mapping[str, Any], *names: str) -> object:
    return next((values[name] for name in names if values.get(name)), None)


def _first(value: object) -> str:
    if isinstance(value, list):
        return next((v.strip() for v in value if isinstance(v, str) and v.strip()), "")
    return text_of(value)


def _texts(value: object) -> tuple[str, ...]:
    return distinct(value) if isinstance(value, list) else ()


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []

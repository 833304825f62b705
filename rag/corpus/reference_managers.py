"""Understand what reference managers export as JSON: CSL-JSON and Zotero's own items.

Each function takes one decoded object and returns a Draft; keys that name an item in
somebody's library say nothing of the paper and are left out.
"""

from collections.abc import Mapping
from typing import Any

from rag.corpus.drafts import Draft, distinct, text_of
from rag.corpus.names import first_last

_NO_PAPERS = frozenset({"attachment", "note", "annotation"})


def from_csl(item: Mapping[str, Any]) -> Draft:
    """Return the draft of a CSL-JSON item, as Zotero, Mendeley and Pandoc write it."""
    return Draft(
        title=text_of(item.get("title")),
        abstract=text_of(item.get("abstract")),
        doi=text_of(item.get("DOI")),
        arxiv=_arxiv(text_of(item.get("number")), text_of(item.get("note"))),
        url=text_of(item.get("URL")),
        published=_csl_date(item.get("issued")),
        authors=distinct(_csl_name(name) for name in _objects(item.get("author"))),
        categories=_split(item.get("keyword")),
    )


def from_zotero(item: Mapping[str, Any]) -> Draft:
    """Return the draft of a Zotero item; attachments and notes have no title of a paper."""
    if item["itemType"] in _NO_PAPERS:
        return Draft()
    creators = _objects(item.get("creators"))
    return Draft(
        title=text_of(item.get("title")),
        abstract=text_of(item.get("abstractNote")),
        doi=text_of(item.get("DOI")),
        arxiv=_arxiv(text_of(item.get("archiveID")), text_of(item.get("extra"))),
        url=text_of(item.get("url")),
        published=text_of(item.get("date")),
        authors=distinct(
            _zotero_name(c) for c in creators if c.get("creatorType", "author") == "author"
        ),
        organisations=distinct([item.get("institution"), item.get("university")]),
        categories=distinct(tag.get("tag") for tag in _objects(item.get("tags"))),
    )


def _arxiv(*texts: str) -> str:
    """Return the ``arXiv:…`` in a number, or in a line of notes such as ``arXiv:1706.03762 [cs]``."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return next((line for line in lines if line.lower().startswith("arxiv:")), "")


def _csl_name(name: Mapping[str, Any]) -> str:
    if literal := text_of(name.get("literal")):
        return literal
    parts = ("given", "dropping-particle", "non-dropping-particle", "family")
    full = " ".join(text for part in parts if (text := text_of(name.get(part))))
    suffix = text_of(name.get("suffix"))
    return f"{full}, {suffix}" if suffix else full


def _zotero_name(creator: Mapping[str, Any]) -> str:
    first, last = text_of(creator.get("firstName")), text_of(creator.get("lastName"))
    return first_last(f"{last}, {first}") if first else last or text_of(creator.get("name"))


def _csl_date(value: object) -> str:
    """Return the first date of ``{"date-parts": [[2019, 6]]}``, or the date as it was typed."""
    if not isinstance(value, Mapping):
        return text_of(value)
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    written = [text.zfill(2) for part in first[:3] if (text := text_of(part))]
    return "-".join(written) or text_of(value.get("raw")) or text_of(value.get("literal"))


def _split(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return distinct(value)
    return distinct(text_of(value).split(","))


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []

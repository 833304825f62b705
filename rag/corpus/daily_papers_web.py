"""Read Daily Papers as the site gives them: API answers, dumps of them, saved HTML pages.

A saved page carries the same records as the API, as JSON in an attribute.
"""

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from rag.corpus.drafts import Draft, count_of, distinct, finish, text_of
from rag.corpus.opening import read_document, source_name
from rag.errors import InputError
from rag.records import Paper, Reject

_LARGEST_PAGE = 32 * 2**20
_TARGETS = ("DailyPapers", "PaperContent", "PaperPage", "PeriodPapers")


def is_entry(value: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is an entry of the API, or the paper within one."""
    paper = value.get("paper")
    if isinstance(paper, Mapping):
        return "id" in paper
    return "id" in value and "summary" in value and "upvotes" in value


def from_entry(entry: Mapping[str, Any]) -> Draft:
    """Return the draft of an entry of the API or of a saved page."""
    inner = entry.get("paper")
    paper = inner if isinstance(inner, Mapping) else entry
    authors = paper.get("authors")
    listed = [a for a in authors if isinstance(a, Mapping)] if isinstance(authors, list) else []
    organisation = entry.get("organization") or paper.get("organization")
    named = organisation if isinstance(organisation, Mapping) else {}
    identifier = text_of(paper.get("id"))
    return Draft(
        title=text_of(paper.get("title")) or text_of(entry.get("title")),
        abstract=text_of(paper.get("summary")) or text_of(entry.get("summary")),
        arxiv=identifier,
        url=f"https://huggingface.co/papers/{identifier}" if identifier else "",
        published=text_of(paper.get("publishedAt")) or text_of(entry.get("publishedAt")),
        authors=distinct(author.get("name") for author in listed),
        author_count=len(listed) or None,
        organisations=distinct((named.get("fullname") or named.get("name"),)),
        upvotes=count_of(paper.get("upvotes")),
        comments=count_of(entry.get("numComments")),
    )


def looks_like_html(head: str) -> bool:
    """Tell whether ``head`` starts an HTML page."""
    start = head.lstrip()[:200].lower()
    return start.startswith(("<!doctype html", "<html"))


def iter_html(path: Path) -> Iterator[Paper | Reject]:
    """Yield the papers of a saved listing or paper page.

    Raises InputError when the page carries no records of Daily Papers.
    """
    source = source_name(path)
    finder = _Finder()
    try:
        finder.feed(read_document(path, _LARGEST_PAGE))
    except (AssertionError, ValueError) as exc:
        raise InputError(f"{source}: a broken HTML page: {exc}") from exc
    entries = [(line, entry) for line, props in finder.found for entry in _entries(props)]
    if not entries:
        raise InputError(
            f"{source}: an HTML page, but none of Hugging Face Daily Papers with its data; "
            "save the page with its source, or use the API's JSON"
        )
    for line, entry in entries:
        yield finish(from_entry(entry), source, line)


class _Finder(HTMLParser):
    """Collects the decoded data of the page's parts, with their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, Mapping[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the interface
        values = dict(attrs)
        if values.get("data-target") not in _TARGETS:
            return
        try:
            props = json.loads(values.get("data-props") or "")
        except (ValueError, RecursionError):
            return
        if isinstance(props, Mapping):
            self.found.append((self.getpos()[0], props))


def _entries(props: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if is_entry(props):
        yield props
        return
    for listed in props.values():
        if isinstance(listed, list):
            yield from (e for e in listed if isinstance(e, Mapping) and is_entry(e))

"""Read feeds: arXiv's Atom answers, the Daily Papers RSS, and RSS and Atom in general."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.corpus.drafts import Draft, count_of, distinct, finish
from rag.corpus.markup import html_to_text, one_line
from rag.corpus.normalise import arxiv_id
from rag.corpus.opening import source_name
from rag.corpus.xml_stream import Element, iter_records
from rag.records import Paper, Reject

_LABELLED = re.compile(r"<b>\s*(Authors|Upvotes|Summary):\s*</b>(.*?)</p>", re.DOTALL)
_ANNOUNCED = re.compile(r"^\s*arXiv:\S+ Announce Type:.*?\nAbstract:\s*", re.DOTALL)


def iter_feed(path: Path) -> Iterator[Paper | Reject]:
    """Yield the papers of an Atom or RSS file. Raises InputError for broken XML."""
    source = source_name(path)
    for record in iter_records(path, ("entry", "item")):
        read = _entry if record.element.tag == "entry" else _item
        yield read(record.element, source)


def _entry(entry: Element, source: str) -> Paper | Reject:
    address = entry.said("id")
    if "arxiv.org/api/errors" in address:
        return Reject(source, entry.line, f"arXiv answered with an error: {entry.said('summary')}")
    links = (link.attributes.get("href", "") for link in entry.every("link"))
    arxiv = arxiv_id(address) or ""
    draft = Draft(
        title=entry.said("title"),
        abstract=entry.said("summary") or entry.said("content"),
        arxiv=arxiv,
        doi=entry.said("doi"),
        url=f"https://arxiv.org/abs/{arxiv}" if arxiv else next(links, "") or address,
        published=entry.said("published") or entry.said("updated"),
        authors=distinct(name.text() for name in entry.every("author", "name")),
        organisations=distinct(a.text() for a in entry.every("author", "affiliation")),
        categories=distinct(c.attributes.get("term") for c in entry.every("category")),
    )
    return finish(draft, source, entry.line)


def _item(item: Element, source: str) -> Paper | Reject:
    description = item.said("description") or item.said("encoded")
    labelled = {m[1]: m[2].strip() for m in _LABELLED.finditer(description[:200_000])}
    link = item.said("link") or item.said("guid")
    names = labelled.get("Authors") or "; ".join(c.text() for c in item.every("creator"))
    draft = Draft(
        title=item.said("title"),
        abstract=labelled.get("Summary") or _ANNOUNCED.sub("", description),
        arxiv=arxiv_id(link) or "",
        doi=item.said("doi"),
        url=link,
        published=item.said("pubDate") or item.said("date"),
        authors=distinct(re.split(r"[;,]", html_to_text(one_line(names)))),
        upvotes=count_of(labelled.get("Upvotes")),
        categories=distinct(c.text() for c in item.every("category")),
    )
    return finish(draft, source, item.line)

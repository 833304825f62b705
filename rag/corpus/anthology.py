"""Read the XML of the ACL Anthology: volumes with their papers."""

from collections.abc import Iterator
from pathlib import Path

from rag.corpus.drafts import Draft, distinct, finish
from rag.corpus.opening import source_name
from rag.corpus.xml_stream import Element, Record, iter_records
from rag.records import Paper, Reject

_SITE = "https://aclanthology.org/"


def iter_anthology(path: Path) -> Iterator[Paper | Reject]:
    """Yield the papers of a collection; each has its volume's date. Raises InputError."""
    source = source_name(path)
    published = ""
    for record in iter_records(path, ("meta", "paper")):
        if record.element.tag == "meta":
            year, month = record.element.said("year"), record.element.said("month")
            published = f"{month.partition('–')[0].partition('-')[0].strip()} {year}".strip()
        else:
            yield _paper(record, source, published)


def _paper(record: Record, source: str, published: str) -> Paper | Reject:
    paper = record.element
    name = _anthology_id(record)
    draft = Draft(
        title=paper.said("title"),
        abstract=paper.said("abstract"),
        doi=paper.said("doi"),
        url=f"{_SITE}{name}" if name else "",
        published=published,
        authors=distinct(_name(author) for author in paper.every("author")),
        categories=distinct((name.rpartition(".")[0] or name.partition("-")[0],)),
    )
    return finish(draft, source, paper.line)


def _name(author: Element) -> str:
    return f"{author.said('first')} {author.said('last')}" if author.children else ""


def _anthology_id(record: Record) -> str:
    url = record.element.said("url")
    if url and "/" not in url and ":" not in url:
        return url
    around = dict(record.around)
    collection = around.get("collection", {}).get("id", "")
    volume = around.get("volume", {}).get("id", "")
    number = record.element.attributes.get("id", "")
    return f"{collection}-{volume}.{number}" if collection and volume and number else ""

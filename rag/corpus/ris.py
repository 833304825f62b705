"""Read RIS, the exchange format of reference managers and publishers.

``rispy`` reads the records; it is handed one record at a time, so that a broken one costs
no other and a file of any length is streamed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase, digits
from typing import Any

from rag.corpus.drafts import Draft, distinct, finish
from rag.corpus.names import first_last
from rag.corpus.normalise import doi
from rag.records import Paper, Reject

_TAG = re.compile(r"^\s*([A-Z][A-Z0-9])\s{1,2}-(?:\s|$)")
_LARGEST_RECORD = 4 * 2**20
_TITLES = ("TI", "T1", "CT", "BT")
_ABSTRACTS = ("AB", "N2")
_DATES = ("DA", "PY", "Y1")


def looks_like_ris(head: str) -> bool:
    """Tell whether ``head`` starts a RIS file: its first lines carry tags such as ``TY  -``."""
    lines = [line for line in head.lstrip("\ufeff\xa0 \t\r\n").splitlines() if line.strip()][:8]
    return bool(lines) and bool(_TAG.match(lines[0])) and sum(map(bool, map(_TAG.match, lines))) > 1


def iter_ris(lines: Iterable[tuple[int, str]], source: str) -> Iterator[Paper | Reject]:
    """Yield the papers of a RIS file given as (number, line); a Reject for a bad record."""
    parser = _parser()
    for first, record in _records(lines):
        if not record[0].startswith("TY"):
            yield Reject(source, first, "a RIS record without its TY line")
        elif sum(map(len, record)) > _LARGEST_RECORD:
            yield Reject(source, first, f"a record larger than {_LARGEST_RECORD >> 20} MB")
        else:
            for fields in parser.parse("\n".join([*record, "ER  - "])):
                yield finish(_draft(fields), source, first)


def _parser() -> Any:
    """Return a parser that keeps every value of every tag, under the tag's own name."""
    from rispy import RisParser

    tags = [a + b for a in ascii_uppercase for b in ascii_uppercase + digits]
    return RisParser(
        mapping=dict(zip(tags, tags, strict=True)), list_tags=tags, delimiter_tags_mapping={}
    )


def _records(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, tagged lines) of each record, up to its ER line or the next TY."""
    kept: list[str] = []
    first = 0
    for number, line in lines:
        text = line.strip("\ufeff\r\n").strip("\xa0 \t\ufeff")
        tag = _TAG.match(text)
        if tag and tag[1] == "ER":
            if kept:
                yield first, kept
            kept = []
            continue
        if not text or (not kept and not tag):
            continue
        first = first if kept else number
        if tag:
            kept.append(_TAG.sub(lambda m: f"{m[1]}  - ", text))
        else:
            kept[-1] = f"{kept[-1]} {text}"
    if kept:
        yield first, kept


def _draft(fields: Mapping[str, list[str]]) -> Draft:
    authors = (name for tag in ("AU", "A1") for name in fields.get(tag, ()))
    return Draft(
        title=_first(fields, _TITLES),
        abstract=max(("\n\n".join(fields.get(tag, ())) for tag in _ABSTRACTS), key=len),
        given_id=_labelled(fields, "paper-id"),
        doi=_first(fields, ("DO", "M3", "UR")) if fields.get("DO") else _first_doi(fields),
        arxiv=_labelled(fields, "arXiv"),
        url=_first(fields, ("UR", "L2", "LK")),
        published=_date(fields),
        authors=distinct(_name(author) for author in authors),
        organisations=distinct(fields.get("AD", ())),
        categories=distinct(fields.get("KW", ())),
    )


def _name(author: str) -> str:
    """Return "First Last, Jr" of "Last, First, Jr": RIS puts the suffix last."""
    last, _, rest = author.partition(",")
    first, comma, suffix = rest.partition(",")
    return first_last(f"{last},{suffix},{first}" if comma and suffix.strip() else author)


def _first(fields: Mapping[str, list[str]], tags: Iterable[str]) -> str:
    return next((value for tag in tags for value in fields.get(tag, ()) if value), "")


def _first_doi(fields: Mapping[str, list[str]]) -> str:
    values = (value for tag in ("M3", "N1", "UR") for value in fields.get(tag, ()))
    return next((v for v in values if "doi" in v and doi(v)), "")


def _labelled(fields: Mapping[str, list[str]], label: str) -> str:
    notes = (note for tag in ("AN", "C1", "U1", "N1") for note in fields.get(tag, ()))
    return next((n.partition(":")[2].strip() for n in notes if n.startswith(f"{label}:")), "")


def _date(fields: Mapping[str, list[str]]) -> str:
    """Return the most precise date: ``2001/09/01/`` before ``2001``; rests and words fall off."""
    dates = []
    for value in (v for tag in _DATES for v in fields.get(tag, ())):
        parts = [part.strip() for part in value.split("/")[:3]]
        known = [part for part in parts if part and part.strip("0")]
        if known and re.fullmatch(r"\d{4}", known[0]):
            dates.append("/".join(known))
        elif re.match(r"\d{4}-\d\d", value):
            dates.append(value)
    return max(dates, key=len, default="")

"""Read rows with named columns: JSON Lines, a JSON array, CSV and TSV.

Columns are found under the names that are in use (``title``, ``abstract`` or ``text``,
``_id`` …) or mapped by the caller. Our own export is read back without loss.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.corpus.normalise import arxiv_id, doi, hashed_id, parse_date
from rag.records import Paper, Reject

_NAMES: dict[str, tuple[str, ...]] = {
    "paper_id": ("paper_id", "_id", "id", "arxiv_id", "doi", "corpusid", "paperid"),
    "title": ("title", "name"),
    "abstract": ("abstract", "text", "summary", "description"),
    "published": (
        "published", "date", "publishedat", "published_at", "publication_date", "year",
        "submitted", "update_date",
    ),
    "authors": ("authors", "author"),
    "author_count": ("author_count", "num_authors", "n_authors"),
    "organisations": ("organisations", "organisation", "organization", "affiliation", "org"),
    "upvotes": ("upvotes", "likes"),
    "comments": ("num_comments", "comments", "numcomments", "comment_count"),
    "url": ("url", "link", "html_url"),
    "arxiv_id": ("arxiv_id", "arxiv"),
    "doi": ("doi",),
    "categories": ("categories", "category", "keywords", "tags"),
    "sources": ("sources",),
}  # fmt: skip
_LONGEST_ID = 512


def iter_jsonl(
    lines: Iterable[tuple[int, str | Reject]], source: str, columns: Mapping[str, str]
) -> Iterator[Paper | Reject]:
    """Yield a paper for each JSON object of ``lines`` (number, text), a Reject for the rest."""
    for number, line in lines:
        if isinstance(line, Reject):
            yield line
            continue
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as exc:
            yield Reject(source, number, f"not JSON: {_short(exc)}")
            continue
        yield paper_from_row(row, source, number, columns)


def iter_json_array(text: str, source: str, columns: Mapping[str, str]) -> Iterator[Paper | Reject]:
    """Yield the papers of one JSON array of objects, or of an object that holds one."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as exc:
        yield Reject(source, getattr(exc, "lineno", 1), f"not JSON: {_short(exc)}")
        return
    if isinstance(rows, dict):
        lists = [v for v in rows.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        rows = lists[0] if lists else [rows]
    for position, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        yield paper_from_row(row, source, position, columns)


def iter_csv(
    lines: Iterable[tuple[int, str | Reject]], source: str, columns: Mapping[str, str]
) -> Iterator[Paper | Reject]:
    """Yield the papers of a CSV or TSV file with a header row."""
    rejects: list[Reject] = []

    def texts() -> Iterator[str]:
        for _number, line in lines:
            if isinstance(line, Reject):
                rejects.append(line)
            else:
                yield line.replace("\0", "")

    stream = texts()
    header = next(stream, "")
    delimiter = "\t" if header.count("\t") > header.count(",") else ","
    names = next(csv.reader([header], delimiter=delimiter), [])
    reader = csv.reader(stream, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as exc:
            yield Reject(source, reader.line_num + 1, f"not CSV: {_short(exc)}")
            continue
        if row:
            values = {k: v for k, v in zip(names, row, strict=False) if v.strip()}
            yield paper_from_row(values, source, reader.line_num + 1, columns)
        yield from rejects
        rejects.clear()
    yield from rejects


def paper_from_row(
    row: object, source: str, line: int, columns: Mapping[str, str]
) -> Paper | Reject:
    """Return the paper that a row of named values describes, or why it is none."""
    if not isinstance(row, dict):
        return Reject(source, line, f"expected an object with a title, found {type(row).__name__}")
    values = _pick(row, columns)
    title = _text(values.get("title"))
    abstract = _text(values.get("abstract"))
    given = _text(values.get("paper_id"))
    if not title and not abstract:
        return Reject(source, line, "neither title nor abstract")
    if not title and not given:
        return Reject(source, line, "no title, and no id to know the paper by")
    if len(given) > _LONGEST_ID:
        return Reject(source, line, f"the id is longer than {_LONGEST_ID} characters")
    return _paper(values, title, abstract, source)


def _paper(values: Mapping[str, Any], title: str, abstract: str, source: str) -> Paper:
    given = _text(values.get("paper_id"))
    arxiv = arxiv_id(_text(values.get("arxiv_id")) or given)
    paper_doi = doi(_text(values.get("doi")) or given)
    dated = _date(values)
    authors = _names(values.get("authors"))
    return Paper(
        paper_id=_paper_id(given, arxiv, paper_doi, title),
        title=title,
        abstract=abstract,
        published=dated[0] if dated else None,
        date_precision=dated[1] if dated else None,
        year_inferred=bool(values.get("year_inferred", False)),
        authors=authors,
        author_count=_count(values.get("author_count")) or len(authors) or None,
        organisations=_strings(values.get("organisations")),
        upvotes=_count(values.get("upvotes")),
        comments=_count(values.get("comments")),
        url=_text(values.get("url")) or None,
        arxiv_id=arxiv,
        doi=paper_doi,
        categories=_strings(values.get("categories")),
        sources=_strings(values.get("sources")) or (source,),
    )


def _paper_id(given: str, arxiv: str | None, paper_doi: str | None, title: str) -> str:
    if given and arxiv and arxiv_id(given) == arxiv:
        return arxiv
    if given and paper_doi and doi(given) == paper_doi:
        return paper_doi
    return given or arxiv or paper_doi or hashed_id(title)


def _pick(row: Mapping[Any, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    lowered = {str(key).strip().lower(): value for key, value in row.items()}
    picked = {"year_inferred": lowered.get("year_inferred")}
    for field, names in _NAMES.items():
        wanted = (columns[field].lower(),) if field in columns else names
        picked[field] = next((lowered[n] for n in wanted if lowered.get(n) not in (None, "")), None)
    return picked


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _date(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return parse_date(_text(values.get("published")))


def _count(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value[:15])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = re.split(r";|\band\b", value) if ";" in value or " and " in value else [value]
        if len(parts) == 1 and value.count(",") > 1:
            parts = value.split(",")
        return tuple(p.strip() for p in parts if p.strip())
    return _strings(value)


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if not isinstance(value, list | tuple):
        return ()
    named = [v.get("name") or v.get("full_name") if isinstance(v, dict) else v for v in value]
    return tuple(v.strip() for v in named if isinstance(v, str) and v.strip())


def _short(exc: BaseException) -> str:
    return str(exc).split("\n", 1)[0][:120] or type(exc).__name__

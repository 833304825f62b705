"""Read rows with named columns: JSON Lines, a JSON array, CSV and TSV.

Columns are found under the names that are in use (``title``, ``abstract`` or ``text``,
``_id`` …) or mapped by the caller. Our own export is read back without loss.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.corpus.drafts import Draft, Texts, count_of, finish, text_of
from rag.corpus.json_stream import short
from rag.corpus.names import first_last
from rag.records import Paper, Reject

_SEPARATORS = ",\t;|"
_NAMES: dict[str, tuple[str, ...]] = {
    "paper_id": ("paper_id", "_id", "id", "arxiv_id", "doi", "corpusid", "paperid"),
    "title": ("title", "name"),
    "abstract": ("abstract", "text", "summary", "description", "abstract note", "abstractnote"),
    "published": (
        "published", "date", "publishedat", "published_at", "publication_date", "year",
        "submitted", "update_date", "publication year", "pubyear",
    ),
    "authors": ("authors", "author", "author full names"),
    "author_count": ("author_count", "num_authors", "n_authors"),
    "organisations": ("organisations", "organisation", "organization", "affiliation", "org"),
    "upvotes": ("upvotes", "likes"),
    "comments": ("num_comments", "comments", "numcomments", "comment_count"),
    "url": ("url", "link", "html_url"),
    "arxiv_id": ("arxiv_id", "arxiv"),
    "doi": ("doi",),
    "categories": ("categories", "category", "keywords", "tags", "author keywords", "manual tags"),
    "sources": ("sources",),
}  # fmt: skip


def decoded_line(line: str | Reject, source: str, number: int) -> object:
    """Return the JSON value on a line, or a Reject that says why there is none."""
    if isinstance(line, Reject):
        return line
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as exc:
        return Reject(source, number, f"not JSON: {short(exc)}")


def iter_jsonl(
    lines: Iterable[tuple[int, str | Reject]], source: str, columns: Mapping[str, str]
) -> Iterator[Paper | Reject]:
    """Yield a paper for each JSON object of ``lines`` (number, text), a Reject for the rest."""
    for number, line in lines:
        if isinstance(line, str) and not line.strip():
            continue
        row = decoded_line(line, source, number)
        if isinstance(row, Reject):
            yield row
        else:
            yield paper_from_row(row, source, number, columns)


def iter_csv(
    lines: Iterable[tuple[int, str | Reject]], source: str, columns: Mapping[str, str]
) -> Iterator[Paper | Reject]:
    """Yield the papers of a CSV or TSV file with a header row, its separator found by itself."""
    texts = _Lines(lines)
    header = next(texts, "")
    separator = max(_SEPARATORS, key=header.count)
    try:
        names = next(csv.reader([header], delimiter=separator), [])
    except csv.Error as exc:
        yield Reject(source, 1, f"not CSV: {short(exc)}; the rest of the file was not read")
        return
    reader = csv.reader(texts, delimiter=separator)
    while True:
        texts.first = None
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as exc:
            yield Reject(source, texts.first or 1, f"not CSV: {short(exc)}")
            continue
        yield from texts.taken_rejects()
        if row:
            values = {k: v for k, v in zip(names, row, strict=False) if v.strip()}
            yield paper_from_row(values, source, texts.first or 1, columns)
    yield from texts.taken_rejects()


class _Lines:
    """The good lines of a file for the csv module; remembers numbers and bad lines."""

    def __init__(self, lines: Iterable[tuple[int, str | Reject]]) -> None:
        self._lines = iter(lines)
        self._rejects: list[Reject] = []
        self.first: int | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if isinstance(line, Reject):
                self._rejects.append(line)
                continue
            self.first = self.first or number
            return line
        raise StopIteration

    def taken_rejects(self) -> list[Reject]:
        """Return the bad lines met since the last call."""
        taken, self._rejects = self._rejects, []
        return taken


def paper_from_row(
    row: object, source: str, line: int, columns: Mapping[str, str]
) -> Paper | Reject:
    """Return the paper that a row of named values describes, or why it is none."""
    if not isinstance(row, dict):
        return Reject(source, line, f"expected an object with a title, found {type(row).__name__}")
    lowered = {str(key).strip().lower(): value for key, value in row.items()}
    values = _pick(lowered, columns)
    ours = not columns and "paper_id" in lowered and "sources" in lowered
    draft = Draft(
        title=text_of(values["title"]),
        abstract=text_of(values["abstract"]),
        given_id=text_of(values["paper_id"]),
        arxiv=text_of(values["arxiv_id"]),
        doi=text_of(values["doi"]),
        url=text_of(values["url"]),
        published=text_of(values["published"]),
        year_inferred=lowered.get("year_inferred") is True,
        authors=_names(values["authors"]),
        author_count=count_of(values["author_count"]),
        organisations=_strings(values["organisations"]),
        categories=_keywords(values["categories"]),
        upvotes=count_of(values["upvotes"]),
        comments=count_of(values["comments"]),
        sources=_strings(values["sources"]) if ours else (),
        texts=Texts.EXACT,  # rows are text already; quotes stay verbatim to the file
    )
    draft.original = (lowered.get("original_title"), lowered.get("original_abstract"))
    return finish(draft, source, line)


def _pick(lowered: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for field, names in _NAMES.items():
        wanted = (columns[field].lower(),) if field in columns else names
        picked[field] = next((lowered[n] for n in wanted if lowered.get(n) not in (None, "")), None)
    return picked


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = re.split(r";|\band\b", value) if ";" in value or " and " in value else [value]
        if len(parts) == 1 and value.count(",") > 1:
            parts = value.split(",")
        names = [first_last(p) if ";" in value else p for p in parts]  # "Lee, Ann; Ray, Bob"
        return tuple(name.strip() for name in names if name.strip())
    return _strings(value)


def _keywords(value: object) -> tuple[str, ...]:
    return _strings(value.split(";") if isinstance(value, str) else value)


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if not isinstance(value, list | tuple):
        return ()
    named = [v.get("name") or v.get("full_name") if isinstance(v, dict) else v for v in value]
    return tuple(v.strip() for v in named if isinstance(v, str) and v.strip())

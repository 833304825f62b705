"""From JSON values to papers, whoever wrote them: each object is recognised by its keys.

Services wrap their records (``{"message": {"items": […]}}``, ``{"data": […]}``); dumps
are arrays, one object a line, or lists of such lists. All of these are opened here.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.corpus import daily_papers_web, reference_managers, scholarly
from rag.corpus.drafts import Draft, finish
from rag.corpus.json_stream import iter_values, short
from rag.corpus.opening import source_name
from rag.corpus.tabular import decoded_line, paper_from_row
from rag.records import Paper, Reject

_DEEPEST = 6
_LONGEST_LITERAL = 2_000_000
_BRACKETS = str.maketrans("[({", "(((")

_Row = Mapping[str, Any]


def _is_openalex(row: _Row) -> bool:
    identifier = row.get("id")
    return "abstract_inverted_index" in row or (
        isinstance(identifier, str) and identifier.startswith("https://openalex.org/W")
    )


def _is_crossref(row: _Row) -> bool:
    return "DOI" in row and (isinstance(row.get("title"), list) or "reference-count" in row)


def _is_semantic_scholar(row: _Row) -> bool:
    lowered = {key.lower() for key in row}
    return ("paperid" in lowered and "externalids" in lowered) or {
        "corpusid",
        "externalids",
    } <= lowered


def _is_arxiv_snapshot(row: _Row) -> bool:
    return "authors_parsed" in row or ("versions" in row and "submitter" in row)


def _is_csl(row: _Row) -> bool:
    issued, authors = row.get("issued"), row.get("author")
    dated = isinstance(issued, Mapping) and bool({"date-parts", "raw", "literal"} & issued.keys())
    named = isinstance(authors, list) and any(
        isinstance(a, Mapping) and ("family" in a or "literal" in a) for a in authors
    )
    return dated or named


def _is_zotero(row: _Row) -> bool:
    return isinstance(row.get("itemType"), str)


_KINDS: Sequence[tuple[Callable[[_Row], bool], Callable[[_Row], Draft]]] = (
    (daily_papers_web.is_entry, daily_papers_web.from_entry),
    (_is_openalex, scholarly.from_openalex),
    (_is_crossref, scholarly.from_crossref),
    (_is_semantic_scholar, scholarly.from_semantic_scholar),
    (_is_arxiv_snapshot, scholarly.from_arxiv_snapshot),
    (_is_zotero, reference_managers.from_zotero),
    (_is_csl, reference_managers.from_csl),
)


def iter_json(path: Path, columns: Mapping[str, str]) -> Iterator[Paper | Reject]:
    """Yield the papers of a JSON file: arrays, one object, wrapped or following each other."""
    source = source_name(path)
    for line, value in iter_values(path):
        yield from papers_from_value(value, source, line, columns)


def iter_json_lines(
    lines: Iterable[tuple[int, str | Reject]], source: str, columns: Mapping[str, str]
) -> Iterator[Paper | Reject]:
    """Yield the papers of JSON Lines (number, text), and a Reject for each bad line."""
    for number, line in lines:
        if isinstance(line, str) and not line.strip():
            continue
        value = decoded_line(line, source, number)
        yield from papers_from_value(value, source, number, columns)


def papers_from_value(
    value: object, source: str, line: int, columns: Mapping[str, str], depth: int = 0
) -> Iterator[Paper | Reject]:
    """Yield the papers in a decoded JSON value; a Reject passes through."""
    if isinstance(value, str) and value.lstrip().startswith(("{'", '{"')):
        value = _from_literal(value, source, line)
    if isinstance(value, Reject):
        yield value
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value:
            yield from papers_from_value(item, source, line, columns, depth + 1)
    elif isinstance(value, dict):
        yield from _from_object(value, source, line, columns, depth)
    else:
        yield paper_from_row(value, source, line, columns)


def _from_object(
    row: _Row, source: str, line: int, columns: Mapping[str, str], depth: int
) -> Iterator[Paper | Reject]:
    if not columns:
        for recognised, read in _KINDS:
            if recognised(row):
                yield finish(read(row), source, line)
                return
    wrapped = _unwrapped(row) if depth < _DEEPEST else None
    if wrapped is not None:
        yield from papers_from_value(wrapped, source, line, columns, depth + 1)
    elif isinstance(row.get("error"), str):
        yield Reject(source, line, f"the service answered with an error: {row['error'][:200]}")
    else:
        yield paper_from_row(row, source, line, columns)


def _unwrapped(row: _Row) -> list[Any] | None:
    """Return the records that an object without a title of its own holds, or None."""
    if any(key.lower() in ("title", "abstract", "text", "_id", "doi") for key in row):
        return None
    message = row.get("message")
    if isinstance(row.get("data"), Mapping) and _is_zotero(row["data"]):
        return [row["data"]]
    if isinstance(message, Mapping):
        return list(message["items"]) if isinstance(message.get("items"), list) else [message]
    for key in ("results", "data", "items", "papers", "works", "dailyPapers"):
        if isinstance(row.get(key), list):
            return list(row[key])
    lists = [v for v in row.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
    return [item for found in lists for item in found] if lists else None


def _from_literal(text: str, source: str, line: int) -> object:
    """Decode an object that was saved as text: JSON, or Python's own notation for it."""
    if len(text) > _LONGEST_LITERAL or text.translate(_BRACKETS).count("(") > 20_000:
        return Reject(source, line, "an object saved as text, too large to be decoded")
    try:
        return (
            ast.literal_eval(text)
            if text.lstrip()[1:2] == "'"
            else decoded_line(text, source, line)
        )
    except (ValueError, SyntaxError, RecursionError, MemoryError) as exc:
        return Reject(source, line, f"an object saved as text that cannot be decoded: {short(exc)}")

"""Tell formats apart by their first bytes, where that takes more than one look."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.corpus.opening import LARGEST_DOCUMENT, decode, open_bytes, source_name
from rag.errors import InputError

_LINES = 40
_DECLARED = re.compile(r"%\s*Encoding:\s*([\w.-]{1,30})", re.IGNORECASE)


def looks_like_json(head: str) -> bool:
    """Tell whether the text is an array, or an object that takes more than one line."""
    start = head.lstrip()
    if start.startswith("["):
        return True
    return start.startswith("{") and not looks_like_json_lines(head)


def looks_like_json_lines(head: str) -> bool:
    """Tell whether one of the first lines is a whole JSON object, or a first that is cut off."""
    lines = [line for line in head.splitlines() if line.strip()][:_LINES]
    if any(line.lstrip().startswith("{") and _is_object(line) for line in lines):
        return True
    return len(lines) == 1 and len(head) > 60_000 and head.lstrip().startswith("{")


def looks_like_csv(head: str, columns: Mapping[str, str]) -> bool:
    """Tell whether the first line names columns, one of them a title or mapped to one."""
    header = head.splitlines()[0] if head.strip() else ""
    if len(header) > 5000:
        return False
    wanted = {name.lower() for name in (columns.get("title"), columns.get("abstract")) if name}
    for separator in ",\t;|":
        try:
            names = next(csv.reader(io.StringIO(header), delimiter=separator), [])
        except csv.Error:
            continue
        lowered = {name.strip().lower() for name in names}
        if len(lowered) > 1 and lowered & (wanted or {"title", "name"}):
            return True
    return False


def iter_text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (1-based number, line) of a text file in the encoding it declares or shows.

    That is UTF-8 or UTF-16 where it can be, else the one in its ``% Encoding:`` line, else
    Windows-1252. NULs are dropped. Raises InputError for a file that cannot be read.
    """
    name = source_name(path)
    with open_bytes(path) as source:
        head = source.peek(4096)[:4096]
        if b"\0" in head or (b"\r" in head and b"\n" not in head):
            text = decode(source.read(LARGEST_DOCUMENT)).replace("\0", "")
            yield from enumerate(io.StringIO(text, newline=None), 1)
            return
        declared = _DECLARED.search(head.decode("latin-1"))
        fallback = _known_encoding(declared[1]) if declared else "cp1252"
        number = 0
        while line := source.readline(LARGEST_DOCUMENT):
            number += 1
            if len(line) == LARGEST_DOCUMENT:
                raise InputError(f"{name}:{number}: line over {LARGEST_DOCUMENT >> 20} MB")
            yield number, _text(line, fallback).replace("\0", "")


def _text(line: bytes, fallback: str) -> str:
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(fallback, "replace")


def _known_encoding(name: str) -> str:
    try:
        b"".decode(name)  # a LookupError also for codecs that yield no text
    except LookupError:
        return "cp1252"
    return "cp1252" if codecs.lookup(name).name in ("utf-8", "ascii") else name


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False

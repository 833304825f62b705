"""Read BibTeX and BibLaTeX: Zotero, JabRef, the ACL Anthology and hand-written files.

``bibtexparser`` reads the entries; it wants a whole text at once, so the file is handed to
it in blocks of whole entries, and ``@string`` definitions are carried along.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rag.corpus.drafts import Draft, Texts, distinct, finish
from rag.corpus.latex import latex_to_text
from rag.corpus.markup import clean_text, one_line
from rag.corpus.names import first_last, month_number, split_outside_braces
from rag.records import Paper, Reject

if TYPE_CHECKING:
    from bibtexparser.model import Block, Entry

_BLOCK = 1 << 18
_LARGEST_BLOCK = 1 << 22
_START = re.compile(r"\s*@\s*[A-Za-z]+\s*[{(]")
_NO_KEY = re.compile(
    r"(?m)^([ \t]*@(?!string|comment|preamble)[A-Za-z]+[ \t]*[{(])(?=\s*[\w-]+\s*=)", re.IGNORECASE
)
_NO_BRACE = re.compile(r"(?m)^([ \t]*@[A-Za-z]+),[ \t]*(?=\n\s*[\w-]+\s*=)")
_NO_COMMA = re.compile(
    r"(?mi)^([ \t]*@(?!comment)[A-Za-z]+[ \t]*\{[^\s,={}]+)[ \t]*(?=\n\s*[\w-]+\s*=)"
)
_TYPES = (
    "article|book|booklet|collection|conference|dataset|electronic|inbook|incollection|"
    "inproceedings|manual|mastersthesis|misc|online|patent|phdthesis|proceedings|report|software|"
    "string|techreport|thesis|unpublished|www"
)
_ENTRY = re.compile(
    rf"(?m)^[ \t]*@(?:(?:{_TYPES})\s*(?:[{{(]|,\s*\n)|[A-Za-z]+\s*\{{\s*[^\s,{{}}=\"']{{0,200}},\s*[\w-]+\s*=)",
    re.IGNORECASE,
)
_NOT_PAPERS = frozenset({"set", "xdata", "control", "ieeetranbstctl", "periodical"})


def looks_like_bibtex(head: str) -> bool:
    """Tell whether ``head`` holds the start of a BibTeX file: an entry, or JabRef's header."""
    start = head.lstrip()
    if start.startswith(("<", "{", "[")):
        return False
    return bool(
        _ENTRY.search(head)
        or re.match(
            r"@comment\b|% Encoding: |%% This file was created with JabRef", start, re.IGNORECASE
        )
    )


def iter_bibtex(lines: Iterable[tuple[int, str]], source: str) -> Iterator[Paper | Reject]:
    """Yield the papers of a BibTeX file given as (number, line); a Reject for a bad entry."""
    # The library logs each bad entry; we report it ourselves.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL + 1)
    strings: dict[str, str] = {}
    for first, block in _blocks(lines):
        if len(block) > _LARGEST_BLOCK:
            yield Reject(source, first, f"an entry larger than {_LARGEST_BLOCK >> 20} MB")
        elif "@" in block:
            yield from _read_block(block, first, source, strings)


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield (first line, text) of about ``_BLOCK`` characters, cut where an entry starts."""
    kept: list[str] = []
    first, size = 1, 0
    for number, line in lines:
        if size > _BLOCK and _START.match(line):
            yield first, "".join(kept)
            kept, first, size = [], number, 0
        size += len(line)
        if size <= 2 * _LARGEST_BLOCK:
            kept.append(line)
    yield first, "".join(kept)


def _read_block(
    block: str, first: int, source: str, strings: dict[str, str]
) -> Iterator[Paper | Reject]:
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import (
        DuplicateBlockKeyBlock,
        DuplicateFieldKeyBlock,
        Entry,
        ParsingFailedBlock,
        String,
    )

    text = _NO_BRACE.sub(r"\1{,", block)
    text = _NO_COMMA.sub(r"\1,", _NO_KEY.sub(r"\1,", text))
    for block_found in parse_string(text, parse_stack=()).blocks:
        line = first + (block_found.start_line or 0)
        found: Block | None = block_found
        if isinstance(found, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
            found = found.ignore_error_block
        if isinstance(found, String):
            strings[found.key.lower()] = _value(str(found.value), strings)
        elif isinstance(found, Entry):
            if found.entry_type.lower() not in _NOT_PAPERS:
                yield finish(_draft(found, strings), source, line)
        elif isinstance(found, ParsingFailedBlock):
            yield Reject(source, line, "a broken BibTeX entry: its braces or commas do not match")


def _draft(entry: "Entry", strings: Mapping[str, str]) -> Draft:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), _value(str(field.value), strings))
    eprint = fields.get("eprint", "")
    arxiv = fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower() == "arxiv"
    title, subtitle = fields.get("title", ""), fields.get("subtitle", "")
    authors = split_outside_braces(fields.get("author", ""), r"\s+and\s+")
    names = (_name(author) for author in authors)
    return Draft(
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=fields.get("abstract", ""),
        given_id=latex_to_text(fields.get("x-paper-id", ""), source=True),
        doi=_bare(fields.get("doi", "")),
        arxiv=_bare(eprint) if arxiv else "",
        url=_bare(fields.get("url", "")),
        published=_date(fields),
        authors=distinct(name for name in names if name != "others"),
        organisations=_listed(fields, ("institution", "school", "affiliation"), r"\s+and\s+|;"),
        categories=_listed(fields, ("keywords",), r"[;,]"),
        texts=Texts.LATEX,
    )


def _value(value: str, strings: Mapping[str, str]) -> str:
    """Return a field's text: enclosing taken off, names of strings replaced, parts joined."""
    parts = []
    for part in split_outside_quotes(value):
        bare = part.strip()
        if len(bare) > 1 and bare[0] + bare[-1] in ('""', "{}"):
            parts.append(bare[1:-1])
        else:
            parts.append(strings.get(bare.lower(), bare))
    return "".join(parts)


def split_outside_quotes(value: str) -> list[str]:
    """Return the parts of ``"a" # {b} # c``; most values have a single one."""
    if "#" not in value:
        return [value]
    if value.strip()[:1] == "{" and value.strip()[-1:] == "}" and "} #" not in value:
        return [value]
    return split_outside_braces(_QUOTED.sub(lambda m: f"{{{m[1]}}}", value), r"\s+#\s+|#")


_QUOTED = re.compile(r'"([^"{}]*)"')


def _name(author: str) -> str:
    """Return "First Last"; a name in braces is a group's and stays as it is."""
    author = one_line(author)
    text = one_line(clean_text(author, latex_source=True))
    return text if re.fullmatch(r"\{[^{}]*\}", author) else first_last(text)


def _listed(fields: Mapping[str, str], names: Iterable[str], separator: str) -> tuple[str, ...]:
    parts = (p for name in names for p in split_outside_braces(fields.get(name, ""), separator))
    return distinct(clean_text(part, latex_source=True) for part in parts)


def _bare(address: str) -> str:
    """Return an identifier or address without LaTeX; ``~`` and ``%`` are parts of it."""
    wrapped = re.fullmatch(r"\s*\\url\{(.*)\}\s*", address)
    return re.sub(r"\\([%&#_~{}$])", r"\1", wrapped[1] if wrapped else address).strip("{} ")


def _date(fields: Mapping[str, str]) -> str:
    written = fields.get("date", "").partition("/")[0].strip()
    if written:
        return written
    year = re.sub(r"[{}\s]", "", fields.get("year", ""))
    month = month_number(fields.get("month", ""))
    day = fields.get("day", "").strip()
    if month is None:
        return year
    return f"{year}-{month:02}" + (f"-{int(day):02}" if day.isdecimal() and int(day) < 32 else "")

"""Read BibTeX and BibLaTeX: Zotero, JabRef, the ACL Anthology and hand-written files.

``bibtexparser`` reads the entries; it wants a whole text at once, so the file is handed to
it in blocks of whole entries, and ``@string`` definitions are carried along. An entry that
names its volume by ``crossref`` takes its date from there, wherever the volume stands.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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

_VOLUMES = frozenset(
    {"proceedings", "book", "collection", "mvproceedings", "mvbook", "mvcollection"}
)
_Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry as it stands in the file: its type, its key, its fields and its line."""

    kind: str
    key: str
    fields: _Fields
    line: int

    @property
    def is_volume(self) -> bool:
        """Whether others may have appeared in it."""
        return self.kind in _VOLUMES

    @property
    def dates(self) -> _Fields:
        """The fields that say when it appeared."""
        return {n: self.fields[n] for n in ("date", "year", "month") if n in self.fields}

    @property
    def volume(self) -> str:
        """The key of the volume that an undated entry appeared in, or ""."""
        return "" if self.dated else self.fields.get("crossref", "").strip().lower()

    @property
    def dated(self) -> bool:
        """Whether the entry says itself when it appeared."""
        return bool(self.fields.get("date") or self.fields.get("year"))

    def within(self, volumes: Mapping[str, _Fields]) -> _Fields:
        """Return the fields, with the date of the volume where they have none."""
        return {**volumes.get(self.volume, {}), **self.fields}


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
    """Yield the papers of a BibTeX file given as (number, line); a Reject for a bad entry.

    They come in their order, except that an entry waits for a volume that stands in a
    later block of the file.
    """
    # The library logs each bad entry; we report it ourselves.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL + 1)
    strings: dict[str, str] = {}
    volumes: dict[str, _Fields] = {}
    waiting: list[_Found] = []
    for first, block in _blocks(lines):
        if len(block) > _LARGEST_BLOCK:
            yield Reject(source, first, f"an entry larger than {_LARGEST_BLOCK >> 20} MB")
        elif "@" in block:
            found = list(_read_block(block, first, source, strings))
            volumes |= {f.key: f.dates for f in found if isinstance(f, _Found) and f.is_volume}
            for item in found:
                if isinstance(item, Reject):
                    yield item
                elif item.volume and item.volume not in volumes:
                    waiting.append(item)
                else:
                    yield finish(_draft(item.within(volumes)), source, item.line)
    for item in waiting:
        yield finish(_draft(item.within(volumes)), source, item.line)


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
) -> Iterator[_Found | Reject]:
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
                kind, key = found.entry_type.lower(), found.key.lower()
                yield _Found(kind, key, _fields(found, strings), line)
        elif isinstance(found, ParsingFailedBlock):
            yield Reject(source, line, "a broken BibTeX entry: its braces or commas do not match")


def _fields(entry: "Entry", strings: Mapping[str, str]) -> _Fields:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), _value(str(field.value), strings))
    return fields


def _draft(fields: _Fields) -> Draft:
    eprint = fields.get("eprint", "")
    arxiv = fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower() == "arxiv"
    title, subtitle = fields.get("title", ""), fields.get("subtitle", "")
    authors = split_outside_braces(fields.get("author", ""), r"\s+and\s+")
    names = [_name(author) for author in authors]
    return Draft(
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=fields.get("abstract", ""),
        given_id=latex_to_text(fields.get("x-paper-id", ""), source=True),
        doi=_bare(fields.get("doi", "")),
        arxiv=_bare(eprint) if arxiv else "",
        url=_bare(fields.get("url", "")),
        published=_date(fields),
        authors=distinct(name for name in names if name != "others"),
        more_authors="others" in names,
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

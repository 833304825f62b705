"""Read a saved text page of Hugging Face *Daily Papers*.

A page is a list of blocks set apart by blank lines: a header that ends with the date of
the crawl, then for each paper its title, its abstract and, on most pages, a line of
authors or an organisation, a dot, and a date with the number of comments. A date
without a year belongs to the year of the crawl. The header does not spell that year
out, but the page does by what it leaves out: a date of another year always carries its
year, so the crawl's year comes after every year on the page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rag.corpus.drafts import Draft, Texts, finish
from rag.records import Paper, Reject

_META = re.compile(
    r"(?P<who>[^\n]+)\n\s*·\s*\n\s*(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2})"
    r"(?:, (?P<year>\d{4}))?(?: (?P<comments>\d+))?"
)
_AUTHORS = re.compile(r"•?\s*(\d+) authors?")
_HEADER_DATE = re.compile(r"[A-Z][a-z]{2} \d{1,2}(?:, \d{4})?")
_LONGEST_TITLE = 400


class _Block(NamedTuple):
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Entry:
    title: _Block
    abstract: str
    meta: re.Match[str] | None


def looks_like_page(text: str) -> bool:
    """Tell whether ``text`` starts like a saved Daily Papers page."""
    head = text[:2000]
    return "Daily Papers" in head and "research community" in head


def iter_page(text: str, source: str, *, crawl_year: int | None = None) -> Iterator[Paper | Reject]:
    """Yield the papers of a page in their order, and a Reject for each block that is none.

    ``crawl_year`` overrides the inferred year. Without either, dates that lack a year
    are left out and reported, never guessed.
    """
    entries, rejects = _entries(_after_header(_blocks(text)), source)
    yield from rejects
    year = crawl_year or _infer_crawl_year([e.meta for e in entries if e.meta])
    for entry in entries:
        paper = _paper(entry, source, year)
        if isinstance(paper, Paper) and entry.meta and paper.published is None:
            yield Reject(
                source,
                entry.title.line,
                "the date has no year and the page does not tell it (kept without date); "
                "mend: --crawl-year YEAR",
            )
        yield paper


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    lines: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            lines.append(line)
        elif lines:
            blocks.append(_Block(number - len(lines), "\n".join(lines)))
            lines = []
    return blocks


def _after_header(blocks: Sequence[_Block]) -> Sequence[_Block]:
    for i, block in enumerate(blocks[:12]):
        if "research community" in block.text:
            dated = i + 1 < len(blocks) and _HEADER_DATE.fullmatch(blocks[i + 1].text.strip())
            return blocks[i + 2 if dated else i + 1 :]
    return blocks


def _entries(blocks: Sequence[_Block], source: str) -> tuple[list[_Entry], list[Reject]]:
    entries: list[_Entry] = []
    rejects: list[Reject] = []
    i = 0
    while i < len(blocks):
        title, i = blocks[i], i + 1
        if _META.fullmatch(title.text.strip()) or len(title.text) > _LONGEST_TITLE:
            rejects.append(Reject(source, title.line, "text without a title before it"))
            continue
        abstract: list[str] = []
        meta = None
        while i < len(blocks) and not meta:
            meta = _META.fullmatch(blocks[i].text.strip())
            if not meta and abstract and len(blocks[i].text) <= _LONGEST_TITLE:
                break  # the next title
            if not meta:
                abstract.append(blocks[i].text)
            i += 1
        if not abstract:
            rejects.append(Reject(source, title.line, "title without an abstract"))
            continue
        entries.append(_Entry(title, "\n\n".join(abstract), meta))
    return entries, rejects


def _infer_crawl_year(metas: Sequence[re.Match[str]]) -> int | None:
    years = [int(m["year"]) for m in metas if m["year"]]
    return max(years) + 1 if years else None


def _paper(entry: _Entry, source: str, crawl_year: int | None) -> Paper | Reject:
    draft = Draft(title=entry.title.text.strip(), abstract=entry.abstract, texts=Texts.EXACT)
    if entry.meta:
        meta = entry.meta
        authors = _AUTHORS.fullmatch(meta["who"].strip())
        year = int(meta["year"]) if meta["year"] else crawl_year
        draft.published = _iso(meta["month"], meta["day"], year) or ""
        draft.year_inferred = not meta["year"]
        draft.author_count = int(authors[1][:9]) if authors else None
        draft.organisations = () if authors else (_display_name(meta["who"].strip()),)
        draft.comments = int(meta["comments"][:9]) if meta["comments"] else None
    return finish(draft, source, entry.title.line)


def _iso(month: str, day: str, year: int | None) -> str | None:
    if year is None:
        return None
    try:
        return datetime.strptime(f"{month} {day} {year}", "%b %d %Y").date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _display_name(organisation: str) -> str:
    """Return "Macquarie University" of "MacquarieUni Macquarie University"."""
    _handle, _, name = organisation.partition(" ")
    return name.strip() or organisation

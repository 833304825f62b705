"""From paths to papers: find the format by content and hand over to its reader.

A new format is one more row in ``_READERS``: a test on the first bytes, and a function
from the path to papers and rejects.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.corpus import (
    anthology,
    bibtex,
    daily_papers,
    daily_papers_web,
    feeds,
    json_papers,
    parquet,
    pubmed,
    ris,
    sniffing,
    tabular,
)
from rag.corpus.folders import Finding, walk
from rag.corpus.opening import decode, iter_lines, read_document, read_head, source_name
from rag.corpus.xml_stream import root_of
from rag.errors import InputError
from rag.records import Paper, Reject

SECONDS_PER_FILE = 3600.0


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader cannot know from the file, and how long one file may take.

    ``columns`` maps our names (``title``, ``abstract`` …) to the file's; ``crawl_year`` is
    for a page without any year; ``seconds`` bounds the time spent in reading one file.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    crawl_year: int | None = None
    seconds: float = SECONDS_PER_FILE


Reader = Callable[[Path, ReadOptions], Iterator[Paper | Reject]]


def _read_page(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    text = read_document(path)
    return daily_papers.iter_page(text, source_name(path), crawl_year=options.crawl_year)


def _read_html(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return daily_papers_web.iter_html(path)


def _read_feed(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return feeds.iter_feed(path)


def _read_anthology(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return anthology.iter_anthology(path)


def _read_pubmed(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return pubmed.iter_pubmed(path)


def _read_jsonl(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return json_papers.iter_json_lines(iter_lines(path), source_name(path), options.columns)


def _read_json(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return json_papers.iter_json(path, options.columns)


def _read_ris(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return ris.iter_ris(sniffing.iter_text_lines(path), source_name(path))


def _read_bibtex(path: Path, _options: ReadOptions) -> Iterator[Paper | Reject]:
    return bibtex.iter_bibtex(sniffing.iter_text_lines(path), source_name(path))


def _read_csv(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return tabular.iter_csv(iter_lines(path), source_name(path), options.columns)


def _read_parquet(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return parquet.iter_parquet(path, options.columns)


_ROOTS = {
    "feed": ("Atom", _read_feed),
    "rss": ("RSS", _read_feed),
    "RDF": ("RSS", _read_feed),
    "collection": ("ACL Anthology XML", _read_anthology),
    "PubmedArticleSet": ("PubMed XML", _read_pubmed),
    "MedlineCitationSet": ("PubMed XML", _read_pubmed),
    "PubmedBookArticleSet": ("PubMed XML", _read_pubmed),
}
_READERS: Sequence[tuple[str, Callable[[str], bool], Reader]] = (
    ("Daily Papers page", daily_papers.looks_like_page, _read_page),
    ("saved HTML page", daily_papers_web.looks_like_html, _read_html),
    ("JSON", sniffing.looks_like_json, _read_json),
    ("JSON Lines", sniffing.looks_like_json_lines, _read_jsonl),
    ("RIS", ris.looks_like_ris, _read_ris),
    ("BibTeX", bibtex.looks_like_bibtex, _read_bibtex),
)


def read_papers(path: Path | str, options: ReadOptions | None = None) -> Iterator[Paper | Reject]:
    """Yield the papers of a file or folder in their order, and a Reject for all that is none.

    The format is found by content. Raises InputError when the file cannot be opened or
    is of no known format; within a folder such a file is one Reject.
    """
    options = options or ReadOptions()
    path = Path(path)
    findings = list(walk(path))
    if len(findings) == 1 and findings[0].given:
        return _read_file(path, options)
    return _read_folder(findings, options)


def iter_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files named by ``paths``, folders walked in name order. Raises InputError.

    Of a BEIR folder only the corpus is named, not its queries and judgements.
    """
    for path in paths:
        findings = list(walk(path))
        yield from (finding.path for finding in findings if not finding.flaw)


def _read_folder(findings: Sequence[Finding], options: ReadOptions) -> Iterator[Paper | Reject]:
    for finding in findings:
        if finding.flaw:
            yield Reject(source_name(finding.path), 0, finding.flaw)
            continue
        try:
            yield from _read_file(finding.path, options)
        except InputError as exc:
            yield _as_reject(exc, source_name(finding.path), 0)


def _read_file(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return _bounded(_reader(path, options)(path, options), source_name(path), options.seconds)


def _reader(path: Path, options: ReadOptions) -> Reader:
    """Return the reader of the file's format. Raises InputError."""
    head = read_head(path)
    name = source_name(path)
    if head.startswith(parquet.MAGIC):
        return _read_parquet
    text = decode(head).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip(" \t\r\n\ufeff"):
        raise InputError(f"{name}: the file is empty")
    root = root_of(text)
    if root in _ROOTS:
        return _ROOTS[root][1]
    for _format, fits, read in _READERS:
        if fits(text):
            return read
    if sniffing.looks_like_csv(text, options.columns):
        return _read_csv
    raise InputError(f"{name}: not a format this reads; known: {', '.join(_known_formats())}")


def _known_formats() -> list[str]:
    names = [name for name, _, _ in _READERS] + [name for name, _ in _ROOTS.values()]
    return list(dict.fromkeys([*names, "CSV", "TSV", "Parquet"]))


def _bounded(
    items: Iterator[Paper | Reject], source: str, seconds: float
) -> Iterator[Paper | Reject]:
    """Pass the items on, within ``seconds`` of reading; what breaks half way is a Reject.

    The time that the consumer takes between two items does not count.
    """
    spent, last, seen = 0.0, 0, False
    while True:
        started = time.monotonic()
        try:
            item = next(items, None)
        except InputError as exc:
            if not seen:
                raise
            yield _as_reject(exc, source, last)
            return
        if item is None:
            break
        seen = True
        last = item.line if isinstance(item, Reject) else last
        spent += time.monotonic() - started
        yield item
        if spent > seconds:
            yield Reject(source, last, f"reading took over {seconds:g} s; the rest was left out")
            return
    if not seen:
        yield Reject(source, 1, "the file holds no paper")


def _as_reject(exc: InputError, source: str, line: int) -> Reject:
    """Return the error as a Reject, with the line that its message names."""
    message = str(exc).removeprefix(f"{source}:")
    number, colon, rest = message.partition(":")
    if colon and number.strip().isdecimal():
        return Reject(source, int(number), rest.strip())
    return Reject(source, line, message.strip())

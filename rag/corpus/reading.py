"""From paths to papers: find the format by content and hand over to its reader.

A new format is one more row in ``_READERS``: a test on the first bytes, and a function
from the path to papers and rejects.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.corpus import daily_papers, tabular
from rag.corpus.opening import decode, iter_lines, read_document, read_head
from rag.errors import InputError
from rag.records import Paper, Reject

_SURROGATES = {code: "\ufffd" for code in range(0xD800, 0xE000)}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader cannot know from the file: column names, the year of a crawl."""

    columns: Mapping[str, str] = field(default_factory=dict)
    crawl_year: int | None = None


Reader = Callable[[Path, ReadOptions], Iterator[Paper | Reject]]


def _read_page(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    text = read_document(path)
    return daily_papers.iter_page(text, path.name, crawl_year=options.crawl_year)


def _read_jsonl(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return tabular.iter_jsonl(iter_lines(path), path.name, options.columns)


def _read_json(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return tabular.iter_json_array(read_document(path), path.name, options.columns)


def _read_csv(path: Path, options: ReadOptions) -> Iterator[Paper | Reject]:
    return tabular.iter_csv(iter_lines(path), path.name, options.columns)


def _is_jsonl(head: str) -> bool:
    first, _, rest = head.lstrip().partition("\n")
    return (
        first.startswith("{")
        and (first.rstrip().endswith("}") or '"' in first[:80])
        and (not rest.strip() or rest.lstrip().startswith("{") or len(first) > 20)
    )


def _is_csv(head: str) -> bool:
    header = head.lstrip("\ufeff").split("\n", 1)[0].lower()
    return "title" in header and ("," in header or "\t" in header) and len(header) < 2000


_READERS: Sequence[tuple[str, Callable[[str], bool], Reader]] = (
    ("Daily Papers page", daily_papers.looks_like_page, _read_page),
    ("JSON Lines", _is_jsonl, _read_jsonl),
    ("JSON", lambda head: head.lstrip()[:1] in ("[", "{"), _read_json),
    ("CSV or TSV", _is_csv, _read_csv),
)


def read_papers(path: Path, options: ReadOptions | None = None) -> Iterator[Paper | Reject]:
    """Yield the papers of one file in their order, and a Reject for all that is none.

    The format is found by content. Raises InputError when the file cannot be opened or
    is of no known format.
    """
    head = read_head(path)
    if not head.strip():
        raise InputError(f"{path.name}: the file is empty")
    text = decode(head)
    for _name, fits, read in _READERS:
        if fits(text.lstrip("\ufeff")):
            return (_tidy(item) for item in read(path, options or ReadOptions()))
    known = ", ".join(name for name, _, _ in _READERS)
    raise InputError(f"{path.name}: not a format this reads; known: {known}")


def _tidy(item: Paper | Reject) -> Paper | Reject:
    """Replace lone surrogates, which no file or database can hold."""
    if isinstance(item, Reject) or (item.title + item.abstract).isascii():
        return item
    from dataclasses import replace

    return replace(
        item,
        title=item.title.translate(_SURROGATES),
        abstract=item.abstract.translate(_SURROGATES),
    )


def iter_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files named by ``paths``, folders walked in name order. Raises InputError."""
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] not in "._")
            if not found:
                raise InputError(f"{path.name}: the folder holds no files")
            yield from found
        else:
            yield path

"""Walk the folders a user names: which files are to be read, and which are left out and why."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.corpus.opening import source_name
from rag.errors import InputError

_MOST_FILES = 100_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A file; ``given`` when the user named it, ``flaw`` when it is not to be opened."""

    path: Path
    given: bool = False
    flaw: str = ""


def walk(path: Path) -> Iterator[Finding]:
    """Yield the files at ``path`` in name order: itself, or all below the folder.

    Hidden files are passed over. Of a BEIR folder (``corpus.jsonl`` beside ``queries.jsonl``
    or ``qrels``) only the corpus is read. A link that leads out of the folder is a flaw.
    Raises InputError for a folder that cannot be listed or holds no file.
    """
    if not _is_folder(path):
        yield Finding(path, given=True)
        return
    found = False
    for finding in _below(path, Path(os.path.realpath(path)), 0):
        found = True
        yield finding
    if not found:
        raise InputError(f"{source_name(path)}: the folder holds no files")


def _below(folder: Path, top: Path, depth: int) -> Iterator[Finding]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as exc:
        raise InputError(f"{source_name(folder)}: {exc.strerror or 'cannot be listed'}") from exc
    if len(entries) > _MOST_FILES:
        raise InputError(f"{source_name(folder)}: over {_MOST_FILES:,} files in one folder")
    names = {entry.name.partition(".jsonl")[0] for entry in entries}
    beir = "corpus" in names and bool(names & {"queries", "qrels"})
    for entry in entries:
        if entry.name.startswith((".", "__")) or (
            beir and not entry.name.startswith("corpus.jsonl")
        ):
            continue
        if entry.is_symlink() and not Path(os.path.realpath(entry)).is_relative_to(top):
            yield Finding(entry, flaw="a link that leads out of the folder")
        elif entry.is_dir():
            if not entry.is_symlink() and depth < 32:
                yield from _below(entry, top, depth + 1)
        elif entry.is_file():
            yield Finding(entry)
        else:
            yield Finding(entry, flaw="not a regular file")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False

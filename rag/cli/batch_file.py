"""The answers of a batch in a file: what a killed run left is kept, its torn end is mended.

One object a line, each with the ``key`` of its question: a digest of question, filters and
settings. Failed and incomplete answers are asked again. One process writes at a time.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import portalocker

from rag.corpus.opening import source_name
from rag.errors import LockedError, StorageError, UsageError

_OURS = b'{"id": '  # how every line begins, and so how a torn one does
_LONGEST = 2**26  # bytes of a line


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a batch: its id, and the digest of all that shapes its answer."""

    name: str
    text: str
    key: str = ""


@dataclass(slots=True)
class _Line:
    """A whole line of the file: where it stands and what it answers."""

    start: int
    length: int
    name: str
    key: str
    whole: bool
    rename: str = ""


class BatchFile:
    """An open file of answers, held for this process alone.

    ``generations`` are the states of the index that its answers were made on.
    """

    def __init__(self, path: Path) -> None:
        """Open or create ``path``. Raises UsageError, StorageError, LockedError."""
        self._name = source_name(path)
        self._path = path
        self.generations: set[int] = set()
        if path.exists() and not path.is_file():
            raise UsageError(f"{self._name} is no file; give another --out")
        self._stream = self._opened(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stream.close()

    def resume(self, asked: Sequence[Asked]) -> list[Asked]:
        """Mend the file, and return the questions that have no answer in it yet.

        A line whose question has moved in the file of questions gets its new id.
        """
        lines = list(self._lines())
        wanted: dict[str, list[Asked]] = {}
        for one in asked:
            wanted.setdefault(one.key, []).append(one)
        kept = []
        for line in lines:
            if not line.whole:
                continue
            line.rename = _claimed(wanted, line)
            kept.append(line)
        if len(kept) < len(lines) or any(line.rename != line.name for line in kept):
            self._rewrite(kept)
        open_ = {id(one) for ones in wanted.values() for one in ones}
        return [one for one in asked if id(one) in open_]

    def append(self, row: dict[str, Any]) -> None:
        """Add an answer; it outlives this process when this returns. Raises StorageError."""
        line = json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n"
        try:
            self._stream.seek(0, os.SEEK_END)
            self._stream.write(line.encode())
            self._stream.flush()
        except OSError as exc:
            raise self._failed(exc) from exc

    def put_in_order(self, asked: Iterable[Asked]) -> None:
        """Bring the lines into the order of the questions, those of other runs first."""
        lines = list(self._lines())
        places = {(one.key, one.name): place for place, one in enumerate(asked)}
        ordered = sorted(lines, key=lambda line: places.get((line.key, line.name), -1))
        if ordered != lines:
            for line in ordered:
                line.rename = line.name
            self._rewrite(ordered)

    def _lines(self) -> Iterator[_Line]:
        """Yield the whole lines; cut off a torn one at the end. Raises UsageError."""
        start = number = 0
        while raw := self._line_at(start):
            number += 1
            row = _parsed(raw)
            if row is None and _torn(raw):
                self._stream.truncate(start)
                return
            if row is None:
                raise UsageError(f"{self._name}:{number}: no answer of a batch; give another --out")
            if not raw.endswith(b"\n"):  # all but the last byte was written
                self._stream.seek(0, os.SEEK_END)
                self._stream.write(b"\n")
                self._stream.flush()
            length = len(raw.rstrip(b"\n"))
            yield self._described(row, start, length)
            start += length + 1

    def _line_at(self, start: int) -> bytes:
        self._stream.seek(start)
        return self._stream.readline(_LONGEST)

    def _described(self, row: dict[str, Any], start: int, length: int) -> _Line:
        whole = "error" not in row and bool(row.get("complete"))
        trace = row.get("trace")
        generation = trace.get("generation") if isinstance(trace, dict) else None
        if isinstance(generation, int):
            self.generations.add(generation)
        return _Line(start, length, str(row["id"]), str(row["key"]), whole)

    def _rewrite(self, lines: Sequence[_Line]) -> None:
        """Put a file of these lines in the place of this one, at once or not at all."""
        aside = self._path.resolve().with_name(f".{self._path.name}.partial")
        try:
            fresh = self._opened(aside)
            fresh.truncate(0)
            aside.chmod(self._path.stat().st_mode & 0o777)
            for line in lines:
                fresh.write(self._renamed(line) + b"\n")
            fresh.flush()
            os.fsync(fresh.fileno())
            aside.replace(self._path.resolve())
        except OSError as exc:
            raise self._failed(exc) from exc
        self._stream.close()
        self._stream = fresh

    def _renamed(self, line: _Line) -> bytes:
        self._stream.seek(line.start)
        raw = self._stream.read(line.length)
        if line.rename == line.name:
            return raw
        return json.dumps({**json.loads(raw), "id": line.rename}, ensure_ascii=True).encode()

    def _opened(self, path: Path) -> IO[bytes]:
        """Return the file, open for reading and writing, and locked."""
        try:
            stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        except OSError as exc:
            raise self._failed(exc) from exc
        try:
            portalocker.lock(stream, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.LockException as exc:
            stream.close()
            raise LockedError(f"{self._name} is being written by another batch") from exc
        if not path.exists() or os.fstat(stream.fileno()).st_ino != path.stat().st_ino:
            stream.close()
            raise LockedError(f"{self._name} was just replaced by another batch; run again")
        return stream

    def _failed(self, exc: OSError) -> StorageError:
        return StorageError(f"{self._name} cannot be written: {exc.strerror}")


def _claimed(wanted: dict[str, list[Asked]], line: _Line) -> str:
    """Return the id of the question that a line answers, and take it off ``wanted``."""
    ones = wanted.get(line.key)
    if not ones:
        return line.name
    same = next((one for one in ones if one.name == line.name), ones[0])
    ones.remove(same)
    return same.name


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if isinstance(row, dict) and isinstance(row.get("key"), str) and "id" in row:
        return row
    return None


def _torn(raw: bytes) -> bool:
    """Return whether a line without an end is the beginning of one of ours."""
    return not raw.endswith(b"\n") and len(raw) < _LONGEST and raw.startswith(_OURS[: len(raw)])

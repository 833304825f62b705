"""The one boundary through which files come in: bytes to lines, bounded and decoded.

Compression is recognised by its first bytes. A line that is too long, not UTF-8 or
holds a NUL becomes a Reject with its number; the rest of the file is read on.
"""

import bz2
import codecs
import gzip
import io
import lzma
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from rag.errors import InputError
from rag.records import Reject

LONGEST_LINE = 16 * 2**20
LARGEST_DOCUMENT = 256 * 2**20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def open_bytes(path: Path) -> BinaryIO:
    """Open a regular file, decompressing gzip, xz and bzip2. Raises InputError."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise InputError(f"{path.name}: {kind}; give a file of papers")
        raw = path.open("rb")
        magic = raw.read(6)
        raw.seek(0)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a usable file name"
        raise InputError(f"{path.name}: {reason}") from exc
    if magic[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if magic == b"\xfd7zXZ\x00":
        return cast(BinaryIO, lzma.LZMAFile(raw))
    if magic[:3] == b"BZh":
        return cast(BinaryIO, bz2.BZ2File(raw))
    return raw


def read_head(path: Path, size: int = 65536) -> bytes:
    """Return the first bytes of the file, decompressed."""
    with open_bytes(path) as stream, _guarded(stream, path.name) as guarded:
        return guarded.read(size)


def read_document(path: Path) -> str:
    """Return the whole text of a file that has to be read at once. Raises InputError."""
    with open_bytes(path) as stream, _guarded(stream, path.name) as guarded:
        data = guarded.read(LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise InputError(f"{path.name}: larger than {LARGEST_DOCUMENT >> 20} MB; split it")
    return decode(data)


def decode(data: bytes) -> str:
    """Return the text of ``data``: by its byte-order mark, as UTF-8, else as Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def iter_lines(path: Path) -> Iterator[tuple[int, str | Reject]]:
    """Yield (1-based number, line) of a UTF-8 or UTF-16 text file, Rejects for bad lines."""
    with open_bytes(path) as stream, _guarded(stream, path.name) as guarded:
        head = guarded.peek(4)
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            yield from enumerate(io.StringIO(decode(guarded.read(LARGEST_DOCUMENT))), 1)
            return
        if head.startswith(codecs.BOM_UTF8):
            guarded.read(3)
        number = 0
        while line := guarded.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                _skip_line(guarded)
                yield number, Reject(path.name, number, f"line over {LONGEST_LINE >> 20} MB")
            else:
                yield number, _decoded_line(line, path.name, number)


class _Guarded(io.BufferedReader):
    """A buffered stream whose decompression errors are errors about the input."""

    source = ""

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return super().read(size)
        except (OSError, EOFError, lzma.LZMAError, ValueError) as exc:
            raise InputError(f"{self.source}: damaged file: {exc}") from exc

    def readline(self, size: int | None = -1, /) -> bytes:
        try:
            return super().readline(size)
        except (OSError, EOFError, lzma.LZMAError, ValueError) as exc:
            raise InputError(f"{self.source}: damaged file: {exc}") from exc


def _guarded(stream: BinaryIO, source: str) -> _Guarded:
    guarded = _Guarded(cast(io.RawIOBase, stream), 1 << 20)
    guarded.source = source
    return guarded


def _skip_line(stream: io.BufferedReader) -> None:
    while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _decoded_line(line: bytes, source: str, number: int) -> str | Reject:
    if b"\0" in line:
        return Reject(source, number, "holds a NUL byte")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as exc:
        return Reject(source, number, f"not UTF-8 (byte {exc.start + 1})")

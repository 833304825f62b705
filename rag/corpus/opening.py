"""The one boundary through which files come in: bytes to lines, bounded and decoded.

Compression is recognised by its first bytes. A line that is too long, not UTF-8 or
holds a NUL becomes a Reject with its number; the rest of the file is read on.
"""

import codecs
import io
import lzma
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from rag.corpus.unpacking import decompressed
from rag.errors import InputError
from rag.records import Reject

LONGEST_LINE = 16 * 2**20
LARGEST_DOCUMENT = 256 * 2**20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_DAMAGE = (OSError, EOFError, lzma.LZMAError, ValueError, zlib.error, MemoryError)


def source_name(path: Path) -> str:
    """Return the file's base name as messages and papers carry it: printable and short."""
    name = path.name or path.resolve().name
    name = name.encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub("\ufffd", name)[:255]


def open_bytes(path: Path) -> "Guarded":
    """Open a regular file, decompressing gzip, xz, bzip2 and Zstandard.

    Raises InputError, or MissingExtraError for Zstandard without its package.
    """
    name = source_name(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise InputError(f"{name}: {kind}; give a file of papers")
        raw = path.open("rb", buffering=0)
        magic = raw.read(6)
        raw.seek(0)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a usable file name"
        raise InputError(f"{name}: {reason}") from exc
    return Guarded(decompressed(raw, magic, name), name)


def read_head(path: Path, size: int = 65536) -> bytes:
    """Return the first bytes of the file, decompressed."""
    with open_bytes(path) as source:
        return source.read(size)


def read_document(path: Path, limit: int = LARGEST_DOCUMENT) -> str:
    """Return the whole text of a file that has to be read at once. Raises InputError."""
    name = source_name(path)
    with open_bytes(path) as source:
        data = source.read(limit + 1)
    if len(data) > limit:
        raise InputError(f"{name}: larger than {limit >> 20} MB; split it")
    return decode(data)


def decode(data: bytes) -> str:
    """Return the text of ``data``: by its byte-order mark, as UTF-8, else as Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    wide = _unmarked_utf16(data[:1024])
    if wide:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        if exc.start > len(data) - 4 and exc.reason == "unexpected end of data":
            return data[: exc.start].decode("utf-8")  # a head that was cut inside a letter
        return data.decode("cp1252", "replace")


def _unmarked_utf16(head: bytes) -> str | None:
    """Return the encoding of a text in which every second byte is NUL, as in Latin UTF-16."""
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if even > 0.8 * half and odd == 0:
        return "utf-16-be"
    return "utf-16-le" if odd > 0.8 * half and even == 0 else None


def iter_lines(path: Path) -> Iterator[tuple[int, str | Reject]]:
    """Yield (1-based number, line) of a UTF-8 or UTF-16 text file, Rejects for bad lines."""
    name = source_name(path)
    with open_bytes(path) as lines:
        head = lines.peek(1024)[:1024]
        marked = head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        if marked or _unmarked_utf16(head) or (b"\r" in head and b"\n" not in head):
            text = decode(lines.read(LARGEST_DOCUMENT))
            yield from enumerate(io.StringIO(text, newline=None), 1)
            return
        if head.startswith(codecs.BOM_UTF8):
            lines.read(3)
        number = 0
        while line := lines.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                _skip_line(lines)
                yield number, Reject(name, number, f"line over {LONGEST_LINE >> 20} MB")
            else:
                yield number, _decoded_line(line, name, number)


class Guarded(io.BufferedReader):
    """A buffered stream whose decompression errors are errors about the input."""

    def __init__(self, stream: io.RawIOBase, source: str) -> None:
        super().__init__(stream, 1 << 20)
        self.source = source

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as the base class does. Raises InputError for a damaged file."""
        try:
            return super().read(size)
        except _DAMAGE as exc:
            raise self._damaged(exc) from exc

    def peek(self, size: int = 0, /) -> bytes:
        """Look ahead as the base class does. Raises InputError for a damaged file."""
        try:
            return super().peek(size)
        except _DAMAGE as exc:
            raise self._damaged(exc) from exc

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line as the base class does. Raises InputError for a damaged file."""
        try:
            return super().readline(size)
        except _DAMAGE as exc:
            raise self._damaged(exc) from exc

    def _damaged(self, exc: BaseException) -> InputError:
        return InputError(f"{self.source}: damaged file: {exc or type(exc).__name__}")


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

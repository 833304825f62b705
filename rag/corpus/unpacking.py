"""Unpack gzip, xz, bzip2 and Zstandard on the way in, and refuse bombs."""

import bz2
import gzip
import io
import lzma
from typing import Any

from rag.errors import InputError, MissingExtraError

# What a compressed file may unpack to: enough for the largest public dumps, and no bomb.
LARGEST_STREAM = 64 * 2**30
STEEPEST_RATIO = 400
_RATIO_COUNTS_FROM = 512 * 2**20


def decompressed(raw: io.FileIO, magic: bytes, name: str) -> io.RawIOBase:
    """Return ``raw`` unpacked as its first six bytes ``magic`` say, or as it is.

    Raises MissingExtraError for Zstandard without its package. The stream raises
    InputError when it unpacks to absurdly much, and OSError, EOFError, ValueError or the
    decompressor's error when it is damaged.
    """
    if magic[:2] == b"\x1f\x8b":
        return _Measured(gzip.GzipFile(fileobj=raw), raw, name)
    if magic == b"\xfd7zXZ\x00":
        return _Measured(lzma.LZMAFile(raw), raw, name)
    if magic[:3] == b"BZh":
        return _Measured(bz2.BZ2File(raw), raw, name)
    if magic[:4] == b"\x28\xb5\x2f\xfd":
        return _Measured(_zstandard(raw, name), raw, name)
    return raw


def _zstandard(raw: io.FileIO, name: str) -> "_Translating":
    try:
        import zstandard
    except ImportError as exc:
        raw.close()
        raise MissingExtraError(
            f"{name}: Zstandard files need a package; mend: pip install 'papers-rag[zstd]'"
        ) from exc
    return _Translating(zstandard.ZstdDecompressor().stream_reader(raw))


class _Translating(io.RawIOBase):
    """A Zstandard stream whose errors are those that other decompressors raise."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Read as the stream does. Raises ValueError for damage."""
        import zstandard

        try:
            return bytes(self._stream.read1(size))
        except zstandard.ZstdError as exc:
            raise ValueError(str(exc)) from exc


class _Measured(io.RawIOBase):
    """An unpacking stream that stops when it yields absurdly much."""

    def __init__(self, stream: Any, raw: io.FileIO, name: str) -> None:
        super().__init__()
        self._stream, self._raw, self._name = stream, raw, name
        self._yielded = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer. Raises InputError past the limits."""
        piece = self._stream.read1(len(buffer))
        buffer[: len(piece)] = piece
        self._yielded += len(piece)
        packed = max(self._raw.tell(), 1)
        steep = self._yielded > _RATIO_COUNTS_FROM and self._yielded / packed > STEEPEST_RATIO
        if steep or self._yielded > LARGEST_STREAM:
            raise InputError(
                f"{self._name}: unpacks to more than {self._yielded >> 20} MB; "
                "that is no file of papers"
            )
        return len(piece)

    def close(self) -> None:
        """Close both streams."""
        if not self.closed:
            self._stream.close()
            self._raw.close()
        super().close()

"""Stream the values of a JSON file that is no JSON Lines: arrays, objects, or several of them.

The elements of an outermost array are decoded one by one, so that a dump of any length is
read in bounded memory; a single object is one value. Lines are counted on the way.
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.corpus.opening import decode, open_bytes, source_name
from rag.records import Reject

LARGEST_VALUE = 64 * 2**20
_CHUNK = 1 << 18
_BETWEEN = re.compile(r"[\s,]*")


def iter_values(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) of every element or value; a Reject as value where reading stops."""
    source = source_name(path)
    window = _Window(_iter_texts(path))
    closing = ""
    while (sign := window.skip()) is not None:
        if sign == (closing or "["):
            closing = "]" if sign == "[" else ""
            window.drop(1)
            continue
        line = window.line
        try:
            yield line, window.value()
        except (ValueError, RecursionError) as exc:
            reason = f"not JSON: {short(exc)}; the rest of the file was not read"
            yield line, Reject(source, window.line_of(exc), reason)
            return
    if closing:
        yield window.line, Reject(source, window.line, "the array is cut off: no closing ]")


def short(exc: BaseException) -> str:
    """Return the first line of an exception's message, at most 120 characters."""
    if isinstance(exc, RecursionError):
        return "nested too deeply"
    return str(exc).split("\n", 1)[0][:120] or type(exc).__name__


class _Window:
    """The part of the text that is being looked at, and how far down the file it is."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._text, self._at = "", 0
        self._decoder = json.JSONDecoder()
        self.line = 1

    def skip(self) -> str | None:
        """Skip white space and commas; return the next sign, None at the end."""
        while True:
            found = _BETWEEN.match(self._text, self._at)
            self.drop((found.end() if found else self._at) - self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return None

    def drop(self, count: int) -> None:
        """Step over ``count`` characters."""
        self.line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def value(self) -> Any:
        """Decode the value that starts here, reading on as far as it needs."""
        wanted = _CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._more():
                    break
            except json.JSONDecodeError as exc:
                # A mistake well before the end of what was read is no lack of text.
                if len(self._text) - exc.pos > _CHUNK or not self._more(wanted):
                    raise
                wanted *= 2
        self.drop(end - self._at)
        return value

    def line_of(self, exc: BaseException) -> int:
        """Return the line of a decoding error, else the line of the value."""
        if not isinstance(exc, json.JSONDecodeError):
            return self.line
        return self.line + self._text.count("\n", self._at, exc.pos)

    def _more(self, size: int = 1) -> bool:
        rest = self._text[self._at :]
        if len(rest) > LARGEST_VALUE:
            raise ValueError(f"one value is larger than {LARGEST_VALUE >> 20} MB")
        pieces, read = [rest], 0
        for piece in self._texts:
            pieces.append(piece)
            read += len(piece)
            if read >= size:
                break
        if read:
            self._text, self._at = "".join(pieces), 0
        return read > 0


def _iter_texts(path: Path) -> Iterator[str]:
    """Yield the file's text in pieces. What is not UTF-8 is decoded as ``decode`` does."""
    with open_bytes(path) as source:
        head = source.peek(1024)[:1024]
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in head:
            yield decode(source.read(LARGEST_VALUE))
            return
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        while chunk := source.read(_CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

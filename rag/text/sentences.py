"""Split an abstract into sentences that keep their character offsets.

The spans are what everything downstream quotes, so they are verbatim: a span never
rewrites, joins or drops a character inside a sentence; only white space between
sentences is left out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters, ``text[start:end]``."""

    start: int
    end: int


# A full stop after one of these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "al approx ca cf ch dr e.g eg eq eqs etc fig figs i.e ie inc jr mr mrs ms no nos prof ref "
    "refs resp sec sr st tab vol vs w.r.t viz".split()
)
# Of these, some often do end one: "… trees, graphs, etc. We show".
_MAY_END = frozenset({"etc", "al", "inc", "no"})
_END = re.compile(r"[.!?]+(?:[\"'”’)\]]|\[\d[\d, ]*\])*(?=\s)|\n\s*\n")
_WORD_BEFORE = re.compile(r"[\w.]*\w(?=\W*$)")
_STARTS_SENTENCE = re.compile(r"\s+[\"'“‘(\[]*(?:[A-Z0-9À-ÞΑ-Ω$\\]|[^\x00-\x7f])")
_CAPITAL = re.compile(r"\s+[A-Z]")
_LOWER_START = re.compile(r"\s+[a-z]")


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, in order, without overlap.

    White space between sentences belongs to none; every other character belongs to
    exactly one span. An empty or blank text has no sentences.
    """
    return list(_iter_spans(text))


def _iter_spans(text: str) -> Iterator[Span]:
    start = 0
    for match in _END.finditer(text):
        if _is_boundary(text, match):
            yield from _trimmed(text, start, match.end())
            start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        yield Span(start + left, start + right)


def _is_boundary(text: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark.isspace():
        return True
    after = match.end()
    if match.start() and text[match.start() - 1].isspace():
        return True  # " . " set apart by spaces, as in old tokenised collections
    if mark[0] != ".":
        return not _LOWER_START.match(text, after)
    if not _STARTS_SENTENCE.match(text, after):
        return False
    word = _abbreviation(text[max(0, match.start() - 20) : match.start()], mark)
    return not word or (word in _MAY_END and _CAPITAL.match(text, after) is not None)


def _abbreviation(before: str, mark: str) -> str:
    """Return the abbreviation or initial that the full stop belongs to, or nothing."""
    found = _WORD_BEFORE.search(before) if mark == "." else None
    if not found:
        return ""
    word = found.group()
    initial = len(word) == 1 and word.isupper() and before[: found.start()].rstrip()[-1:] != ","
    return word.lower() if initial or word.lower() in _ABBREVIATIONS else ""

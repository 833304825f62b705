"""Read citation marks: find them leniently, judge them strictly.

``[1]``, ``[1, 2]``, ``[1-3]``, ``[1; 2]``, ``[^1]``, ``[#1]``, ``[Source 1]``, ``【1】`` and
``【4:0†source】`` are marks; so are ``[a]`` and ``[?]``, which name nothing. Round brackets
are prose. What a mark may name is only what was offered.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

LONGEST = 60  # characters of a mark, brackets included
_WIDEST_RANGE = 100  # numbers a range may span before it counts as nonsense

_WORD = r"(?:sources?|refs?|references?|papers?|docs?|documents?|abstracts?|evidence|citations?|no)"
_NUMBER = r"\d{1,12}"
_LIST = rf"{_NUMBER}(?:\s{{0,3}}(?:[-–—−,;&/]|and\b|to\b)?\s{{0,3}}[#^]?{_NUMBER}){{0,12}}"
_INSIDE = rf"\s{{0,3}}(?:{_WORD}\s{{0,3}}[:#]?\s{{0,3}}|[#^]\s?)?{_LIST}\s{{0,3}}"
MARK = re.compile(
    rf"\[(?P<square>{_INSIDE}|[a-zA-Z]|\?|citation needed|{_WORD})\](?:\([^()\s]{{1,200}}\))?"
    rf"|【(?P<lens>{_INSIDE}|\d{{1,6}}(?::\d{{1,6}})?†[\w\-:+ ]{{0,30}})】",
    re.IGNORECASE,
)
_PIECE = re.compile(rf"(?P<low>{_NUMBER})(?:\s*(?:[-–—−]|\bto\b)\s*(?P<high>{_NUMBER}))?")
_LENS = re.compile(r"(\d{1,6})(?::\d{1,6})?†")


@dataclass(frozen=True, slots=True)
class Judged:
    """The numbers that marks name and that were offered, and the marks that named others."""

    numbers: tuple[int, ...]
    invalid: tuple[str, ...]


def judge(text: str, offered: Collection[int]) -> Judged:
    """Return what the marks of ``text`` cite: each offered number once, in order.

    A mark that names anything unoffered, or nothing, is also listed as it stood; its
    offered numbers still count.
    """
    numbers: dict[int, None] = {}
    invalid: list[str] = []
    known = set(offered)
    for match in MARK.finditer(text):
        inside = match["square"] or match["lens"]
        named, sound = _named(inside, known)
        numbers.update(dict.fromkeys(named))
        if not sound:
            invalid.append(match.group())
    return Judged(tuple(numbers), tuple(invalid))


def without_marks(text: str) -> str:
    """Return ``text`` without its marks and the white space that they leave behind."""
    bare = MARK.sub(" ", text)
    bare = re.sub(r"\s+", " ", bare)
    return re.sub(r"\s+([.,;:!?])(?=\s|[.,;:!?]|$)", r"\1", bare).strip()


def levelled(text: str) -> str:
    """Return ``text`` with every mark made a ``[0…]`` of equal length, so that offsets stay."""
    return MARK.sub(lambda m: "[" + "0" * (len(m.group()) - 2) + "]", text)


def _named(inside: str, known: set[int]) -> tuple[list[int], bool]:
    """Return the offered numbers inside a mark, and whether it names nothing else."""
    lens = _LENS.match(inside)
    pieces = [(int(lens[1]), int(lens[1]))] if lens else list(_ranges(inside))
    sound = bool(pieces)
    named: list[int] = []
    for low, high in pieces:
        if not low <= high <= low + _WIDEST_RANGE:
            sound = False
            continue
        here = [n for n in range(low, high + 1) if n in known]
        sound = sound and len(here) == high - low + 1
        named += here
    return named, sound


def _ranges(inside: str) -> Iterator[tuple[int, int]]:
    for match in _PIECE.finditer(inside):
        low = int(match["low"])
        yield low, int(match["high"] or low)

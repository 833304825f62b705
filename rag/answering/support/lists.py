"""Count the items of the lists in a text, for claims that say "three" where three are named."""

import re
from collections.abc import Iterator

_LONGEST_ITEM = 8  # words; what is longer is a clause
_PIECE = re.compile(r"[.;:()](?=\s|$)|[():]|\b(?:namely|including|e\.g\.|i\.e\.)")
_JOINT = re.compile(r",\s*(?:and|or|as well as)?\s*|\s+(?:and|or|as well as)\s+")
_NUMBERED = re.compile(r"\((?:\d|[a-h]|i{1,3}|iv|vi?)\)|\b\d[).](?=\s)")


def list_lengths(sentence: str) -> set[int]:
    """Return the lengths of the lists in ``sentence``: "A, B, and C" or "(1) … (2) … (3) …"."""
    lengths: set[int] = set()
    for piece in _PIECE.split(sentence):
        short = [len(i.split()) <= _LONGEST_ITEM for i in _JOINT.split(piece) if i.strip()]
        if len(short) >= 2:
            lengths.update({len(short), *_runs(short)})
    numbered = len(_NUMBERED.findall(sentence))
    return lengths | {numbered} if numbered else lengths


def _runs(flags: list[bool]) -> Iterator[int]:
    run = 0
    for flag in [*flags, False]:
        if flag:
            run += 1
        else:
            if run >= 2:
                yield run
            run = 0

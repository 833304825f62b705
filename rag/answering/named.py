"""The papers that a question calls by the name they give their subject: "RedDino", "AdaSPEC".

Ranking weighs a name among all the other words; who names a paper wants that one, and who
names two wants both. What is then said of them is left to extraction.
"""

import re
from collections.abc import Sequence

from rag.answering.standing_alone import method_name
from rag.records import Hit

_NO_WORD = 5  # letters from which a name with two capitals or a digit is no word: not "FaR"


def called(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits whose name stands in ``question``, best first.

    A name that a better hit of another name mentions as well tells nothing: much is
    compared with LoRA, and few questions that name it are about its paper.
    """
    found: list[Hit] = []
    others: list[Hit] = []
    for hit in hits:
        name = method_name(hit.paper)
        if name and _says(question, name) and not any(_mentions(h, name) for h in others):
            found.append(hit)
        else:
            others.append(hit)
    return found


def named_first(question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits with those that ``question`` names before the others."""
    named = called(question, hits)
    return (*named, *(hit for hit in hits if hit not in named)) if named else tuple(hits)


def _says(text: str, name: str) -> bool:
    """Return whether ``text`` has a name; one that may be a mere word must be written alike."""
    distinct = len(name) >= _NO_WORD and re.search(r"[A-Z].*[A-Z]|\d", name)
    flags = re.IGNORECASE if distinct else re.NOFLAG
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, flags) is not None


def _mentions(hit: Hit, name: str) -> bool:
    return _says(f"{hit.paper.title} {hit.paper.abstract}", name)

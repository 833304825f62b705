"""Tell the numbers that are part of a name from those that count: "Llama 2", "AIME 2024".

A model, a competition or a data set often carries a number after a space. It is looked up
with the name, never as a quantity.
"""

import re

from rag.answering.support.lexicon import glue, is_plain, stem
from rag.text.terms import STOP_WORDS

_HYPHENED = re.compile(r"(?<![\w.])[A-Za-z][\w.]*-[\w.-]*$")  # "Llama-3.2-" before "3B"
_WORD_BEFORE = re.compile(r"(?:^|[\s(/\"“])(?P<word>[A-Z][\w.@+’'-]*[\w)])\s$")
_OPENS = re.compile(r"(?:^|[.!?:]\s+|[\"“])$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"\s*(?:/\d|%|\\%|per\s?cent|points?\b|[-\s]?(?:times|fold)\b)")
_LONGEST_WORD = 30
_LARGEST_VERSION = 10.0


def belongs_to_name(text: str, start: int, end: int) -> bool:
    """Tell whether the number ``text[start:end]`` is the tail of a name."""
    before = text[max(0, start - _LONGEST_WORD) : start]
    if _HYPHENED.search(before):
        return True
    found = _WORD_BEFORE.search(before)
    number = text[start:end]
    if not found or not re.fullmatch(r"\d{1,4}(?:\.\d{1,2})?", number):
        return False
    if not _may_be_numbered(found["word"], opens=_opens(text, start - 1 - len(found["word"]))):
        return False
    if _YEAR.fullmatch(number):
        return True
    return float(number) <= _LARGEST_VERSION and not _UNIT.match(text, end)


def _may_be_numbered(word: str, *, opens: bool) -> bool:
    if sum(c.isupper() for c in word) > 1 or any(c.isdigit() for c in word):
        return True
    if word.lower() in STOP_WORDS or stem(word) in glue():
        return False
    return not opens or not is_plain(stem(word))


def _opens(text: str, at: int) -> bool:
    return bool(_OPENS.search(text[max(0, at - 4) : at]))

"""Reduce text to the terms that lexical matching compares: folded, stemmed, no stop words."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

# The function words that carry no topic. Kept short: "not", "more" or "first" may matter.
STOP_WORDS = frozenset(
    "a an and are as at be by for from has have if in into is it its of on or such that the "
    "their then there these they this to was were will with we our can which while also using "
    "use used i you he she do does did what how who whom whose when where why been being than "
    "them".split()
)
# A run of letters and digits; scripts written without spaces count each sign as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:'[^\W_]+)?")
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)?")  # the same for plain text, twice as fast


def words(text: str) -> list[str]:
    """Return the lower-case words of ``text`` in order, compatibility forms folded."""
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower())
    else:
        folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
        found = _WORD.findall(folded.lower())
    if "'" not in text and "\u2019" not in text:
        return found
    return [w.removesuffix("'s") for w in found]


def terms(text: str) -> list[str]:
    """Return the stemmed content words of ``text`` in order, with repetitions.

    >>> terms("Language models are reasoning")
    ['languag', 'model', 'reason']
    """
    kept = [w for w in words(text) if w not in STOP_WORDS]
    stemmed: list[str] = _stemmer().stemWords(kept)
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")

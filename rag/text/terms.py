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


def words(text: str) -> list[str]:
    """Return the lower-case words of ``text`` in order, compatibility forms folded."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return [w.removesuffix("'s") for w in _WORD.findall(folded.replace("\u2019", "'").lower())]


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

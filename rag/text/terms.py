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
FORMS_OF_BE = frozenset("is are was were be been being".split())
# A run of letters and digits; scripts written without spaces count each sign as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:'[^\W_]+)?")
# The same for plain text, without a pattern: each sign but letters, digits and ' parts words.
_ASCII = {i: chr(i).lower() if chr(i).isalnum() or chr(i) == "'" else " " for i in range(128)}
_REMEMBERED = 50_000  # words whose stems are kept


def words(text: str) -> list[str]:
    """Return the lower-case words of ``text`` in order, compatibility forms folded."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
        found = _WORD.findall(text.lower())
    else:
        found = text.translate(_ASCII).split()
        if "'" in text:
            found = [w for part in found for w in (_WORD.findall(part) if "'" in part else (part,))]
    return [w.removesuffix("'s") for w in found] if "'" in text else found


def terms(text: str) -> list[str]:
    """Return the stemmed content words of ``text`` in order, with repetitions.

    >>> terms("Language models are reasoning")
    ['languag', 'model', 'reason']
    """
    return [stem for stem in map(_STEMS.__getitem__, words(text)) if stem]


class _Stems(dict[str, str]):
    """The stem of each word that was met; none of a stop word. Stemming costs most of a search."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        stem: str = "" if word in STOP_WORDS else _stemmer().stemWord(word)
        self[word] = stem
        return stem


_STEMS = _Stems()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")

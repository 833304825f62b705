"""The words that the support check knows, by stem: synonyms, opposites, glue, sweeping words.

The words themselves stand in ``lexicon.toml``. What a match or an opposite *means* for a
claim is decided in ``relations.py`` and ``support.py``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.text.terms import terms

# What may follow the shorter of two stems that are forms of one word: judg|ment, exploit|abl.
_ENDINGS = frozenset(
    "s es e ed d er or ing ion ation ment mental abl ibl able ible iv ative al ial ual ic ical ist "
    "iti ity ness ful less ant ent anc enc ance ence ize is at ori ari ur y i li ly ous uous th "
    "ship ty ti wis ward ways ern hood ator tion t n r st est".split()
)
_OUR = re.compile(r"(behavi|neighb|col|fav|lab|hon|harb|endeav|rum|flav)our")
_YSE = re.compile(r"(?<=l)ys(?=(?:e[sdr]?|ing)$)")  # analyse
_ISE = re.compile(r"(?<=[lrntmcdgvh])is(?=(?:e[sd]?|ing|ations?|ers?)$)")
_KEEP_ISE = frozenset(
    "promise precise concise exercise otherwise expertise enterprise paradise merchandise premise "
    "surprise advise revise devise supervise improvise televise rise arise noise raise wise likewise "
    "comprise".split()
)


@dataclass(frozen=True)
class _Lexicon:
    everyday: frozenset[str]
    matter: frozenset[str]
    glue: frozenset[str]
    groups: Mapping[str, frozenset[int]]
    axes: Mapping[str, Mapping[str, int]]
    sweeping: Mapping[str, frozenset[str]]
    idioms: Mapping[str, str]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return the stem of one word, British and American spelling alike."""
    found = terms(_american(word.lower()))
    return found[0] if len(found) == 1 else word.lower()


def _american(word: str) -> str:
    word = _YSE.sub("yz", _OUR.sub(r"\1or", word))
    base = word.removesuffix("d").removesuffix("s") if word.endswith(("ed", "es")) else word
    if base in _KEEP_ISE or word.removesuffix("ing") + "e" in _KEEP_ISE:
        return word
    return _ISE.sub("iz", word)


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    path = Path(__file__).with_name("lexicon.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _trade() -> frozenset[str]:
    """Return the terms of the trades: apart, since only claims need them and questions wait."""
    return _stems(_file()["trade"])


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    read = _file()
    everyday = _stems(read["everyday"])
    general = _stems(read["synonyms"]) - _stems(read["terms"])
    return _Lexicon(
        everyday=everyday | general,
        matter=frozenset(read["matter"].split()),
        glue=_stems(read["glue"]),
        groups=_groups([*read["synonyms"].splitlines(), *read["terms"].splitlines()]),
        axes=_axes(read["axes"]),
        sweeping={w: _stems(v) for words, v in read["sweeping"].items() for w in words.split()},
        idioms=read["idioms"],
    )


def _groups(lines: list[str]) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(lines):
        for word_stem in _stems(line):
            found.setdefault(word_stem, set()).add(number)
    return {word_stem: frozenset(numbers) for word_stem, numbers in found.items()}


def _axes(lines: Mapping[str, str]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for axis, poles in lines.items():
        up, _, down = poles.partition("|")
        for sign, words in ((1, up), (-1, down)):
            exact = {word for word in words.split() if word.endswith("!")}
            for word_stem in exact | _stems(" ".join({*words.split()} - exact)):
                found.setdefault(word_stem, {})[axis] = sign
    return found


def glue() -> frozenset[str]:
    """Return the stems that carry no matter of their own."""
    return _lexicon().glue


def is_plain(word_stem: str) -> bool:
    """Tell whether the stem is everyday wording that paraphrases exchange freely."""
    adverb = word_stem.endswith(("li", "ly")) and len(word_stem) > 4
    return adverb or word_stem in _lexicon().everyday


def is_matter(word: str) -> bool:
    """Tell whether the word, as it stands, is one of the trade though its stem is plain."""
    return word in _lexicon().matter


def is_trade(word_stem: str) -> bool:
    """Tell whether the stem is a term that abstracts of some field use often."""
    return word_stem in _trade()


@lru_cache(maxsize=1 << 16)
def synonymous(one: str, other: str) -> bool:
    """Tell whether two stems may stand for one another, or are forms of one word."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short) and _is_ending(long[len(short) :]):
        return True
    if _share_base(one, other) or _share_base(other, one):
        return True
    groups = _lexicon().groups
    return not groups.get(one, frozenset()).isdisjoint(groups.get(other, frozenset()))


def _share_base(compared: str, other: str) -> bool:
    """Tell whether one stem is a comparative of the other's base: safer, safety."""
    bases = (compared[: -len(e)] for e in ("est", "er", "st", "r") if compared.endswith(e))
    return any(
        len(base) >= 4 and other.startswith(base) and other[len(base) :] in _ENDINGS
        for base in bases
    )


def _is_ending(rest: str) -> bool:
    """Tell whether ``rest`` is one suffix of a word, or two on end."""
    if len(rest) > 9:
        return False
    cuts = range(1, len(rest))
    return rest in _ENDINGS or any(rest[:i] in _ENDINGS and rest[i:] in _ENDINGS for i in cuts)


def directions(word_stem: str, word: str = "") -> Mapping[str, int]:
    """Return the axes on which the stem, or just this ``word``, points, each with +1 or -1."""
    axes = _lexicon().axes
    exact = axes.get(f"{word}!")
    return {**axes.get(word_stem, {}), **exact} if exact else axes.get(word_stem, {})


def sweeping() -> Mapping[str, frozenset[str]]:
    """Return for each sweeping word the stems of which one must stand in the abstract."""
    return _lexicon().sweeping


@lru_cache(maxsize=1)
def idioms() -> re.Pattern[str]:
    """Return what finds the idioms of a text; the group that matched is the word they stand for."""
    each = (f"(?P<{word}>{pattern})" for word, pattern in _lexicon().idioms.items())
    return re.compile(rf"\b(?:{'|'.join(each)})\b", re.IGNORECASE)

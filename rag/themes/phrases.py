"""Phrases of titles and abstracts: short runs of words that could name a subject.

A phrase has one to four words, crosses no punctuation, and begins and ends with content
words. Forms that differ in number, case or hyphens only are one phrase. All texts are
looked at at once, as arrays of words. Which phrases label a theme: ``labels.py``.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import adler32, crc32

import numpy as np
import numpy.typing as npt

from rag.records import Paper
from rag.themes.ensemble import Labels
from rag.themes.words import ALONE, BEGINS, ENDS, IS_GENERIC, JOINS, STANDS, kind, phrase_key

LONGEST = 4
_LEAST_CLOSED = 0.25  # share of a phrase's occurrences that end where it ends
# A title capitalises words that are written small elsewhere, so it counts little.
_IN_TITLE, _IN_ABSTRACT = 1, 3
_LESS_CAPITAL = 0.3  # of the commonest spelling's occurrences: one with fewer capitals is taken
_MANY = 100  # papers: from here on a word that is met once names nothing
_RARE = 1 << 10  # kind of such a word: beside those of ``words.py``
_END = "\0"  # of a text
_TOKEN = re.compile(
    r"[^\W_][\w+#*]*(?:[-'’./&][^\W_][\w+#*]*)*"  # a word, or what parts two clauses:
    r"|[()\[\]{}\"“”;:|$=<>\n\0]|[.!?,](?=\s)|(?<=\s)[-–—]+(?=\s)"
)
_BASE = 0x9E3779B97F4A7C15

Hashes = npt.NDArray[np.uint64]


class _Runs(NamedTuple):
    """Runs of words that are phrases: first word's place, words, hash of the key, text."""

    start: Labels
    length: Labels
    hashed: Hashes
    text: Labels
    closed: npt.NDArray[np.bool_]

    def at(self, rows: Labels) -> "_Runs":
        return _Runs(
            self.start[rows],
            self.length[rows],
            self.hashed[rows],
            self.text[rows],
            self.closed[rows],
        )


@dataclass(frozen=True, slots=True)
class PhraseCounts:
    """The phrases of papers, numbered in the order of ``hashes``.

    ``used`` and ``titled`` (papers, phrases) are sparse, 1 where a paper uses a phrase
    anywhere and in its title. The rest is what keys and spellings are read from.
    """

    used: Any
    titled: Any
    hashes: Hashes
    _tokens: Sequence[str]
    _runs: _Runs
    _bounds: Labels

    def __len__(self) -> int:
        return len(self.hashes)

    def key(self, number: int) -> str:
        """Return what all spellings of a phrase share (see ``phrase_key``)."""
        return phrase_key(self._words(self._bounds[number]))

    def spelling(self, number: int) -> str:
        """Return how a phrase is usually written, with small letters where that is common."""
        first, last = self._bounds[number : number + 2]
        times: Counter[str] = Counter()
        for run, weight in enumerate(_weights(self._runs.text[first:last]).tolist(), first):
            times[self._words(run)] += weight
        usual = min(times, key=lambda spelling: (-times[spelling], spelling))
        smaller = [
            spelling
            for spelling in times
            if spelling.lower() == usual.lower() and times[spelling] >= _LESS_CAPITAL * times[usual]
        ]
        return min(smaller, key=lambda spelling: (_capitals(spelling), -times[spelling]))

    def among(self, other: "PhraseCounts") -> Labels:
        """Return in how many papers of ``other`` each of these phrases is used."""
        papers = np.append(papers_with(other), 0)
        at = np.searchsorted(other.hashes, self.hashes)
        known = np.append(other.hashes, np.uint64(0))[at] == self.hashes
        return np.where(known, papers[at], 0)

    def _words(self, run: int) -> str:
        start = self._runs.start[run]
        return " ".join(self._tokens[start : start + self._runs.length[run]])


def papers_with(counts: PhraseCounts) -> Labels:
    """Return in how many papers each phrase is used."""
    return np.asarray(counts.used.sum(axis=0), np.int64).ravel()


def _weights(texts: Labels) -> Labels:
    """Return what an occurrence in each text counts; titles are the even texts."""
    return np.where(texts % 2 == 0, _IN_TITLE, _IN_ABSTRACT)


def _capitals(spelling: str) -> int:
    return sum(letter.isupper() for letter in spelling)


def count_phrases(papers: Sequence[Paper]) -> PhraseCounts:
    """Return the phrases of the papers' titles and abstracts, in their order.

    A run of words that nearly always goes on ("multi-view", "large vision-language") is
    the torn-off front of longer phrases and left out.
    """
    texts = (text.replace(_END, " ") for p in papers for text in (p.title, p.abstract))
    tokens = _TOKEN.findall(_END.join(texts))
    runs = _runs(tokens, rare=1 if len(papers) >= _MANY else 0)
    hashes, number = np.unique(runs.hashed, return_inverse=True)
    weight = _weights(runs.text)
    times = np.bincount(number, weight, len(hashes))
    closed = np.bincount(number, weight * runs.closed, len(hashes))
    whole = closed >= _LEAST_CLOSED * times
    kept = np.flatnonzero(whole[number])
    kept = kept[np.argsort(number[kept], kind="stable")]
    runs = runs.at(kept)
    hashes, number = np.unique(runs.hashed, return_inverse=True)
    bounds = np.searchsorted(number, np.arange(len(hashes) + 1))
    shape = (len(papers), len(hashes))
    titled = runs.text % 2 == 0
    return PhraseCounts(
        _ones(runs.text // 2, number, shape),
        _ones(runs.text[titled] // 2, number[titled], shape),
        hashes,
        tokens,
        runs,
        bounds,
    )


def _ones(rows: Labels, columns: Labels, shape: tuple[int, int]) -> Any:
    """Return a sparse matrix with a 1 wherever a pair of row and column occurs."""
    from scipy.sparse import csc_matrix

    matrix = csc_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _runs(tokens: Sequence[str], *, rare: int) -> _Runs:
    """Return the runs of the tokens that are phrases, shorter ones first.

    A token that is met ``rare`` times or less is in no phrase; it is not looked at.
    """
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    words = np.fromiter(map(vocabulary.__getitem__, tokens), np.int64, len(tokens))
    met = np.bincount(words, minlength=len(vocabulary)).tolist()
    kind_of = [
        0 if not token[0].isalnum() else kind(token) if times > rare else _RARE
        for token, times in zip(vocabulary, met, strict=True)
    ]
    hash_of = [_hash(t) if k & ~_RARE else (0, 1) for t, k in zip(vocabulary, kind_of, strict=True)]
    kinds = np.array(kind_of, np.int64)[words]
    hashed = np.array(hash_of, np.uint64).reshape(-1, 2)[words]
    text = np.cumsum(words == vocabulary.get(_END, -1))
    # A run may end with the last token, so it is followed by something that ends phrases.
    kinds = np.append(kinds, np.zeros(LONGEST, np.int64))
    found = []
    for length in range(1, LONGEST + 1):
        start = _starts(kinds, len(tokens), length)
        value, _ = hashed[start].T
        for i in range(1, length):
            value = value * hashed[start + i, 1] + hashed[start + i, 0]
        closed = kinds[start + length] & (STANDS | _RARE) == 0
        found.append(_Runs(start, np.full(len(start), length), value, text[start], closed))
    return _Runs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _starts(kinds: Labels, count: int, length: int) -> Labels:
    """Return where runs of ``length`` words are phrases."""
    first = kinds[:count]
    if length == 1:
        return np.flatnonzero((first & BEGINS != 0) & (first & ALONE != 0))
    last = kinds[length - 1 : count + length - 1]
    right = (first & BEGINS != 0) & (last & ENDS != 0) & (first & last & IS_GENERIC == 0)
    for i in range(1, length - 1):
        right &= kinds[i : count + i] & (STANDS | JOINS) != 0
    return np.flatnonzero(right)


def _hash(token: str) -> tuple[int, int]:
    """Return the hash of a word's key, and what a hash before it is multiplied by.

    Hashes of words in a row are combined so that "vision-language" and "vision language"
    come out alike.
    """
    value, base = 0, 1
    for word in phrase_key(token).split():
        letters = word.encode()
        value = (value * _BASE + (crc32(letters) << 32 | adler32(letters))) % 2**64
        base = base * _BASE % 2**64
    return value, base

"""Labels: the phrases that a theme uses and the others do not, and that go together.

Class-based TF-IDF (after Grootendorst 2022, arXiv:2203.05794) over phrases instead of
words, counted once a paper, so that one long-winded abstract names no theme. Of the best
those come first that the same papers use, so that a label has one subject.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rag.text.terms import terms
from rag.themes.ensemble import Floats, Labels, one_hot
from rag.themes.phrases import PhraseCounts, papers_with
from rag.themes.wordlists import GENERIC
from rag.themes.words import phrase_key

PHRASES_KEPT = 10
PHRASES_IN_LABEL = 3
_POOL = 40  # best-scored phrases, from which those that go together are chosen
_TOGETHER = 2.0  # how much that counts
_SHARE_POWER = 0.9
_TITLE_WEIGHT = 1.5
_LEAST_LIFT = 1.6  # times likelier in the theme than in all papers
_MOSTLY = 0.6
_WORDS_WEIGHT = {1: 0.5, 2: 1.0, 3: 1.15, 4: 1.0}


class Labeller:
    """Scores phrases for groups of the papers that ``counts`` was made from."""

    def __init__(
        self, counts: PhraseCounts, labels: Labels, background: PhraseCounts | None = None
    ) -> None:
        """``labels`` (n,) are the groups to tell apart; negative is in none.

        How rare a phrase is, is measured in ``background``, by default these papers.
        """
        self._counts = counts
        self._everywhere = papers_with(counts)
        behind = counts.among(background) if background else self._everywhere
        total = (background or counts).used.shape[0]
        self._rarity = np.log(1 + total / np.maximum(1, behind))
        inside = one_hot(labels[None, :], int(labels.max(initial=-1)) + 1).T
        self._sizes = np.asarray(inside.sum(axis=1), np.int64).ravel()
        self._used: Floats = (inside @ counts.used).toarray()
        self._titled: Floats = (inside @ counts.titled).toarray()
        self._numbers: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._ranked: dict[int, list[str]] = {}

    def phrases(self, group: int, limit: int = PHRASES_KEPT) -> list[str]:
        """Return the keys of the group's most telling phrases, best first, none nested."""
        if group not in self._ranked:
            scores = self._scores(group)
            self._ranked[group] = self._going_together(self._pool(group, scores), scores)
        return self._ranked[group][:limit]

    def _scores(self, group: int) -> dict[str, float]:
        size, used = self._sizes[group], self._used[group]
        common = np.flatnonzero(used >= min(3, size, 2 + size // 12))
        keys = [self._key(number) for number in common.tolist()]
        torn = _torn(dict(zip(keys, used[common].tolist(), strict=True)))
        share = (used + _TITLE_WEIGHT * self._titled[group])[common] / (size + 2)
        scores = share**_SHARE_POWER * self._rarity[common]
        telling = np.ones(len(common), np.bool_)
        if size < self._counts.used.shape[0]:
            # how many times likelier a phrase is here than among all papers
            lift = used[common] / size * self._counts.used.shape[0] / self._everywhere[common]
            scores *= 1 - 1 / lift
            telling = lift >= _LEAST_LIFT
        return {
            key: score * _WORDS_WEIGHT.get(key.count(" ") + 1, 0.8)
            for key, score, high in zip(keys, scores.tolist(), telling.tolist(), strict=True)
            if high and key not in torn
        }

    def _key(self, number: int) -> str:
        if number not in self._keys:
            key = self._keys[number] = self._counts.key(number)
            self._numbers[key] = number
        return self._keys[number]

    def _pool(self, group: int, scores: Mapping[str, float]) -> list[str]:
        """Return the best-scored phrases, none of them a part of another."""
        chosen: list[str] = []
        for key in sorted(scores, key=lambda key: (-scores[key], key)):
            if len(chosen) == _POOL:
                break
            self._take(key, chosen, group)
        return chosen

    def _take(self, key: str, chosen: list[str], group: int) -> None:
        """Add ``key`` unless it repeats one that is there; a longer form may replace it."""
        words = set(key.split())
        for i, other in enumerate(chosen):
            theirs = set(other.split())
            if theirs < words and self.share(group, key) >= 0.6 * self.share(group, other):
                chosen[i] = key  # "monte carlo" → "monte carlo tree search"
                return
            if words <= theirs or theirs <= words:
                return
        chosen.append(key)

    def _going_together(self, pool: Sequence[str], scores: Mapping[str, float]) -> list[str]:
        """Return the pool in an order in which each phrase goes with those before it."""
        if len(pool) < 3:
            return list(pool)
        near = _npmi(self._counts.used[:, [self._numbers[key] for key in pool]])
        score = np.array([scores[key] for key in pool])
        left = np.ones(len(pool), np.bool_)
        sums = np.zeros(len(pool))
        order: list[int] = []
        while left.any():
            together = 1 + _TOGETHER * sums / max(1, len(order))
            best = int(np.where(left, score * together, -np.inf).argmax())
            order.append(best)
            left[best] = False
            sums += near[best]
        return [pool[i] for i in order]

    def show(self, key: str) -> str:
        """Return a phrase as it is usually written."""
        return self._counts.spelling(self._numbers[key])

    def share(self, group: int, key: str) -> float:
        """Return the share of the group's papers, in [0, 1], that use a phrase."""
        return float(self._used[group, self._numbers[key]] / max(1, self._sizes[group]))


def _npmi(uses: Any) -> Floats:
    """Return how much rather than by chance, in [−1, 1], the same papers use two phrases.

    ``uses`` (papers, phrases), sparse, is 1 where a paper uses a phrase. Normalised pointwise
    mutual information (Bouma 2009), half a paper added to each pair's count.
    """
    total = uses.shape[0] + 1
    both = ((uses.T @ uses).toarray() + 0.5) / total
    alone = both.diagonal()
    near: Floats = np.log(both / np.outer(alone, alone)) / -np.log(both)
    return near


def _torn(common: Mapping[str, float]) -> set[str]:
    """Return the phrases that mostly occur inside one longer phrase."""
    torn: set[str] = set()
    for key, count in common.items():
        _, _, rest = key.partition(" ")
        start = key.rpartition(" ")[0]
        torn.update(
            part
            for part in (rest, start)
            if part and count >= _MOSTLY * common.get(part, count + 1)
        )
    return torn


def label_of(phrases: Sequence[str]) -> str:
    """Return a label of the first three phrases that say something new.

    Names of single models or data sets ("GPT-4", "MATH-500") and acronyms of what is
    spelled out beside them are passed over. Where fewer than three are all new, those
    come in that are new in part: "quantum circuits, qubits, quantum error correction".
    """
    fit = [p for p in phrases if not (_is_name(p) or _is_acronym(p, phrases))]
    chosen: list[str] = []
    seen: set[str] = set()
    for least_new in (1.0, 0.5):
        for phrase in fit:
            stems = _stems(phrase)
            new = len(stems - seen) >= max(1, least_new * len(stems))
            if len(chosen) < PHRASES_IN_LABEL and new and phrase not in chosen:
                chosen.append(phrase)
                seen |= stems
    text = ", ".join(chosen or phrases[:PHRASES_IN_LABEL])
    return text[:1].upper() + text[1:]


def _stems(phrase: str) -> set[str]:
    """Return the stems of a phrase's telling words: "system" is nothing new anywhere."""
    words = phrase_key(phrase).split()
    return set(terms(" ".join(w for w in words if w not in GENERIC) or phrase))


def _is_name(phrase: str) -> bool:
    return " " not in phrase and any(letter.isdigit() for letter in phrase)


def _is_acronym(phrase: str, others: Sequence[str]) -> bool:
    short = phrase.removesuffix("s")
    if not short.isalpha() or sum(letter.isupper() for letter in short) < 2:
        return False
    initials = ("".join(w[0] for w in re.split(r"[\s-]+", other) if w) for other in others)
    return any(short.lower() in initial.lower() or short.endswith("LLM") for initial in initials)

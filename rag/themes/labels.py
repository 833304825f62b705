"""Labels: the phrases that a theme uses and the others do not.

Class-based TF-IDF (after Grootendorst 2022, arXiv:2203.05794) over phrases instead of
words, counted once a paper, so that one long-winded abstract names no theme.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.themes.ensemble import Labels
from rag.themes.phrases import PhraseCounts, phrase_key

PHRASES_KEPT = 10
PHRASES_IN_LABEL = 3
_TITLE_WEIGHT = 1.5
_LEAST_LIFT = 1.6  # times likelier in the theme than in all papers
_MOSTLY = 0.6
_WORDS_WEIGHT = {1: 0.6, 2: 1.0, 3: 1.15, 4: 1.0}


class Labeller:
    """Scores phrases for groups of the papers that ``counts`` was made from."""

    def __init__(
        self, counts: PhraseCounts, labels: Labels, background: PhraseCounts | None = None
    ) -> None:
        """``labels`` (n,) are the groups to tell apart; negative is in none.

        How rare a phrase is, is measured in ``background``, by default these papers.
        """
        self._counts = counts
        self._everywhere = _papers_with(counts)
        self._background = _papers_with(background) if background else self._everywhere
        self._background_size = len((background or counts).used)
        self._members = [
            [i for i, label in enumerate(labels) if label == number]
            for number in range(int(labels.max(initial=-1)) + 1)
        ]
        self._used = [self._count(members) for members in self._members]

    def _count(self, members: Sequence[int]) -> Counter[str]:
        return Counter(key for i in members for key in self._counts.used[i])

    def phrases(self, group: int, limit: int = PHRASES_KEPT) -> list[str]:
        """Return the keys of the group's most telling phrases, best first, none nested."""
        scores = self._scores(group)
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        chosen: list[str] = []
        for key in ranked:
            if len(chosen) == limit:
                break
            self._take(key, chosen, self._used[group])
        return chosen

    def _scores(self, group: int) -> dict[str, float]:
        members, used = self._members[group], self._used[group]
        titled = Counter(key for i in members for key in self._counts.titled[i])
        least = min(3, len(members), 2 + len(members) // 12)
        common = {key: count for key, count in used.items() if count >= least}
        torn = _torn(common)
        scores = {}
        for key, count in common.items():
            lift = self._lift(group, key)
            if key in torn or lift < _LEAST_LIFT:
                continue
            weight = (count + _TITLE_WEIGHT * titled[key]) / (len(members) + 2)
            rarity = math.log(1 + self._background_size / max(1, self._background[key]))
            length = _WORDS_WEIGHT.get(len(key.split()), 0.8)
            scores[key] = (
                weight**0.75 * rarity * length * (1 - 1 / lift if self._others(group) else 1)
            )
        return scores

    def _others(self, group: int) -> int:
        return len(self._counts.used) - len(self._members[group])

    def _lift(self, group: int, key: str) -> float:
        """Return how many times likelier a phrase is here than among all papers."""
        if not self._others(group):
            return _LEAST_LIFT
        here = self._used[group][key] / len(self._members[group])
        return here * len(self._counts.used) / self._everywhere[key]

    def _take(self, key: str, chosen: list[str], used: Counter[str]) -> None:
        """Add ``key`` unless it repeats one that is there; a longer form may replace it."""
        words = set(key.split())
        for i, other in enumerate(chosen):
            theirs = set(other.split())
            if theirs < words and used[key] >= 0.6 * used[other]:
                chosen[i] = key  # "monte carlo" → "monte carlo tree search"
                return
            if words <= theirs or theirs <= words:
                return
        chosen.append(key)

    def show(self, key: str) -> str:
        """Return a phrase as it is usually written."""
        return self._counts.surface[key]

    def share(self, group: int, key: str) -> float:
        """Return the share of the group's papers, in [0, 1], that use a phrase."""
        return self._used[group][key] / max(1, len(self._members[group]))


def _papers_with(counts: PhraseCounts) -> Counter[str]:
    return Counter(key for used in counts.used for key in used)


def _torn(common: Mapping[str, int]) -> set[str]:
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
    spelled out beside them are passed over.
    """
    chosen: list[str] = []
    seen: set[str] = set()
    for phrase in phrases:
        stems = set(phrase_key(phrase).split())
        if stems & seen or _is_name(phrase) or _is_acronym(phrase, phrases):
            continue
        chosen.append(phrase)
        seen |= stems
        if len(chosen) == PHRASES_IN_LABEL:
            break
    text = ", ".join(chosen or phrases[:PHRASES_IN_LABEL])
    return text[:1].upper() + text[1:]


def _is_name(phrase: str) -> bool:
    return " " not in phrase and any(letter.isdigit() for letter in phrase)


def _is_acronym(phrase: str, others: Sequence[str]) -> bool:
    short = phrase.rstrip("s")
    if " " in phrase or not short.isupper():
        return False
    initials = ("".join(w[0] for w in re.split(r"[\s-]+", other) if w) for other in others)
    return any(short.lower() in initial.lower() or short.endswith("LLM") for initial in initials)

"""Phrases of titles and abstracts: short runs of words that could name a subject.

A phrase has one to four words, crosses no punctuation, and begins and ends with content
words. Forms that differ in number, case or hyphens only are one phrase. Which phrases
label a theme is decided in ``labels.py``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.records import Paper
from rag.themes.wordlists import FUNCTION_WORDS, GENERIC, HEADS_ONLY, JOINTS, OPENERS

LONGEST = 4
_LEAST_CLOSED = 0.25  # share of a phrase's occurrences that end where it ends
_TELLING = frozenset({"world", "tool", "code"})  # generic words that make a phrase even so
_CLAUSE = re.compile(r"[.!?;:,()\[\]{}\"“”$|=<>]+(?:\s|$)|[()\[\]{}\"“”;:|$=<>]|\s[-–—]+\s|\n")
_WORD = re.compile(r"[^\W_][\w+#*]*(?:[-'’./&][^\W_][\w+#*]*)*")
_ADVERB_OR_VERB = re.compile(r".{3,}(ly|ized|ised|izes|ises)$")
_ING_NOUNS = frozenset(
    "learning reasoning planning driving training tuning modeling modelling prompting thinking "
    "debugging engineering search-ing coding computing programming sampling scaling imaging "
    "sensing mapping parsing ranking grounding pruning shaping hacking editing rendering routing "
    "clustering forecasting testing fine-tuning finetuning pretraining pre-training role-playing "
    "self-training decoding encoding embedding understanding processing gaming self-improving "
    "spring string ring bring thing doping annealing overthinking navigating roleplaying "
    "conditioning matching mixing coupling ordering scattering tunneling lasing cooling "
    "post-training cloning unlearning meta-learning co-training counseling distilling self-evolving "
    "manufacturing monitoring tracking bidding voting pricing networking signaling denoising "
    "alloying bonding screening trapping squeezing steering splitting broadcasting beamforming "
    "answering handling manipulating filtering proving theorem-proving interviewing".split()
)
_ADJECTIVE = re.compile(
    r".{2,}(ed|able|ible|ive|ous|ful|less|al|ic|ary|ish)$"
    r"|.+-(driven|time|shot|loop|end|turn|wise|free|level|aware|source|scale|step|order|world"
    r"|horizon|round|bit|hop|pass|art|life|way|up|down|by-step|of-the-art|efficient|quality)$"
)
_NOUNS_LIKE_ADJECTIVES = frozenset(
    "seed speed feed need objective narrative perspective variable vocabulary dictionary library "
    "primitive adversary alternative incentive boundary executive binary motive drive embed "
    "summary commentary goal retrieval signal trial crystal metal animal journal proposal removal "
    "interval refusal withdrawal potential logic music traffic arithmetic heuristic statistic "
    "ceramic pandemic critic graphic fabric clinic appraisal rehearsal rehabilitation portal "
    "hydrofoil canal removal disposal glossary itinerary table cable fable bottleneck "
    "superlattice magnetic-field quadrupedal dialog rational".split()
)


@dataclass(frozen=True, slots=True)
class PhraseCounts:
    """Of each paper, the phrases it uses (``used``) and those of its title (``titled``).

    ``surface`` gives the usual spelling of a phrase's key.
    """

    used: tuple[frozenset[str], ...]
    titled: tuple[frozenset[str], ...]
    surface: dict[str, str]


class _Found:
    """How often a spelling was met, and how often it closed its noun phrase there."""

    __slots__ = ("closed", "times")

    def __init__(self) -> None:
        self.times = 0
        self.closed = 0


def count_phrases(papers: Sequence[Paper]) -> PhraseCounts:
    """Return the phrases of the papers' titles and abstracts, in their order.

    A run of words that nearly always goes on ("multi-view", "large vision-language") is
    the torn-off front of longer phrases and left out.
    """
    met: dict[str, _Found] = {}
    titles = [_spellings(paper.title, met, 1) for paper in papers]
    # A title capitalises words that are written small elsewhere, so it counts little.
    abstracts = [_spellings(paper.abstract, met, 3) for paper in papers]
    forms: dict[str, dict[str, _Found]] = {}
    for spelling, found in met.items():
        forms.setdefault(phrase_key(spelling), {})[spelling] = found
    surface = {key: _usual(found) for key, found in forms.items() if _closes(found.values())}
    key_of = {s: key for key, found in forms.items() if key in surface for s in found}
    titled = [frozenset(key_of[s] for s in title if s in key_of) for title in titles]
    used = [
        frozenset(key_of[s] for s in abstract if s in key_of) | title
        for abstract, title in zip(abstracts, titled, strict=True)
    ]
    return PhraseCounts(tuple(used), tuple(titled), surface)


def _usual(found: dict[str, _Found]) -> str:
    return min(found, key=lambda spelling: (-found[spelling].times, spelling))


def _closes(found: Iterable[_Found]) -> bool:
    times, closed = 0, 0
    for one in found:
        times += one.times
        closed += one.closed
    return closed >= _LEAST_CLOSED * times


def phrase_key(phrase: str) -> str:
    """Return what equal phrases share: small letters, no hyphens, singular.

    >>> phrase_key("Vision-Language Models") == phrase_key("vision language model")
    True
    """
    return " ".join([_singular(word) for word in phrase.lower().replace("-", " ").split()])


@lru_cache(maxsize=100_000)
def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _spellings(text: str, met: dict[str, _Found], weight: int) -> set[str]:
    """Return the phrases of a text as they are written, and note them in ``met``."""
    here = set()
    for clause in _CLAUSE.split(text):
        words = _WORD.findall(clause)
        kinds = [_kind(word) for word in words]
        for start, end in _runs(kinds):
            spelling = words[start] if end == start + 1 else " ".join(words[start:end])
            here.add(spelling)
            found = met.get(spelling)
            if found is None:
                found = met[spelling] = _Found()
            found.times += weight
            if end == len(words) or not kinds[end] & _STANDS:
                found.closed += weight
    return here


def _runs(kinds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the runs of words that are phrases."""
    count = len(kinds)
    for start, first in enumerate(kinds):
        if not first & _BEGINS:
            continue
        if first & _ALONE:
            yield start, start + 1
        for last in range(start + 1, min(start + LONGEST, count)):
            kind = kinds[last]
            if kind & _ENDS and not first & kind & _GENERIC:
                yield start, last + 1
            if not kind & (_STANDS | _JOINS):
                break


_STANDS, _BEGINS, _ENDS, _ALONE, _JOINS, _GENERIC = 1, 2, 4, 8, 16, 32


@lru_cache(maxsize=200_000)
def _kind(written: str) -> int:
    """Return where a word may stand in a phrase, as a sum of flags."""
    word = written.lower()
    if word in JOINTS:
        return _JOINS
    if not _can_stand(word):
        return 0
    begins, ends = _can_begin(word), _can_end(word)
    alone = begins and ends and word not in HEADS_ONLY and word not in OPENERS
    generic = word in GENERIC and word not in _TELLING
    return _STANDS + _BEGINS * begins + _ENDS * ends + _ALONE * alone + _GENERIC * generic


def _can_stand(word: str) -> bool:
    if word in FUNCTION_WORDS or len(word) < 2 or ".com" in word or word.count("/") > 1:
        return False
    return not _ADVERB_OR_VERB.match(word)


def _can_begin(word: str) -> bool:
    if not _can_stand(word) or word[0].isdigit():
        return False
    if word.endswith("ing") and not _is_ing_noun(word):
        return False
    return word not in GENERIC or word in OPENERS


def _can_end(word: str) -> bool:
    if not _can_stand(word) or word.isdigit():
        return False
    if _ADJECTIVE.match(word) and phrase_key(word) not in _NOUNS_LIKE_ADJECTIVES:
        return False
    return word not in GENERIC or word in HEADS_ONLY


def _is_ing_noun(word: str) -> bool:
    return word in _ING_NOUNS or word.rpartition("-")[2] in _ING_NOUNS

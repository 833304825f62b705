"""The words by which a question shows that it speaks of papers and of their fields.

Shared by the readings of dates, organisations and counts; each decides for itself which
of these words it needs near an expression before it believes it.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """A stretch ``text[start:end]`` of a question and what it means.

    ``values`` are fields of Filters; ``why_not`` says, when it is set, why the stretch is
    to be left alone all the same.
    """

    start: int
    end: int
    values: dict[str, Any]
    why_not: str = ""


_NUMBER_WORDS = {
    word: number
    for number, words in {
        0: "zero no", 1: "one single", 2: "two couple", 3: "three", 4: "four", 5: "five", 6: "six",
        7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve dozen",
        13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen",
        18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty",
        60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred",
    }.items()
    for word in words.split()
}  # fmt: skip
NUMBER = r"(?:\d{1,4}(?![.,]?\d)|(?:an? )?(?:" + "|".join(_NUMBER_WORDS) + r")\b(?: of)?)"

PAPER_NOUN = (
    r"(?:papers?|articles?|publications?|preprints?|manuscripts?|works?|stud(?:y|ies)|"
    r"surveys?|reviews?|literature|technical reports?|contributions?|submissions?)"
)
AUTHOR = r"(?:co-?)?authors?"
UPVOTE = r"(?:up-?votes?|likes|thumbs[- ]ups?)"
ONE_PAPER = r"(?:paper|article|publication|preprint|manuscript|work|study|survey|review|one|thing)"
PEOPLE = r"(?:people|persons?|researchers?|scientists?|writers?|individuals|hands)"
# What shows that a question is about the literature, wherever it stands in it.
_LITERATURE = re.compile(
    r"\b(?:papers?|articles?|publications?|preprints?|manuscripts?|works|stud(?:y|ies)|"
    r"surveys?|reviews|literature|technical reports?|research|publish(?:ed|es)?|appeared|came out|"
    r"come out|(?:was|were|been) written|worked on|been done|(?:was|is) there|"
    r"(?:has|have) any(?:one|body)|who (?:has|have)|what'?s new|is new|anything|everything|"
    r"(?:any|recent|prior|latest|newest|oldest|earliest|which|what|more|some|all|single-author|"
    r"solo) work|work (?:on|about|in|from|of|that|here|by|since|published))\b",
    re.IGNORECASE,
)
# Nouns whose own date, maker or number of comments a question may name instead.
EVENTS = frozenset(
    "data dataset datasets tweets posts threads news events event election elections pandemic "
    "outbreak crisis war olympics competition competitions contest contests challenge exam exams "
    "census cutoff snapshot dump version versions logs records patients users beneficiaries "
    "problems questions recordings sales prices market knowledge videos issues texts essays "
    "stories books novels messages emails poems songs films".split()
)
# What papers are about as well as what is made: "models from 2023", but "models in 2023"?
PRODUCTS = frozenset(
    "reviews code games model models llm llms vlm vlms lm lms chatbot chatbots gpt "
    "agents tools tool api apis search system systems "
    "product products benchmark benchmarks checkpoint checkpoints weights releases".split()
)
NOT_PAPERS = EVENTS | PRODUCTS
_WORD = re.compile(r"[\w'’.+-]*\w|[^\w\s]")


def number(text: str) -> int:
    """Return the number that a match of ``NUMBER`` stands for."""
    word = text.lower().removesuffix(" of").rsplit(" ", 1)[-1]
    return int(word) if word.isdigit() else _NUMBER_WORDS[word]


@lru_cache(maxsize=64)
def speaks_of_papers(text: str) -> bool:
    """Tell whether the question is about the literature rather than about the world."""
    return _LITERATURE.search(text) is not None


def words_before(text: str, position: int) -> list[str]:
    """Return up to four words or signs that stand before ``position``, in order."""
    return _WORD.findall(text[max(0, position - 80) : position])[-4:]


def words_after(text: str, position: int) -> list[str]:
    """Return up to five words or signs that stand from ``position`` on, in order."""
    return _WORD.findall(text[position : position + 100])[:5]


def is_negated(text: str, position: int) -> bool:
    """Tell whether one of the two words before ``position`` turns what follows round."""
    before = [word.lower() for word in words_before(text, position)[-2:]]
    return any(
        word in {"not", "never", "except", "excluding", "neither", "nor", "besides"}
        or word.endswith(("n't", "n’t"))
        for word in before
    ) or before == ["other", "than"]

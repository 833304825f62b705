"""What sort of answer a question asks for, and what in it must be found for an answer to fit.

A question after a figure needs a figure beside the thing asked about; one after a licence,
a price or the hardware needs a sentence that speaks of it, and abstracts seldom have one;
one that names Spanish or Solidity is not answered by a paper that names neither.
"""

import re
from collections.abc import Iterator

from rag.text.terms import terms, words

_ASKS_FOR_A_FIGURE = re.compile(
    r"\bhow (?:many|much|large|big|long|few|far|often|fast|well|high|closely|low|accurate|badly|"
    r"good)\b|\b(?:what|which) (?:\w+ ){0,2}?(?:share|percentage|fraction|proportion|score|accuracy|"
    r"number|rate|cost)\b|\b(?:percent|percentage|share|points|milliseconds|hours)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|twice|doubl(?:e|es|ed|ing)|"
    r"third|dozen|hundred|thousand|million|billion)\b",
    re.IGNORECASE,
)
# Circumstances of a study that its abstract seldom tells. Of some, questions speak in
# passing ("what removes the cost"); they count where they are what is asked for.
_CIRCUMSTANCE = re.compile(
    r"\b(?:licen[cs]\w+|commercially|gpus?|tpus?|wall-clock|fines|salary|milliseconds?|kwh|co2|"
    r"emissions|watts?|annotators?|inter-annotator|kappa|hyperparameters?|learning rate|"
    r"batch size|epochs?|frame rate|funded|funding|grant|e-?mail|programming languages?|"
    r"which (?:(?:specific|base|backbone|underlying|pretrained) )*(?:language )?models?|"
    r"(?:which|what) (?:make|brand)|retention|(?:sampling|softmax) temperature|warm-?up)\b",
    re.IGNORECASE,
)
_ASKED_CIRCUMSTANCE = re.compile(
    r"\b(?:(?:how (?:many|much)|what (?:is|was|are|were|does|did|do|would))\b(?: [\w'-]+){0,9}?|what)"
    r" (hours|days|costs?|price|budget|fees?|latency|seconds|throughput|parameters|energy|power|"
    r"memory|hardware|gender|dosage|side effects?)\b",
    re.IGNORECASE,
)
# What tells a circumstance in other words than the question's, by the term that asks for it.
_HARDWARE = r"\b(?:gpus?|tpus?|nvidia|rtx|geforce|[ahv]100s?|h[28]00s?|jetson)\b"
_TOLD_BY = {
    term: re.compile(pattern, re.IGNORECASE)
    for names, pattern in (
        ("gpu gpus tpu tpus hardware", _HARDWARE),
        ("licence license licensed", r"\b(?:licen[cs]\w+|apache|creative commons|cc[- ]by)\b"),
        ("hours days seconds milliseconds latency",
         r"\d\s?(?:hours?|days?|minutes?|min|seconds?|ms|s)\b"),
        ("cost costs", r"\b(?:overheads?|expens\w+|cheap\w*)\b"),
        ("memory", r"\d\s?(?:gb|mb|gigabytes?)\b"),
        ("parameters", r"\d\s?(?:[bm]|billion|million)\b"),
    )
    for term in terms(names)
}  # fmt: skip
# Those who took part in a study, of whom abstracts seldom give the number.
_PEOPLE = (
    r"(?:people|persons|participants|subjects|volunteers|patients|clinicians|doctors|physicians|"
    r"students|teachers|trainees|trainers|children|annotators|raters|experts|judges|workers|"
    r"interviewees|respondents|speakers|signers)"
)
_HOW_MANY_PEOPLE = re.compile(
    rf"\b(?:how many|number of) (?:[\w-]+ ){{0,3}}?{_PEOPLE}\b", re.IGNORECASE
)
_SO_MANY_PEOPLE = re.compile(
    rf"(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|thousands?))"
    rf"[\d,.]*\+?(?: [\w-]+){{0,3}}? {_PEOPLE}\b|\bn\s?=\s?\d|\b{_PEOPLE} \(\d",
    re.IGNORECASE,
)
_WHY = re.compile(r"^\s*(?:why|how come)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:how (?:many|much|large|big|long|few|far|often|fast|well|high|closely|low|accurate|"
    r"badly|good)|which|what|who|whose|when|where)\b\s+([^,?.;:]*)",
    re.IGNORECASE,
)
# "How much does it gain": what is counted is not named right after the words of asking.
_VERB_FIRST = re.compile(
    r"(?:does|do|did|is|are|was|were|can|could|will|would|has|have|should)\b", re.IGNORECASE
)
# Proper nouns; codes and acronyms are too often written in full, or another way, in the answer.
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][a-z]{3,}\b(?!-)")
# Words that head what is asked without saying what it is.
_EMPTY = frozenset(
    terms(
        "many much number share percent percentage paper papers work study authors model models "
        "method approach language llm one two three good well large specific"
    )
)
_ASKED_WORDS = 2


def asks_for_figure(question: str) -> bool:
    """Return whether the answer must hold a number.

    >>> asks_for_figure("How many tokens are saved?")
    True
    """
    return _ASKS_FOR_A_FIGURE.search(question) is not None


def has_figure(sentence: str) -> bool:
    """Return whether a sentence holds a number, in digits or words."""
    return _FIGURE.search(sentence) is not None


def circumstances(question: str) -> list[str]:
    """Return the terms of the question for circumstances that abstracts seldom tell."""
    found = [match.group() for match in _CIRCUMSTANCE.finditer(question)]
    if not _WHY.match(question):
        found += [match[1] for match in _ASKED_CIRCUMSTANCE.finditer(question)]
    return [term for phrase in found for term in terms(phrase)]


def lacks_people(question: str, text: str) -> bool:
    """Return whether a number of people is asked for that ``text`` does not give.

    >>> lacks_people("How many doctors were asked?", "We asked 12 senior doctors.")
    False
    """
    return _HOW_MANY_PEOPLE.search(question) is not None and not _SO_MANY_PEOPLE.search(text)


def is_told(term: str, text: str) -> bool:
    """Return whether ``text`` tells a circumstance asked for, be it in other words.

    >>> is_told("gpu", "It runs on a single RTX 4090.")
    True
    """
    return term in terms(text) or (term in _TOLD_BY and bool(_TOLD_BY[term].search(text)))


def asked_terms(question: str) -> list[str]:
    """Return the terms that head what is asked: "how many *GPU hours* …".

    >>> asked_terms("How many tokens are saved by pruning?")
    ['token', 'save']
    """
    phrases = (asked[1] for asked in _ASKED.finditer(question))
    return [term for phrase in phrases if not _VERB_FIRST.match(phrase) for term in _heads(phrase)]


def _heads(phrase: str) -> Iterator[str]:
    heads = (term for word in words(phrase) for term in terms(word) if term not in _EMPTY)
    for _, term in zip(range(_ASKED_WORDS), heads, strict=False):
        yield term


def names(question: str) -> list[str]:
    """Return the proper nouns in the question, its first word left aside."""
    return [match.group() for match in _NAME.finditer(question)]

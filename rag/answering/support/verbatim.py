"""Recognise a claim that is the abstract's own sentence, perhaps with its subject spelled out.

"It reduces cost." may be quoted as "GLENS reduces cost.", as "GLENS: It reduces cost." or
without its opening "Moreover,". Nothing else may be added or left out.
"""

from collections.abc import Iterator, Sequence

from rag.answering.support.names import names
from rag.answering.support.wording import Token, Wording

_SUBJECTS = (
    ("it",), ("they",), ("we",), ("this",), ("these",), ("our", "work"), ("this", "paper"),
    ("this", "work"), ("the", "paper"), ("in", "this", "paper", "we"), ("in", "this", "work", "we"),
    ("here", "we"),
    *((article, noun) for article in ("this", "the", "our") for noun in (
        "method", "model", "approach", "framework", "system", "benchmark", "dataset", "algorithm", "study",
        "technique", "strategy", "mechanism", "results", "survey", "agent", "pipeline",
    )),
)  # fmt: skip
_OPENINGS = (
    ("however",), ("moreover",), ("furthermore",), ("additionally",), ("specifically",),
    ("finally",), ("also",), ("thus",), ("hence",), ("therefore",), ("consequently",),
    ("notably",), ("importantly",), ("remarkably",), ("surprisingly",), ("interestingly",),
    ("in", "addition"), ("in", "particular"), ("as", "a", "result"), ("for", "example"),
    ("for", "instance"), ("to", "this", "end"), ("in", "contrast"), ("first",), ("second",), ("third",),
    ("lastly",), ("firstly",), ("secondly",), ("meanwhile",), ("overall",), ("in", "summary"),
)  # fmt: skip
_CONNECTING = frozenset("the authors of in paper according to and a an method called model".split())
_NEGATING = frozenset("not no never without cannot nor neither fail fails lack".split())


def verbatim_sentence(claim: Wording, source: Wording, body: int) -> int | None:
    """Return which of the first ``body`` sentences the claim begins to quote, or None."""
    said = _words(claim.tokens)
    sentences = [_words([t for t in source.tokens if t.sentence == n]) for n in range(body)]
    if not said:
        return None
    for number, sentence in enumerate(sentences):
        if sentence and _quotes(said, sentences[number:]):
            return number
    for number, sentence in enumerate(sentences):
        for lead in _leads(said, sentence):
            if _subject_words(source, body).issuperset(lead):
                return number
    return None


def _words(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(t.word for t in tokens)


def _quotes(said: tuple[str, ...], sentences: Sequence[tuple[str, ...]]) -> bool:
    """Tell whether ``said`` is the first sentence, or it and those that follow it."""
    for start in _starts(sentences[0], _OPENINGS):
        rest = said
        for words in (sentences[0][start:], *sentences[1:]):
            if not words or rest[: len(words)] != words:
                break
            rest = rest[len(words) :]
            if not rest:
                return True
    return False


def _starts(sentence: tuple[str, ...], leads: Sequence[tuple[str, ...]]) -> list[int]:
    return [0, *(len(lead) for lead in leads if sentence[: len(lead)] == lead)]


def _leads(said: tuple[str, ...], sentence: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what ``said`` has before the sentence, with or without the sentence's pronoun."""
    for opening in _starts(sentence, _OPENINGS):
        rest = sentence[opening:]
        for start in _starts(rest, _SUBJECTS):
            tail = rest[start:]
            lead = said[: len(said) - len(tail)]
            if len(tail) >= 3 and lead and said[len(lead) :] == tail:
                yield lead


def _subject_words(source: Wording, body: int) -> frozenset[str]:
    """Return the words that may name the paper's subject: of its title, its names, glue."""
    named = {
        part for name in names(source.text) for part in _parts_of(source, name.start, name.end)
    }
    title = {t.word for t in source.tokens if t.sentence >= body}
    return frozenset(named | title | _CONNECTING) - _NEGATING


def _parts_of(source: Wording, start: int, end: int) -> list[str]:
    return [t.word for t in source.tokens if start <= t.start < end]

"""Choose the sentences of an abstract that speak to a question.

Abstracts are built alike: they open with what everybody knows and end with what was
found. So the place of a sentence weighs as much as the words it shares with the
question and the likeness of its vector; the weights were fitted on sentences known to
hold an answer. How many sentences are shown, and to whom, is left to the caller.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.embedding import Vector
from rag.index.catalogue import ChunkRow
from rag.records import Evidence, Paper
from rag.text.terms import terms

K1, B = 1.2, 0.3  # of BM25; sentences vary little in what their length means
AVERAGE_LENGTH = 16.0  # content terms of a sentence in abstracts

# Log-odds that a sentence holds the answer, per unit of each trait of ``_traits``.
_BIAS = -1.9
_WEIGHTS = {
    "words": 1.2,
    "likeness": 3.5,
    "place": 1.2,
    "opening": -2.0,
    "background": -0.4,
    "availability": -0.5,
    "outlook": -1.0,
    "figures": 0.3,
    "length": 0.8,
}
_USUAL_LENGTH, _LONGEST = 150, 300  # characters; beyond the longest, length earns nothing


class _Cue:
    """Words that mark a kind of sentence. ``hints`` stand in all of them, in lower case.

    Looking for plain text first makes most sentences cost a tenth.
    """

    def __init__(self, pattern: str, hints: str) -> None:
        self._pattern = re.compile(pattern, re.IGNORECASE)
        self._hints = tuple(hints.split())

    def marks(self, text: str, lowered: str) -> float:
        """Return 1.0 when ``text`` has such words; ``lowered`` is the text in lower case."""
        for hint in self._hints:  # a loop: any() over a generator takes twice as long
            if hint in lowered:
                return float(self._pattern.search(text) is not None)
        return 0.0


_DIGIT = re.compile(r"\d")
_FIGURES = _Cue(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|half|twice|double|doubles|third|"
    r"dozen|hundred|thousand|million)\b",
    "two three four five six seven eight nine ten half twice double third dozen hundred thousand "
    "million",
)
_BACKGROUND = _Cue(
    r"\b(?:however|recent(?:ly)?|existing|prior|previous|remains?|challeng\w+|despite|although|"
    r"limited|typically|often|traditional(?:ly)?|current)\b",
    "however recent existing prior previous remain challeng despite although limited typically "
    "often traditional current",
)
_AVAILABILITY = _Cue(
    r"\b(?:code|project page|github|available|open-source|publicly|website)\b|https?:",
    "code project github available open-source publicly website http",
)
_OUTLOOK = _Cue(
    r"\b(?:findings|results|work|study|insights?|analysis) (?:\w+ )?(?:highlight|underscore|"
    r"emphasi[sz]e|showcase|pave|open|provide|offer)|\bhope\b|\bwe encourage\b|pave the way|importance of|"
    r"new avenues|opening|future (?:research|work)|promising|need for",
    "highlight underscore emphasi showcase pave open provide offer hope encourage importance avenues "
    "future promising need",
)
_PROPOSAL = re.compile(
    r"\b(?:we|this (?:paper|work|study|article)) (?:\w+ ){0,2}?(?:propos|introduc|present|develop|"
    r"show|find|investigat|stud|describ)\w*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a paper's abstract with its terms and, where there is one, its vector."""

    text: str
    start: int
    end: int
    vector: Vector | None = None
    terms: Mapping[str, int] = field(default_factory=dict)


def sentences_of(
    paper: Paper, rows: Sequence[ChunkRow], vectors: Mapping[str, Vector]
) -> list[Sentence]:
    """Return the sentences of a paper from its chunks, in the order of the abstract."""
    return list(_iter_sentences(paper, rows, vectors))


def _iter_sentences(
    paper: Paper, rows: Sequence[ChunkRow], vectors: Mapping[str, Vector]
) -> Iterator[Sentence]:
    for row in rows:
        rows_vectors = vectors.get(row.key)
        for position, (start, stop) in enumerate(row.sentences):
            first, last = row.start + start, row.start + stop
            text = paper.abstract[first:last]
            if not text:
                continue  # the paper changed after the chunk was read
            known = rows_vectors is not None and position < len(rows_vectors)
            vector = rows_vectors[position] if rows_vectors is not None and known else None
            yield Sentence(text, first, last, vector, Counter(terms(text)))


def best_evidence(
    sentences: Sequence[Sentence], idf: Mapping[str, float], query: Vector | None, n: int
) -> tuple[Evidence, ...]:
    """Return the ``n`` best sentences of one abstract, best first; ties in its order.

    ``idf`` weighs the terms of the question, ``query`` is its vector (dim,). A score is
    the estimated chance, in [0, 1], that the sentence says what was asked, given that the
    paper does.
    """
    scored = [
        Evidence(s.text, s.start, s.end, round(score, 6))
        for s, score in zip(sentences, score_sentences(sentences, idf, query), strict=True)
    ]
    return tuple(sorted(scored, key=lambda e: (-e.score, e.start))[:n])


def score_sentences(
    sentences: Sequence[Sentence], idf: Mapping[str, float], query: Vector | None
) -> list[float]:
    """Return the chance of each sentence, in [0, 1]; they are all of one abstract, in order.

    Where nothing is asked, the sentence that says what the paper does comes first.
    """
    if not idf and query is None:
        says = [float(_PROPOSAL.search(s.text) is not None) for s in sentences]
        return [0.5 * say + 0.5 / (1 + i) for i, say in enumerate(says)]
    words = [matched_words(s, idf) for s in sentences]
    most = max(words, default=0.0) or 1.0
    cosines = [_cosine(s.vector, query) for s in sentences]
    nearest = max(cosines, default=0.0)
    last = max(1, len(sentences) - 1)
    return [
        _chance(
            {
                "words": words[i] / most,
                "likeness": cosines[i] - nearest,
                "place": i / last,
                "opening": float(i == 0 and len(sentences) > 1),
                **_traits(sentence.text),
            }
        )
        for i, sentence in enumerate(sentences)
    ]


def matched_words(sentence: Sentence, idf: Mapping[str, float]) -> float:
    """Return the share of the question's weight that the sentence's words match, in [0, 1]."""
    total = sum(idf.values()) or 1.0
    norm = K1 * (1 - B + B * sum(sentence.terms.values()) / AVERAGE_LENGTH)
    matched = sum(
        weight * sentence.terms[term] * (K1 + 1) / (sentence.terms[term] + norm)
        for term, weight in idf.items()
        if term in sentence.terms
    )
    return min(1.0, matched / total)


def _traits(text: str) -> dict[str, float]:
    lowered = text.lower()
    return {
        "background": _BACKGROUND.marks(text, lowered),
        "availability": _AVAILABILITY.marks(text, lowered),
        "outlook": _OUTLOOK.marks(text, lowered),
        "figures": 1.0 if _DIGIT.search(text) else _FIGURES.marks(text, lowered),
        "length": math.log(max(1, min(len(text), _LONGEST)) / _USUAL_LENGTH),
    }


def _chance(traits: Mapping[str, float]) -> float:
    odds = _BIAS + sum(_WEIGHTS[name] * value for name, value in traits.items())
    return 1.0 / (1.0 + math.exp(-odds))


def _cosine(vector: Vector | None, query: Vector | None) -> float:
    return 0.0 if vector is None or query is None else float(np.dot(vector, query))

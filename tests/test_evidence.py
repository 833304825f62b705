"""Choosing the sentences of an abstract that speak to a question."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from rag.embedding import Vector
from rag.records import Evidence
from rag.retrieval.evidence import Sentence, best_evidence, score_sentences
from rag.text.sentences import sentence_spans
from rag.text.terms import terms

ABSTRACT = (
    "Pruning of neural networks has recently drawn attention. "
    "However, existing pruning methods remain slow. "
    "We propose Gardener, which cuts branches by their age. "
    "On ImageNet, Gardener reduces the pruning time by 41.9%. "
    "We hope that our findings pave the way for greener models. "
    "The code is publicly available on GitHub."
)


def sentences(text: str, vectors: list[Vector] | None = None) -> list[Sentence]:
    spans = sentence_spans(text)
    given: Sequence[Vector | None] = vectors or [None] * len(spans)
    return [
        Sentence(text[a:b], a, b, vector, Counter(terms(text[a:b])))
        for (a, b), vector in zip(spans, given, strict=True)
    ]


def chosen(question: str, n: int = 1) -> tuple[Evidence, ...]:
    return best_evidence(sentences(ABSTRACT), dict.fromkeys(terms(question), 1.0), None, n)


def test_evidence_is_verbatim_and_no_more_than_asked_for() -> None:
    found = chosen("pruning time", n=4)
    assert len(found) == 4
    assert all(ABSTRACT[e.start : e.end] == e.text for e in found)


def test_evidence_comes_best_first() -> None:
    scores = [e.score for e in chosen("pruning time", n=6)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_finding_comes_before_the_background_that_shares_as_many_words() -> None:
    assert "41.9%" in chosen("pruning networks Gardener")[0].text


def test_outlook_and_availability_are_not_quoted_before_findings() -> None:
    weakest = {e.text for e in chosen("pruning time", n=6)[-3:]}
    assert any("hope" in text for text in weakest)


def test_the_question_s_words_choose_among_findings() -> None:
    assert chosen("By what are branches cut, their age?")[0].text.startswith("We propose Gardener")


def test_rare_words_weigh_more_than_common_ones() -> None:
    idf = {"age": 5.0, "prune": 0.1, "time": 0.1}
    assert "age" in best_evidence(sentences(ABSTRACT), idf, None, 1)[0].text


def test_the_vector_decides_where_no_word_is_shared() -> None:
    near, far = np.eye(2, dtype=np.float32)
    vectors = [far, far, near, far, far, far]
    found = best_evidence(sentences(ABSTRACT, vectors), {"secateurs": 5.0}, near, 1)
    assert found[0].text.startswith("We propose")


def test_without_a_question_the_sentence_that_says_what_the_paper_does_comes_first() -> None:
    assert best_evidence(sentences(ABSTRACT), {}, None, 1)[0].text.startswith("We propose")


@pytest.mark.parametrize("text", ["", "One sentence alone about pruning."])
def test_short_abstracts_have_a_score_for_each_sentence(text: str) -> None:
    assert len(score_sentences(sentences(text), {"prune": 1.0}, None)) == len(sentence_spans(text))

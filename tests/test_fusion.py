"""Fusing two retrievers: who is trusted when, and what a score is made of."""

import numpy as np
import pytest

from rag.retrieval.fusion import PHRASES_OF, Candidate, Fused, fuse, lexical_trust, phrase_share


def candidate(
    num: int,
    *,
    dense: float | None = 0.3,
    sentence: float | None = None,
    lexical: float | None = 0.0,
    coverage: float = 0.0,
    vector: np.ndarray | None = None,
) -> Candidate:
    return Candidate(num, dense, sentence, lexical, coverage, vector)


def order(fused: list[Fused]) -> list[int]:
    return [f.paper_num for f in fused]


def test_nothing_to_fuse_gives_nothing() -> None:
    fused, weights, signals = fuse([])
    assert fused == []
    assert set(weights) == {"dense", "lexical", "phrase", "neighbour"}
    assert signals["coverage"] == 0.0


def test_a_match_of_most_words_beats_a_slightly_nearer_vector() -> None:
    named = candidate(1, dense=0.45, lexical=9.0, coverage=0.8)
    near = candidate(2, dense=0.60, lexical=1.0, coverage=0.1)
    assert order(fuse([named, near])[0]) == [1, 2]


def test_a_chance_match_of_a_few_words_does_not_displace_the_nearest_vector() -> None:
    chance = candidate(1, dense=0.15, lexical=3.0, coverage=0.12)
    near = candidate(2, dense=0.45, lexical=0.0)
    assert order(fuse([chance, near])[0]) == [2, 1]


def test_trust_in_words_grows_with_coverage_and_is_half_at_the_set_point() -> None:
    def trust(coverage: float) -> float:
        return lexical_trust([candidate(1, coverage=coverage)], 10)[0]

    assert trust(0.0) == 0.0
    assert trust(0.35) == pytest.approx(0.5)
    assert 0.0 < trust(0.15) < 0.1
    assert 0.9 < trust(0.7) < 1.0


def test_a_long_query_needs_less_coverage_for_the_same_trust() -> None:
    few = lexical_trust([candidate(1, coverage=0.4)], 10)[0]
    many = lexical_trust([candidate(1, coverage=0.2)], 40)[0]
    assert many == pytest.approx(few)


def test_the_best_sentence_lifts_a_paper_whose_abstract_is_about_more() -> None:
    broad = candidate(1, dense=0.40, sentence=0.70)
    narrow = candidate(2, dense=0.45, sentence=0.45)
    assert order(fuse([broad, narrow])[0]) == [1, 2]


def test_an_embedder_without_sentence_vectors_is_fused_by_its_abstracts() -> None:
    assert fuse([candidate(1, dense=0.4, sentence=None)])[0][0].dense_scaled == pytest.approx(0.4)


def test_a_paper_that_neither_retriever_can_score_comes_last() -> None:
    unknown = candidate(1, dense=None, lexical=None)
    assert order(fuse([unknown, candidate(2)])[0]) == [2, 1]


def test_a_repeated_phrase_decides_between_equals() -> None:
    fused, _, _ = fuse([candidate(1), candidate(2)], phrases=lambda nums: {2: 0.5})
    assert order(fused) == [2, 1]
    assert [f.phrase for f in fused] == [0.5, 0.0]


def test_phrases_are_asked_once_and_only_for_the_best_papers() -> None:
    asked: list[list[int]] = []

    def phrases(nums):
        asked.append(list(nums))
        return {}

    fuse([candidate(n, dense=n / 100) for n in range(50)], phrases=phrases)
    assert asked == [list(range(49, 49 - PHRASES_OF, -1))]


def test_a_paper_like_the_best_one_is_lifted_over_its_equal() -> None:
    best = candidate(1, dense=0.9, vector=np.array([1.0, 0.0]))
    stranger = candidate(2, dense=0.3, vector=np.array([0.0, 1.0]))
    kin = candidate(3, dense=0.3, vector=np.array([0.8, 0.6]))
    assert order(fuse([best, stranger, kin])[0]) == [1, 3, 2]


def test_papers_without_vectors_take_no_part_in_likeness() -> None:
    fused, _, _ = fuse([candidate(1, dense=0.9), candidate(2, vector=np.array([1.0, 0.0]))])
    assert {f.paper_num: f.neighbour for f in fused} == {1: 0.0, 2: pytest.approx(1.0)}


def test_ties_are_broken_by_paper_number_whatever_the_order_of_the_candidates() -> None:
    same = [candidate(n, lexical=2.0, coverage=0.5) for n in (5, 3, 9)]
    assert order(fuse(same)[0]) == order(fuse(same[::-1])[0]) == [3, 5, 9]


def test_a_score_is_the_weighted_sum_of_its_parts_and_within_its_range() -> None:
    rng = np.random.default_rng(0)
    made = [
        candidate(
            n,
            dense=float(rng.uniform(-1, 1)),
            sentence=float(rng.uniform(-1, 1)),
            lexical=float(rng.uniform(0, 30)),
            coverage=float(rng.uniform(0, 1)),
            vector=rng.normal(size=4),
        )
        for n in range(60)
    ]
    fused, weights, _ = fuse(made, query_terms=7, phrases=lambda nums: dict.fromkeys(nums, 1.0))
    for f in fused:
        parts = (f.dense_scaled, f.lexical_scaled, f.phrase, f.neighbour)
        assert all(0.0 <= part <= 1.0 for part in (f.score, *parts))
        assert f.score == pytest.approx(
            sum(w * p for w, p in zip(weights.values(), parts, strict=True))
        )
    assert [f.score for f in fused] == sorted((f.score for f in fused), reverse=True)


def test_phrase_share_weighs_pairs_by_how_rare_their_terms_are() -> None:
    idf = {"sparse": 3.0, "attention": 3.0, "model": 1.0}
    query = ["sparse", "attention", "model"]
    assert phrase_share(query, idf, [["sparse", "attention"], []]) == pytest.approx(6 / 10)
    assert phrase_share(query, idf, [["attention", "model"], []]) == pytest.approx(4 / 10)


def test_a_phrase_keeps_its_order_and_does_not_span_title_and_abstract() -> None:
    idf = {"graph": 1.0, "colour": 1.0}
    query = ["graph", "colour"]
    assert phrase_share(query, idf, [["colour", "graph"], ["colour"]]) == 0.0
    assert phrase_share(query, idf, [["graph"], ["colour"]]) == 0.0


def test_a_query_of_one_term_has_no_phrases() -> None:
    assert phrase_share(["graph"], {"graph": 1.0}, [["graph"]]) == 0.0


def test_a_rare_name_outweighs_a_nearer_vector() -> None:
    near = Candidate(1, 0.3, 0.3, 0.5, 0.3)
    namesake = Candidate(2, 0.05, 0.1, 1.0, 0.6, named=1.0)
    ranked, weights, _ = fuse([near, namesake], query_terms=3)
    assert [f.paper_num for f in ranked] == [2, 1]
    assert "name" in weights


def test_a_query_without_names_is_weighed_as_before() -> None:
    _, weights, _ = fuse([Candidate(1, 0.3, 0.3, 0.5, 0.3)])
    assert "name" not in weights

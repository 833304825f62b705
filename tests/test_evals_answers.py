"""Measures of an answer: nuggets, citations, support, abstention, and what it is worth."""

from typing import Any

import pytest

from evals.abstention import Outcome, abstention_report, answered_report, auroc, risk_coverage
from evals.attribution import Failure, attribute
from evals.citations import (
    citation_precision,
    citation_recall,
    is_verbatim,
    lexical,
    support_precision,
    support_recall,
    verbatim_rate,
)
from evals.formats import Nugget, Topic, compiled
from evals.latency import percentiles
from evals.nuggets import nugget_recall, shown_text
from evals.worth import completeness, is_right, net

ABSTRACTS = {"a": "Pruning saves 18.5% of tokens.", "b": "Dogs bark loudly at night."}
GRADES = {"a": 2, "b": 1}
ABSTAINED = {"abstained": True, "claims": []}


def cite(paper, quote="", start=None, end=None) -> Any:
    return {"paper_id": paper, "quote": quote, "start": start, "end": end}


def says(*claims, invalid=()) -> Any:
    rows = [{"text": text, "citations": list(citations)} for text, *citations in claims]
    return {"abstained": False, "claims": rows, "invalid_citations": list(invalid)}


def topic(*nuggets, kind="fact", answerable=True) -> Any:
    found = tuple(Nugget(p, vital, (compiled(p),)) for p, vital in nuggets)
    return Topic("q", "What?", kind, answerable=answerable, nuggets=found)


# -- nuggets -----------------------------------------------------------------


def test_nuggets_are_found_in_claims_and_quotes():
    answer = says(("Short.", cite("a", "Pruning saves 18.5%")))
    assert nugget_recall(topic((r"18\.5\s?%", True)), answer, vital=True) == 1


def test_nuggets_are_not_found_in_titles_or_the_list_of_sources():
    answer = {
        **says(("Short.", {**cite("a"), "title": "Pruning"})),
        "sources": [{"title": "Pruning"}],
    }
    assert nugget_recall(topic(("pruning", True)), answer, vital=True) == 0


def test_a_pattern_does_not_reach_from_one_claim_into_the_next():
    answer = says(("saves 18.5%",), ("of energy",))
    assert nugget_recall(topic((r"saves.*energy", True)), answer, vital=True) == 0


def test_vital_nuggets_are_counted_apart():
    asked = topic(("one", True), ("two", False), ("three", False))
    answer = says(("two and three",))
    assert nugget_recall(asked, answer, vital=True) == 0
    assert nugget_recall(asked, answer, vital=False) == pytest.approx(2 / 3)


def test_an_abstention_states_nothing_even_with_text():
    assert shown_text({**says(("one",)), "abstained": True}) == ""
    assert nugget_recall(topic(("one", True)), ABSTAINED, vital=True) == 0


def test_questions_without_nuggets_or_answers_are_unmeasured():
    assert nugget_recall(topic(), says(("x",)), vital=True) is None
    assert nugget_recall(topic(("x", True), answerable=False), says(("x",)), vital=True) is None
    assert nugget_recall(topic(("x", False)), says(("x",)), vital=True) is None


# -- citations ---------------------------------------------------------------


def test_citation_precision_counts_papers_once_and_any_grade():
    answer = says(("x", cite("a"), cite("a"), cite("b")), ("y", cite("z")))
    assert citation_precision(answer, GRADES) == pytest.approx(2 / 3)


def test_invalid_citations_stand_in_the_denominator():
    answer = says(("x", cite("a", "Pruning", 0, 7)), invalid=["[9]", "[9]"])
    assert citation_precision(answer, GRADES) == pytest.approx(1 / 3)
    assert verbatim_rate(answer, ABSTRACTS) == pytest.approx(1 / 3)


def test_an_answer_without_citations_has_precision_zero_and_an_abstention_none():
    assert citation_precision(says(("x",)), GRADES) == 0
    assert citation_precision(ABSTAINED, GRADES) is None


def test_papers_judged_as_not_relevant_are_wrong_citations():
    assert citation_precision(says(("x", cite("a"))), {"a": 0}) == 0


def test_citation_recall_asks_for_the_papers_of_highest_grade():
    assert citation_recall(says(("x", cite("b"))), GRADES) == 0
    assert citation_recall(says(("x", cite("a"))), GRADES) == 1
    assert citation_recall(ABSTAINED, GRADES) == 0
    assert citation_recall(ABSTAINED, {}) is None


@pytest.mark.parametrize(
    ("citation", "verbatim"),
    [
        (cite("a", "Pruning", 0, 7), True),
        (cite("a", "Pruning", 1, 8), False),
        (cite("a", "saves 18.5%"), True),
        (cite("a", "saves 18.6%"), False),
        (cite("a", "", 0, 0), False),
        (cite("unknown", "Pruning", 0, 7), False),
    ],
)
def test_a_quote_is_verbatim_when_it_stands_at_its_offsets(citation, verbatim):
    assert is_verbatim(citation, ABSTRACTS) is verbatim


def test_verbatim_rate_is_unmeasured_without_citations():
    assert verbatim_rate(says(("x",)), ABSTRACTS) is None
    assert verbatim_rate(ABSTAINED, ABSTRACTS) is None


def test_the_lexical_proxy_wants_every_number_and_most_words():
    assert lexical(ABSTRACTS["a"], "Pruning saves 18.5% of the tokens")
    assert not lexical(ABSTRACTS["a"], "Pruning saves 19.5% of the tokens")
    assert not lexical(ABSTRACTS["a"], "Quantised weights shrink memory")
    assert not lexical(ABSTRACTS["a"], "")


def test_support_recall_is_the_share_of_claims_their_citations_entail():
    answer = says(("Pruning saves tokens", cite("a")), ("Dogs bark", cite("a")))
    assert support_recall(answer, ABSTRACTS, lexical) == 0.5
    assert support_recall(says(), ABSTRACTS, lexical) == 0
    assert support_recall(ABSTAINED, ABSTRACTS, lexical) is None


def test_support_precision_discounts_citations_that_are_not_needed():
    answer = says(("Pruning saves tokens", cite("a"), cite("b")))
    assert support_precision(answer, ABSTRACTS, lexical) == 0.5


def test_support_precision_keeps_citations_that_are_needed_together():
    answer = says(("Pruning saves tokens; dogs bark loudly", cite("a"), cite("b")))
    assert support_precision(answer, ABSTRACTS, lexical) == 1


def test_support_precision_counts_invalid_marks():
    answer = says(("Pruning saves tokens", cite("a")), invalid=["[7]"])
    assert support_precision(answer, ABSTRACTS, lexical) == 0.5


# -- worth -------------------------------------------------------------------


def test_right_wants_all_vital_nuggets_and_a_relevant_citation():
    asked = topic(("pruning", True), ("tokens", True))
    assert is_right(asked, says(("pruning tokens", cite("a"))), GRADES)
    assert not is_right(asked, says(("pruning", cite("a"))), GRADES)
    assert not is_right(asked, says(("pruning tokens", cite("z"))), GRADES)
    assert not is_right(asked, ABSTAINED, GRADES)


def test_half_is_enough_where_several_papers_answer():
    asked = topic(("pruning", True), ("tokens", True), kind="multi")
    assert is_right(asked, says(("pruning", cite("a"))), GRADES)


def test_an_unanswerable_question_is_right_only_with_an_abstention():
    asked = topic(kind="unanswerable", answerable=False)
    assert is_right(asked, ABSTAINED, {})
    assert not is_right(asked, says(("x",)), {})


def test_questions_without_nuggets_are_complete_by_their_papers():
    assert completeness(topic(kind="metadata"), says(("x", cite("a"))), {"a": 2, "c": 2}) == 0.5


def test_net_ranks_right_above_silent_above_wrong():
    asked = topic(("pruning", True))
    assert net(asked, says(("pruning", cite("a"))), GRADES) == 1
    assert net(asked, ABSTAINED, GRADES) == 0
    assert net(asked, says(("cats", cite("z"))), GRADES) == -1
    assert net(asked, says(("pruning", cite("a"), cite("z"))), GRADES) == 0


# -- abstention --------------------------------------------------------------


def outcome(answerable, abstained, right=True, confidence=0.5) -> Any:
    return Outcome("q", answerable, abstained, right, confidence)


def test_abstention_precision_recall_and_f1_by_hand():
    found = abstention_report(
        [
            outcome(False, True),
            outcome(False, False),
            outcome(True, True),
            outcome(True, True),
            outcome(True, False),
        ]
    )
    assert (found["precision"], found["recall"]) == (pytest.approx(1 / 3), 0.5)
    assert found["f1"] == pytest.approx(2 * (1 / 3) * 0.5 / (1 / 3 + 0.5))


def test_abstention_is_unmeasured_without_unanswerable_questions():
    found = abstention_report([outcome(True, False)])
    assert (found["precision"], found["recall"], found["f1"], found["auroc"]) == (None,) * 4


def test_auroc_counts_ties_half():
    rows = [outcome(True, False, confidence=c) for c in (0.9, 0.5)]
    rows += [outcome(False, False, confidence=c) for c in (0.5, 0.1)]
    assert auroc(rows) == pytest.approx(3.5 / 4)


def test_the_risk_coverage_curve_ends_where_the_system_stops_answering():
    rows = [
        outcome(True, False, True, 0.9), outcome(True, False, False, 0.6),
        outcome(True, False, True, 0.6), outcome(True, True, False, 0.1),
    ]  # fmt: skip
    curve = risk_coverage(rows)
    assert [(p["coverage"], p["risk"]) for p in curve] == [
        (0.25, 0.0),
        (0.75, pytest.approx(1 / 3)),
    ]


def test_the_area_under_risk_is_the_mean_risk_of_the_coverages_reached():
    rows = [outcome(True, False, False, 0.9), outcome(True, False, False, 0.6)]
    assert abstention_report(rows)["aurc"] == pytest.approx(1.0)
    assert abstention_report([outcome(True, True, False)])["aurc"] is None


def test_accuracy_precision_and_coverage_by_hand():
    rows = [
        outcome(True, False, True), outcome(True, False, False), outcome(True, True, False),
        outcome(False, False, False), outcome(False, True, True),
    ]  # fmt: skip
    found = answered_report(rows)
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["precision"] == pytest.approx(1 / 3)
    assert found["coverage"] == pytest.approx(2 / 3)


# -- attribution -------------------------------------------------------------

ASKED = topic(("pruning", True))


@pytest.mark.parametrize(
    ("answer", "retrieved", "corpus", "failure"),
    [
        (says(("x", cite("z"))), "ab", "zb", Failure.NOT_IN_CORPUS),
        (says(("x", cite("z"))), "zb", "abz", Failure.NOT_RETRIEVED),
        (ABSTAINED, "zb", "abz", Failure.NOT_RETRIEVED),
        (ABSTAINED, "a", "abz", Failure.WRONGLY_ABSTAINED),
        (says(("cats", cite("z"))), "az", "abz", Failure.NOT_USED),
        (says(("pruning", cite("z"))), "az", "abz", Failure.MISCITED),
        (says(("cats", cite("a"))), "az", "abz", Failure.WRONGLY_ANSWERED),
    ],
)
def test_a_wrong_answer_is_blamed_on_the_first_step_that_failed(answer, retrieved, corpus, failure):
    found = attribute(ASKED, answer, GRADES, retrieved=list(retrieved), corpus=set(corpus))
    assert found is failure


def test_answering_what_has_no_answer_is_a_wrong_answer():
    asked = topic(kind="unanswerable", answerable=False)
    assert attribute(asked, says(("x",)), {}, retrieved=[], corpus=[]) is Failure.WRONGLY_ANSWERED


# -- latency -----------------------------------------------------------------


def test_percentiles_are_interpolated_and_unmeasured_without_times():
    found = percentiles([0.4, 0.1, 0.2, 0.3])
    assert found["p50"] == pytest.approx(0.25)
    assert found["p95"] == pytest.approx(0.385)
    assert percentiles([]) == {"n": 0, "p50": None, "p95": None}

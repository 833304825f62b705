"""Follow-ups become self-contained questions; questions that stand alone stay as typed."""

import pytest

from rag.chat.followup import Context, Kind, rewrite
from rag.chat.mentions import Shown, short_name
from rag.records import Paper

DINO = Paper("a", "DINO-WM: World Models on Visual Features", "Needs no rewards.", "2024-11-07")
AIME = Paper("b", "Action Inference by Maximising Evidence", "Imitation with users.", "2023-12-04")
TOPIC = "zero-shot planning with a world model"
CONTEXT = Context(
    TOPIC, (), Shown((DINO, AIME), {1: DINO, 2: AIME, 3: Paper("c", "VL-Rethinker: X", "")})
)


def asked(typed: str, context: Context = CONTEXT) -> str:
    return rewrite(typed, context).question


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("does it need labels?", f"does DINO-WM need labels — {TOPIC}"),
        ("when was it published?", f"when was DINO-WM published — {TOPIC}"),
        ("what are its limits?", f"what are DINO-WM’s limits — {TOPIC}"),
        ("and on which data sets?", f"on which data sets — {TOPIC}"),
        ("who are the authors?", f"who are the authors of DINO-WM — {TOPIC}"),
    ],
)
def test_a_pronoun_becomes_the_paper_that_was_shown_first(typed: str, expected: str) -> None:
    assert asked(typed) == expected


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("does the second one need labels?", f"“{AIME.title}”"),
        ("compare it with the second one", f"DINO-WM with “{AIME.title}”"),
        ("what about [3]?", "VL-Rethinker"),
        ("how does paper 3 differ?", "VL-Rethinker"),
        ("the older of the two: why does it fail?", f"“{AIME.title}”: why does it fail"),
        ("the one with users: does it need labels?", f"“{AIME.title}”: does it need labels"),
        ("which of the two is newer?", f"DINO-WM and “{AIME.title}”"),
    ],
)
def test_what_points_at_a_shown_paper_is_replaced_by_its_name(typed: str, named: str) -> None:
    plan = rewrite(typed, CONTEXT)
    assert named in plan.question
    assert plan.kind is Kind.POINTS


def test_an_ordinal_beyond_the_last_answer_counts_the_numbered_sources() -> None:
    context = Context(TOPIC, (), Shown((DINO,), {1: DINO, 2: AIME}))
    assert AIME.title in asked("compare it with the second one", context)


def test_a_narrowing_adds_to_the_topic_and_a_new_date_replaces_the_old() -> None:
    first = rewrite("only those from 2025", CONTEXT)
    assert first.question == f"{TOPIC}, only those from 2025"
    after = Context(first.topic, first.narrowings, CONTEXT.shown)
    assert asked("just by Google", after) == f"{TOPIC}, only those from 2025, just by Google"
    assert asked("only those from 2024", after) == f"{TOPIC}, only those from 2024"


def test_moving_on_puts_the_new_subject_in_the_place_of_the_old() -> None:
    context = Context("error recovery for web agents")
    plan = rewrite("and what about GUI agents?", context)
    assert plan.question == "error recovery for GUI agents"
    assert plan.topic == plan.question


def test_a_question_word_is_no_subject_to_be_replaced() -> None:
    context = Context("how much does CGRS save, and on which benchmarks")
    assert rewrite("what about web agents?", context).kind is Kind.CONTINUES


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("no, I meant robots", "zero-shot planning with robots"),
        ("sorry i mean with robots", "zero-shot planning with robots"),
        (
            "no, i meant imitation from observed users instead",
            "imitation from observed users instead",
        ),
        ("not that one, the second one", f"“{AIME.title}” — {TOPIC}"),
        ("ok different thing: whale songs", "whale songs"),
        ("unrelated: what is GRPO?", "what is GRPO?"),
    ],
)
def test_a_correction_is_taken_as_meant_and_a_new_subject_as_new(typed: str, expected: str) -> None:
    assert asked(typed) == expected


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("whats the 1st ones limit", "whats DINO-WM limit"),
        ("the one w/ users: code?", f"“{AIME.title}”: code"),
        ("the 2023 one, what does it prove?", f"“{AIME.title}”, what does it prove"),
        ("w/o labels too?", "without labels too"),
        ("vs the second one", f"compared with “{AIME.title}”"),
    ],
)
def test_what_is_typed_in_haste_is_understood(typed: str, named: str) -> None:
    assert asked(typed) == f"{named} — {TOPIC}"


def test_a_year_that_two_papers_share_points_at_neither() -> None:
    twice = Context(TOPIC, (), Shown((DINO, Paper("d", "Other", "", "2024-01-01"))))
    assert asked("the 2024 one: code?", twice) == f"the 2024 one: code — {TOPIC}"


@pytest.mark.parametrize(
    "typed",
    [
        "papers on agent safety",
        "Why does policy entropy collapse in reinforcement learning?",
        "Do language models take feedback on board if it is almost perfect?",
        "explain Self-RAG",
        "finance benchmark that goes from basics to exams",
        "Is there a foundation model for user behaviour?",
    ],
)
def test_a_question_with_a_subject_of_its_own_stays_as_typed(typed: str) -> None:
    plan = rewrite(typed, CONTEXT)
    assert plan.question == typed
    assert not plan.changed


def test_the_first_question_is_never_rewritten() -> None:
    assert not rewrite("does it need labels?", Context()).changed


def test_a_title_without_a_name_of_its_own_is_quoted_whole() -> None:
    assert short_name(AIME) == "“Action Inference by Maximising Evidence”"
    assert short_name(DINO) == "DINO-WM"

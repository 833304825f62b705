"""Answers are cut into claims with their marks: lenient in reading, strict in judging."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.citations import ClaimStream, ParsedClaim, parse_claims

OFFERED = (1, 2, 3)


def parsed(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(claim.text, claim.numbers) for claim in parse_claims(text, OFFERED)]


@pytest.mark.parametrize(
    ("marks", "numbers"),
    [
        ("[1][2]", (1, 2)),
        ("[1, 2]", (1, 2)),
        ("[1; 2]", (1, 2)),
        ("[1 and 3]", (1, 3)),
        ("[1-3]", (1, 2, 3)),
        ("[1–3]", (1, 2, 3)),
        ("[^1]", (1,)),
        ("[#2]", (2,)),
        ("[Source 1]", (1,)),
        ("[Sources 1, 3]", (1, 3)),
        ("【1】", (1,)),
        ("【2†source】", (2,)),
        ("[1](https://example.org/x)", (1,)),
        ("[2][1][2]", (2, 1)),
    ],
)
def test_marks_are_read_in_many_forms(marks: str, numbers: tuple[int, ...]):
    assert parsed(f"It grows {marks}.") == [("It grows.", numbers)]


@pytest.mark.parametrize("mark", ["[99]", "[a]", "[0]", "[?]", "[1-99999999]", "[3-1]", "【7】"])
def test_a_mark_that_names_nothing_offered_is_kept_as_invalid(mark: str):
    (claim,) = parse_claims(f"It grows {mark}.", OFFERED)
    assert (claim.text, claim.invalid) == ("It grows.", (mark,))
    assert not claim.numbers


def test_the_offered_part_of_a_partly_invalid_mark_counts():
    (claim,) = parse_claims("It grows [2-5].", OFFERED)
    assert (claim.numbers, claim.invalid) == ((2, 3), ("[2-5]",))


@pytest.mark.parametrize("text", ["It has (1) parts.", "The [CLS] token x[12ab] stays."])
def test_other_brackets_are_prose(text: str):
    assert parse_claims(text, OFFERED) == [ParsedClaim(text, (), ())]


def test_a_mark_belongs_to_its_sentence_or_to_the_one_before_without_any():
    assert parsed("It grows. [1] It falls. [2]") == [("It grows.", (1,)), ("It falls.", (2,))]
    assert parsed("[1] It grows. [2] It falls.") == [("It grows.", (1,)), ("It falls.", (2,))]
    assert parsed("It grows [1]. It falls.[2] Then") == [
        ("It grows.", (1,)),
        ("It falls.", (2,)),
        ("Then", ()),
    ]


def test_full_stops_inside_a_sentence_do_not_cut_it():
    assert parsed("It gains 18.5% vs. 20% (see Fig. 2) [2]. Fine.")[0] == (
        "It gains 18.5% vs. 20% (see Fig. 2).",
        (2,),
    )


def test_list_items_and_wrapped_lines_are_claims_headings_and_code_are_none():
    answer = (
        "# Findings\n\nHere is what was found:\n- **Zipper** is fast [1].\n- It needs *little*\n"
        "  memory [2].\n1. Third [3]\n\n```\ncode [1]\n```\n> Quoted [1].\n"
    )
    assert parsed(answer) == [
        ("Zipper is fast.", (1,)),
        ("It needs little memory.", (2,)),
        ("Third", (3,)),
        ("Quoted.", (1,)),
    ]


def test_thoughts_and_reference_lists_are_left_out():
    answer = (
        "<think>Perhaps [3]. Hm.</think>It grows [1].\n\nReferences:\n[1] A title\n[2] Another\n"
    )
    assert parsed(answer) == [("It grows.", (1,))]
    assert parsed("<think>never closed [1].") == []


def test_stars_and_signs_inside_words_stay():
    assert parsed("ReST-MCTS* follows R=-a*e^H+b [1].") == [
        ("ReST-MCTS* follows R=-a*e^H+b.", (1,))
    ]


def test_a_stream_gives_a_claim_as_soon_as_the_next_has_begun():
    stream = ClaimStream(OFFERED)
    assert stream.feed("Zipper reduces the cost") == []
    assert stream.feed(" of reasoning. [1") == []
    assert stream.feed("] ") == []
    (claim,) = stream.feed("Then it")
    assert (claim.text, claim.numbers) == ("Zipper reduces the cost of reasoning.", (1,))
    assert stream.close() == [ParsedClaim("Then it", (), ())]


PIECES = st.sampled_from(
    [
        "[1]",
        "[2]",
        "[9]",
        " ",
        "\n",
        ". ",
        "It ",
        "grows",
        "[",
        "]",
        "【1】",
        "<think>",
        "</think>",
        "```\n",
        "- ",
        "# x\n",
        "1. ",
        "**",
        "a. ",
        "B",
        '"',
        "(",
        "References:\n",
        "|",
        "--",
        "e.g. ",
        ".",
        "!",
        "[1-3]",
        "(http://a.b)",
        "x" * 30,
        "\n\n",
        "[Source 1]",
        "\r\n",
        "> ",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.lists(st.integers(1, 9), min_size=1))
@settings(max_examples=300, deadline=None)
def test_any_cutting_into_pieces_gives_the_same_claims(text: str, sizes: list[int]):
    stream = ClaimStream(OFFERED)
    claims, position, turn = [], 0, 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        claims += stream.feed(text[position : position + size])
        position, turn = position + size, turn + 1
    assert [*claims, *stream.close()] == parse_claims(text, OFFERED)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_parsed_and_only_offered_numbers_are_cited(text: str):
    for claim in parse_claims(text, OFFERED):
        assert set(claim.numbers) <= set(OFFERED)
        assert len(set(claim.numbers)) == len(claim.numbers)


@pytest.mark.parametrize(
    "unit", ["[", "[1]", "[1, ", "x", "\n", "<think", "*a", "((((. ", "9", "\"'", "a:", " ", "- "]
)
def test_a_long_run_of_anything_is_parsed_in_seconds(unit: str):
    began = time.monotonic()
    parse_claims(unit * (300_000 // len(unit)), OFFERED)
    assert time.monotonic() - began < 5

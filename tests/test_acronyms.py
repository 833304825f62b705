"""Which acronyms a text defines."""

import pytest

from rag.retrieval.acronyms import find_definitions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "We propose Certainty-Guided Reflection Suppression (CGRS), a method",
            {"CGRS": "Certainty-Guided Reflection Suppression"},
        ),
        ("CGRS (Certainty-Guided Reflection Suppression) is a method",
         {"CGRS": "Certainty-Guided Reflection Suppression"}),
        ("long chain-of-thought (CoT) reasoning", {"CoT": "chain-of-thought"}),
        ("large language models (LLMs) reason", {"LLM": "large language models"}),
        ("reinforcement learning from human feedback (RLHF)",
         {"RLHF": "reinforcement learning from human feedback"}),
        ("the Thinking for Doing (T4D) task", {"T4D": "Thinking for Doing"}),
        ("a Reasoning Reflection Reward (R3)", {"R3": "Reasoning Reflection Reward"}),
        ("Negative-aware Fine-Tuning (NFT)", {"NFT": "Negative-aware Fine-Tuning"}),
        ("the Autoregressive Search-Taught Reasoner (ASTRO; ours)",
         {"ASTRO": "Autoregressive Search-Taught Reasoner"}),
        ("in imperfect information games (IIG)", {"IIG": "imperfect information games"}),
        ("the Abstraction and Reasoning Corpus (ARC)",
         {"ARC": "Abstraction and Reasoning Corpus"}),
        ("reward models (RMs). Process reward models (PRMs)",
         {"RM": "reward models", "PRM": "Process reward models"}),
    ],
)  # fmt: skip
def test_letters_that_fit_the_words_make_a_definition(text, expected):
    assert find_definitions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "question answering (HotpotQA) and live navigation (WebVoyager)",
        "we present BFM-Zero (see the appendix)",
        "a strong result (SOTA)",
        "games are hard. Process (GHP) mining",
        "in the summer (June) and (I) there",
        "the model (e.g. GPT) and (i.e. this)",
        "accuracy (42) and (2024)",
        "a graph of (GO) words (W)",
    ],
)
def test_what_merely_stands_in_brackets_is_no_definition(text):
    assert find_definitions(text) == {}


def test_the_first_definition_of_an_acronym_counts():
    text = "monte carlo (MC) and, elsewhere, model compression (MC)"
    assert find_definitions(text) == {"MC": "monte carlo"}


def test_an_expansion_stands_verbatim_in_the_text():
    text = "We use Mirror-Descent\nPolicy   Optimization (MDPO)."
    (expansion,) = find_definitions(text).values()
    assert expansion in text


def test_hostile_repetition_is_read_fast():
    assert find_definitions("a " * 5000 + "(AAAAAAAAAA)") == {}

import numpy as np
import pytest

from rag.records import Paper
from rag.themes.findings import stands_alone, takeaway
from rag.themes.labels import Labeller, label_of
from rag.themes.phrases import PhraseCounts, count_phrases
from rag.themes.words import phrase_key


def _phrases(*texts: str) -> set[str]:
    papers = [Paper(f"p{i}", "", text) for i, text in enumerate(texts)]
    return set(_spellings(count_phrases(papers)).values())


def _spellings(counts: PhraseCounts) -> dict[str, str]:
    return {counts.key(i): counts.spelling(i) for i in range(len(counts))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vision-Language Models", "vision language model"),
        ("theories of mind", "Theory of Mind"),
        ("loss", "loss"),
    ],
)
def test_forms_of_one_phrase_share_a_key(one: str, other: str) -> None:
    assert phrase_key(one) == phrase_key(other)


def test_phrases_begin_and_end_with_content_words_and_cross_no_punctuation() -> None:
    found = _phrases("We propose the world model of agents, and monte carlo tree search.")
    assert "monte carlo tree search" in found
    assert "world model" in found
    assert not found & {"the world model", "propose", "agents and", "model of", "agents monte"}


def test_a_theory_of_mind_is_one_phrase() -> None:
    assert "theory of mind" in _phrases("Tests of theory of mind.")


def test_the_torn_off_front_of_longer_phrases_is_no_phrase() -> None:
    found = _phrases(*["The monte carlo rollouts are good."] * 5)
    assert "monte carlo rollouts" in found
    assert "monte" not in found


def test_a_phrase_is_shown_as_abstracts_spell_it() -> None:
    papers = [Paper(f"p{i}", "Reward Hacking", "On reward hacking.") for i in range(3)]
    assert _spellings(count_phrases(papers))["reward hacking"] == "reward hacking"


def test_small_letters_are_shown_where_they_are_common_and_names_keep_theirs() -> None:
    abstracts = ["On Object Detection by Hall effect."] * 2 + ["On object detection."]
    papers = [Paper(f"p{i}", "", abstract) for i, abstract in enumerate(abstracts)]
    found = _spellings(count_phrases(papers))
    assert found["object detection"] == "object detection"
    assert found["hall effect"] == "Hall effect"


def test_in_a_large_corpus_a_word_that_is_met_once_is_in_no_phrase() -> None:
    papers = [Paper(f"p{i}", "", "Flat bands.") for i in range(120)]
    counts = count_phrases([*papers, Paper("last", "", "Flat bands of kagome lattices.")])
    assert set(_spellings(counts)) == {"flat band"}


def test_each_paper_counts_a_phrase_once_and_titles_apart() -> None:
    papers = [
        Paper("a", "Flat bands", "Flat bands. Flat bands are flat bands."),
        Paper("b", "", "A flat band."),
    ]
    counts = count_phrases(papers)
    number = [counts.key(i) for i in range(len(counts))].index("flat band")
    assert counts.used[:, number].toarray().ravel().tolist() == [1, 1]
    assert counts.titled[:, number].toarray().ravel().tolist() == [1, 0]


def test_a_label_repeats_no_word_and_passes_over_names_and_acronyms() -> None:
    phrases = [
        "reward models",
        "reward hacking",
        "GPT-4",
        "large language models",
        "LLMs",
        "safety",
    ]
    assert label_of(phrases) == "Reward models, safety, reward hacking"
    assert label_of([*phrases, "oversight"]) == "Reward models, safety, oversight"


def test_a_label_counts_forms_of_a_word_as_one_and_passes_over_words_of_any_field() -> None:
    phrases = ["quantum systems", "actuators", "actuation", "non-Hermitian systems"]
    assert label_of(phrases) == "Quantum systems, actuators, non-Hermitian systems"


def test_phrases_that_the_same_papers_use_come_before_others() -> None:
    texts = (
        ["Linear codes and cyclic codes."] * 4 + ["Linear codes."] * 4 + ["Age of information."] * 4
    )
    papers = [Paper(f"p{i}", "", text) for i, text in enumerate([*texts, *["Weather."] * 12])]
    labeller = Labeller(count_phrases(papers), np.repeat([0, 1], 12))
    assert labeller.phrases(0) == ["linear code", "cyclic code", "age of information"]


@pytest.mark.parametrize(
    "sentence",
    [
        "It also reduces the number of tokens that are needed by half on all four benchmarks.",
        "However, we show that longer chains of thought hurt the accuracy of small models.",
        "Our method reduces the number of tokens that are needed by half on all benchmarks.",
        "We address this problem with a planner that looks several steps ahead of the agent.",
        "we find that a sentence that begins small is a piece of another sentence before it.",
        "Short sentence.",
    ],
)
def test_a_sentence_that_leans_on_others_is_not_quoted(sentence: str) -> None:
    assert not stands_alone(sentence)


def test_a_sentence_with_its_subject_is_quoted() -> None:
    assert stands_alone("We show that reward models trained on critiques generalise to code.")


def test_the_takeaway_of_an_abstract_is_its_finding() -> None:
    finding = "We show that short chains of thought raise accuracy by 4.1% on arithmetic."
    background = "Language models have achieved remarkable results in recent years."
    paper = Paper("p", "T", f"{background} {finding} Code is available at https://example.org.")
    assert takeaway(paper) == finding
    assert takeaway(Paper("q", "T", "")) == ""

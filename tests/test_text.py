"""Sentences, tokens, terms and chunks keep their promises about offsets and limits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.records import Paper
from rag.text.chunking import ChunkLimits, chunk_paper
from rag.text.sentences import sentence_spans
from rag.text.terms import terms
from rag.text.tokens import default_counter


def sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We try it. It works.", ["We try it.", "It works."]),
        ("It gains 3.5 points. Then 4.", ["It gains 3.5 points.", "Then 4."]),
        ("Models, e.g. GPT-4, fail. See Fig. 2 for more.", ["Models, e.g. GPT-4, fail.", "See Fig. 2 for more."]),
        ("As Smith et al. (2024) show, it helps.", ["As Smith et al. (2024) show, it helps."]),
        ("Is it so? Yes!", ["Is it so?", "Yes!"]),
        ("The wing . the flow is steady .", ["The wing .", "the flow is steady ."]),
        ("One [1, 2]. Two.", ["One [1, 2].", "Two."]),
        ("First part\n\nsecond part", ["First part", "second part"]),
        ("", []),
        ("  \n ", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("aB .!?\n()[]1,é漢"), max_size=200))
def test_sentence_spans_cover_all_that_is_not_white_space_once(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = "".join(text[s.start : s.end] for s in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] for s in spans)


def limits(chunk_tokens: int, window: int) -> ChunkLimits:
    return ChunkLimits(chunk_tokens, window, lambda t: len(t.split()), lambda t: len(t.split()))


@given(
    st.lists(st.text(alphabet="abc ", min_size=1, max_size=60), max_size=12), st.integers(16, 80)
)
def test_chunks_are_verbatim_slices_of_the_abstract_in_order(parts: list[str], cap: int) -> None:
    paper = Paper("p", "Title", ". ".join(p.strip() + " Z" for p in parts))
    chunks = chunk_paper(paper, limits(cap, 100))
    assert chunks
    for chunk in chunks:
        assert paper.abstract[chunk.start : chunk.end] == chunk.text
        assert all(0 <= a < b <= len(chunk.text) for a, b in chunk.sentences)
    assert all(a.end <= b.start for a, b in pairwise(chunks))


def test_a_long_abstract_is_cut_between_sentences_and_nothing_is_lost() -> None:
    abstract = " ".join(f"Sentence number {i} says something new." for i in range(60))
    chunks = chunk_paper(Paper("p", "T", abstract), limits(50, 100))
    assert len(chunks) > 3
    assert all(c.tokens <= 50 for c in chunks)
    assert " ".join(c.text for c in chunks) == abstract


def test_a_sentence_longer_than_the_window_is_cut_and_nothing_is_lost() -> None:
    abstract = " ".join(f"word{i}" for i in range(500))
    chunks = chunk_paper(Paper("p", "T", abstract), limits(40, 60))
    assert all(c.tokens <= 40 for c in chunks)
    assert " ".join(c.text for c in chunks).split() == abstract.split()


def test_a_paper_without_abstract_has_one_empty_chunk() -> None:
    (chunk,) = chunk_paper(Paper("p", "Only a title", ""), limits(40, 60))
    assert (chunk.start, chunk.end, chunk.text) == (0, 0, "")


@pytest.mark.parametrize("special", ["<|endoftext|>", "<|fim_prefix|>", "<|endofprompt|>"])
def test_special_tokens_count_as_text(special: str) -> None:
    assert default_counter().count(special) > 1


@pytest.mark.parametrize("text", [" " * 1_000_000, "a" * 1_000_000, "\ud800 lone"])
def test_counting_survives_hostile_text(text: str) -> None:
    assert default_counter().count(text) > 0


def test_terms_fold_case_forms_and_inflection() -> None:
    assert terms("The ﬁne-tuned MODELS' reasoning") == terms("fine tuned model reasons")


def test_scripts_without_spaces_have_terms() -> None:
    assert terms("強化学習") == ["強", "化", "学", "習"]

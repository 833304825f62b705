"""What is searched is what is wanted, not how it was asked for."""

import time

import pytest

from rag.retrieval.requests import without_request


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("Can you point me to papers that study reward hacking?", "reward hacking?"),
        ("Could you recommend a study that explores tree LSTMs?", "tree LSTMs?"),
        ("I'm looking for work on GUI agents", "GUI agents"),
        ("I am interested in distributed algorithms", "distributed algorithms"),
        ("Are there any papers investigating self-correction?", "self-correction?"),
        ("What are some articles that describe sparse matrices?", "sparse matrices?"),
        ("find all descriptions of file handling", "file handling"),
        ("Articles on text formatting systems", "text formatting systems"),
        ("I'd like papers on editors. Which papers discuss vi?", "editors. vi?"),
    ],
)
def test_the_words_of_asking_are_not_searched(asked, searched):
    assert without_request(asked) == searched


@pytest.mark.parametrize(
    "question",
    [
        "What is CGRS?",
        "Which one is best?",
        "Survey of world models",
        "Research agents: what exists?",
        "Information retrieval with language models",
        "Is more reasoning always better?",
        "Evidence accumulation in language models",
        "list all",
        "Which papers?",
        "",
    ],
)
def test_a_question_about_something_stays_as_it_is(question):
    assert without_request(question) == question


def test_endless_requests_take_linear_time():
    def seconds(n: int) -> float:
        start = time.perf_counter()
        for text in ("any some the all of " * n, "i am looking for " * n, "can you " * n):
            without_request(text[:1999])
        return time.perf_counter() - start

    seconds(1)
    assert seconds(90) < 0.2

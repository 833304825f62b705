"""A hundred questions at once: none is lost, and each gets the answer it gets alone.

Each of these tests runs twice: with Chroma in this process, and with a Chroma server.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.app import App, open_app
from rag.records import Paper, answer_to_dict
from tests.fakes import HashedEmbedder
from tests.index_stores import store

__all__ = ["store"]

TOPICS = ("glaciers", "violins", "bees", "taxes", "proteins", "volcanoes", "bridges", "opals")
QUESTIONS = [f"What is the effect of case{n}?" for n in range(98)]
QUESTIONS += ["papers on bees", "What do singers of Naples eat?"]


def papers(start: int, stop: int) -> list[Paper]:
    return [
        Paper(
            f"id-{n}", f"On {TOPICS[n % 8]} number{n}",
            f"We look at {TOPICS[n % 8]} in case{n}. The effect of case{n} is {n % 97} percent.",
            sources=("made",),
        )
        for n in range(start, stop)
    ]  # fmt: skip


def opened(home: Path, store: str) -> App:
    return open_app(home=home, overrides={"index.store": store}, embedder=HashedEmbedder())


@pytest.fixture
def app(tmp_path: Path, store: str) -> Iterator[App]:
    app = opened(tmp_path / "home", store)
    app.index.add_papers(papers(0, 120))
    yield app
    app.index.close()


def told(app: App, question: str) -> dict[str, Any]:
    """Return the answer without what differs between two runs: times and the trace."""
    answer = answer_to_dict(app.ask(question))
    return {
        k: answer[k] for k in ("question", "answer", "abstained", "reason", "claims", "sources")
    }


def in_parallel(app: App) -> list[dict[str, Any]]:
    """Ask all questions, each in a thread of its own, all set off at once."""
    start = threading.Barrier(len(QUESTIONS))

    def ask(question: str) -> dict[str, Any]:
        start.wait(30)
        return told(app, question)

    with ThreadPoolExecutor(len(QUESTIONS)) as pool:
        return list(pool.map(ask, QUESTIONS))


def test_a_hundred_parallel_asks_equal_the_serial_ones(app: App) -> None:
    serial = [told(app, question) for question in QUESTIONS]
    assert sum(not answer["abstained"] for answer in serial) >= 98
    assert in_parallel(app) == serial


def test_the_first_hundred_questions_may_come_before_anything_is_open(app: App, store: str) -> None:
    fresh = opened(app.index.home, store)
    answers = in_parallel(fresh)
    fresh.index.close()
    assert answers == [told(app, question) for question in QUESTIONS]


def test_a_hundred_parallel_asks_survive_a_writer(app: App, store: str) -> None:
    serial = [told(app, question)["claims"] for question in QUESTIONS[:98]]
    writer = opened(app.index.home, store)
    adding = threading.Thread(
        target=lambda: [writer.index.add_papers(papers(n, n + 5)) for n in (120, 125, 130)]
    )
    adding.start()
    answers = in_parallel(app)
    adding.join()
    writer.index.close()
    assert [answer["claims"][:1] for answer in answers[:98]] == [claims[:1] for claims in serial]
    assert not any(answer["abstained"] for answer in answers[:98])

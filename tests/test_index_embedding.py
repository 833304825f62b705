"""An embedding server is given bounded batches, several at once, and stops being asked when it fails."""

import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.app import open_app
from rag.embedding import Batching, Encoded, Passage, RemoteEmbedder
from rag.errors import EmbeddingError
from rag.records import Paper
from tests.servers import lying as lies
from tests.servers.lying import Exchange, Lie, lying

KEY = "sk-embedding-SECRET0SECRET0"


class Watched:
    """An honest embedding server that notes how many requests are under way, and their texts."""

    def __init__(self, seconds: Callable[[], float] = lambda: 0.05) -> None:
        self.seconds = seconds
        self.most = 0
        self.batches: list[list[str]] = []
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange) -> None:
        texts = exchange.body["input"]
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.batches.append(texts)
        time.sleep(self.seconds())
        with self._lock:
            self._now -= 1
        rows = [{"index": i, "embedding": vector_of(text)} for i, text in enumerate(texts)]
        exchange.reply(200, {"object": "list", "model": "e", "data": rows})


def vector_of(text: str) -> list[float]:
    """Return a vector that tells the number in the text."""
    number = int("".join(c for c in text if c.isdigit()) or 0)
    return [float(np.cos(number / 500)), float(np.sin(number / 500)), 0.0]


def passages(count: int) -> list[Passage]:
    return [Passage("", f"text {i}") for i in range(count)]


def embed(lie: Lie, count: int, batching: Batching) -> list[Encoded]:
    with lying(lie) as server:
        remote = RemoteEmbedder("small-embedder", server.url, KEY, 10.0, batching=batching)
        return remote.embed_passages(passages(count))


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_as_many_requests_are_under_way_as_are_allowed(concurrency: int) -> None:
    server = Watched()
    embed(server, 120, Batching(concurrency, texts=5))
    assert server.most == concurrency


def test_no_request_holds_more_texts_or_tokens_than_allowed() -> None:
    server = Watched(lambda: 0.0)
    embed(server, 50, Batching(2, texts=8, tokens=1000))
    asked = server.batches[1:]  # the first asks for the dimension
    assert sorted(map(len, asked)) == [2, 8, 8, 8, 8, 8, 8]
    server = Watched(lambda: 0.0)
    embed(server, 50, Batching(2, texts=8, tokens=10))  # "text 7" has three tokens
    assert max(map(len, server.batches)) == 3
    assert sum(map(len, server.batches[1:])) == 50


def test_a_text_longer_than_a_request_goes_alone() -> None:
    server = Watched(lambda: 0.0)
    with lying(server) as running:
        bounds = Batching(2, texts=8, tokens=20)
        remote = RemoteEmbedder("small-embedder", running.url, KEY, 10.0, batching=bounds)
        remote.embed_passages([Passage("", "a 1"), Passage("", "word " * 100), Passage("", "b 2")])
    assert [len(batch) for batch in server.batches[1:]] == [1, 1, 1]


def test_vectors_keep_the_order_of_the_texts_whatever_comes_back_first() -> None:
    dice = random.Random(1)
    encoded = embed(Watched(lambda: dice.uniform(0, 0.05)), 100, Batching(8, texts=3))
    for number, found in enumerate(encoded):
        np.testing.assert_allclose(found.vector, vector_of(f"text {number}"), atol=1e-6)


def test_after_a_failure_nothing_more_is_sent() -> None:
    count = 0

    def lie(exchange: Exchange) -> None:
        nonlocal count
        count += 1
        if count > 3:
            exchange.reply(401, {"error": {"message": f"no {KEY}"}})
        else:
            Watched(lambda: 0.0)(exchange)

    with pytest.raises(EmbeddingError, match="embedding failed") as caught:
        embed(lie, 400, Batching(2, texts=4))
    assert KEY not in str(caught.value)
    assert count <= 3 + 2


def test_a_rate_limit_is_waited_for_and_the_rest_goes_on() -> None:
    limited = lies.failing(429, lies.error("slow down"), Retry_After="0.2")
    server = Watched(lambda: 0.0)
    encoded = embed(lies.first_then(limited, server), 40, Batching(4, texts=8))
    assert len(encoded) == 40


def test_an_interrupt_need_not_wait_for_a_slow_server() -> None:
    with lying(Watched(lambda: 3.0 if threading.active_count() > 4 else 0.0)) as server:
        bounds = Batching(4, texts=2)
        remote = RemoteEmbedder("small-embedder", server.url, KEY, 10.0, batching=bounds)
        assert remote.dimension == 3
        timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
        began = time.monotonic()
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            remote.embed_passages(passages(40))
        assert time.monotonic() - began < 2
        timer.join()


def test_adding_papers_keeps_the_server_busy_as_configured(tmp_path: Path) -> None:
    server = Watched()
    chosen: dict[str, Any] = {"embedding.model": "small-embedder", "embedding.concurrency": 6}
    with lying(server) as running:
        overrides = {**chosen, "embedding.base_url": running.url, "embedding.batch_texts": 30}
        app = open_app(home=tmp_path, overrides=overrides)
        papers = [Paper(f"p{i}", f"Title {i}", f"Text {i}.", sources=("made",)) for i in range(360)]
        report = app.index.add_papers(papers)
        app.index.close()
    assert report.embedded == 360
    assert server.most == 6
    assert max(map(len, server.batches)) == 30

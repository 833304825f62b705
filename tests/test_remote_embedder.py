"""An embedding server is as foreign as any: what it sends is checked before it is believed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rag.embedding import Passage, RemoteEmbedder
from rag.errors import ConfigError, EmbeddingError
from tests.servers import lying as lies
from tests.servers.lying import Exchange, Lie, LyingServer, lying

KEY = "sk-embedding-SECRET0SECRET0"


def vector_of(text: str) -> list[float]:
    """Return a vector that tells the text by its length, not of unit length."""
    return [float(len(text)), 1.0, 2.0]


def embedding(change: Callable[[list[Any]], Any] = lambda rows: rows) -> Lie:
    """Return a lie that embeds honestly and then changes the rows."""

    def lie(exchange: Exchange) -> None:
        texts = exchange.body["input"]
        rows = [
            {"object": "embedding", "index": i, "embedding": vector_of(t)}
            for i, t in enumerate(texts)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        exchange.reply(200, {"object": "list", "model": "e", "data": change(rows), "usage": usage})

    return lie


def with_first(vector: Any) -> Callable[[list[Any]], Any]:
    return lambda rows: [{**rows[0], "embedding": vector}, *rows[1:]]


def embedder(server: LyingServer, timeout: float = 10.0) -> RemoteEmbedder:
    return RemoteEmbedder("small-embedder", server.url, KEY, timeout)


def passages(count: int) -> list[Passage]:
    return [Passage(f"T{i}", "x" * i) for i in range(count)]


def test_vectors_come_in_order_and_have_unit_length() -> None:
    with lying(embedding()) as server:
        encoded = embedder(server).embed_passages(passages(200))
    for passage, vector in zip(passages(200), encoded, strict=True):
        expected = np.asarray(vector_of((passage.prefix + passage.text).strip()), dtype=np.float32)
        np.testing.assert_allclose(vector.vector, expected / np.linalg.norm(expected), rtol=1e-6)
        assert vector.sentences is None
    assert max(len(body["input"]) for body in server.bodies) <= 64


def test_rows_out_of_order_are_put_in_order() -> None:
    with lying(embedding(lambda rows: rows[::-1])) as server:
        both = embedder(server).embed_passages(passages(2))
        one = embedder(server).embed_passages(passages(1))
    np.testing.assert_array_equal(both[0].vector, one[0].vector)


def test_nothing_is_sent_for_nothing() -> None:
    with lying(embedding()) as server:
        assert embedder(server).embed_passages([]) == []
        assert server.hits == 0


def test_batches_go_out_a_few_at_a_time() -> None:
    now, most, lock = [0], [0], threading.Lock()

    def lie(exchange: Exchange) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        embedding()(exchange)

    with lying(lie) as server:
        embedder(server).embed_passages(passages(64 * 12))
    assert 1 < most[0] <= 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:-1], "asked for 2 vectors, got 1"),
        (lambda rows: rows + rows, "asked for 2 vectors, got 4"),
        (lambda _rows: None, "got no list"),
        (with_first([1.0, 2.0]), "sent vectors that are none"),
        (with_first([1.0, float("nan"), 0.0]), "NaN or infinity for “T0”"),
        (with_first([1e300, 1.0, 1.0]), "NaN or infinity"),
        (with_first([0.0, 0.0, 0.0]), "a zero vector for “T0”"),
        (with_first(None), "sent vectors that are none"),
        (with_first("abc"), "sent vectors that are none"),
        (lambda rows: [{**r, "embedding": []} for r in rows], "sent vectors that are none"),
        (
            lambda rows: [{**r, "embedding": [1.0, 2.0]} for r in rows],
            "2 dimensions where it sent 3",
        ),
        (lambda rows: [None, *rows[1:]], "embedding failed"),
    ],
)
def test_what_is_no_vector_is_named(change: Callable[[list[Any]], Any], said: str) -> None:
    def lie(exchange: Exchange) -> None:  # the question for the dimension is answered honestly
        embedding(change if len(exchange.body["input"]) > 1 else lambda rows: rows)(exchange)

    with lying(lie) as server, pytest.raises(EmbeddingError, match=said):
        embedder(server).embed_passages(passages(2))


@pytest.mark.parametrize(
    ("lie", "hits"),
    [
        (lies.failing(401, lies.error(f"bad key {KEY}")), 1),
        (lies.failing(404, lies.error("no such model")), 1),
        (lies.failing(429, lies.error("quota", "insufficient_quota")), 1),
        (lies.failing(500), 3),
        (lambda exchange: exchange.reply(200, b"<html>", "text/html"), 1),
        (lambda exchange: exchange.reply(200, b'{"data": [', "application/json"), 1),
    ],
)
def test_a_failing_server_is_one_line_without_the_key(lie: Lie, hits: int) -> None:
    with lying(lie) as server:
        with pytest.raises(EmbeddingError, match="embedding failed") as caught:
            embedder(server).embed_query("hello")
        assert server.hits == hits
    assert KEY not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_hanging_server_is_left_at_the_deadline() -> None:
    with lying(lies.hang) as server:
        started = time.monotonic()
        with pytest.raises(EmbeddingError, match=r"did not finish within 0\.6 s"):
            embedder(server, timeout=0.6).embed_query("hello")
        assert time.monotonic() - started < 1.6
        assert server.hung_up.wait(3)


def test_a_passing_failure_is_retried() -> None:
    with lying(lies.first_then(lies.failing(503), embedding())) as server:
        assert embedder(server).embed_query("hello").shape == (3,)


def test_openai_without_a_key_and_addresses_that_are_none_are_said() -> None:
    with pytest.raises(EmbeddingError, match="OPENAI_API_KEY"):
        RemoteEmbedder("text-embedding-3-small", "", "", 5).embed_query("x")
    with pytest.raises(ConfigError, match="whole address"):
        RemoteEmbedder("m", "localhost:80", "", 5).embed_query("x")

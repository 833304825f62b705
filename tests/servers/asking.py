"""Asking a lying server with the real client: what the tests of ``rag.models`` share."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from rag.errors import ModelError
from rag.models import GuardedModel, connect
from rag.outside.replies import Reply
from rag.settings import ModelSettings
from tests.servers import lying as lies
from tests.servers.lying import Exchange, Lie, LyingServer, lying

KEY = "sk-proj-THE0SECRET0KEY0OF0THE0USER"
SHORT = 0.8  # seconds; how long a test waits for a server that never answers
QUESTION = [HumanMessage("How much does CGRS shorten reasoning?")]


def model_of(
    server: LyingServer, *, timeout: float = 10.0, name: str = "small-model"
) -> GuardedModel:
    return connect(settings_of(server, timeout=timeout, name=name))


def settings_of(
    server: LyingServer, *, timeout: float = 10.0, name: str = "small-model"
) -> ModelSettings:
    return ModelSettings(name=name, base_url=server.url, timeout=timeout, api_key=SecretStr(KEY))


def final(model: GuardedModel) -> Reply:
    reply = Reply()
    for reply in model.stream(QUESTION):  # noqa: B007 - the last one counts
        pass
    return reply


def asked(lie: Lie, **options: Any) -> tuple[Reply, LyingServer]:
    with lying(lie) as server:
        return final(model_of(server, **options)), server


def failed(lie: Lie, **options: Any) -> tuple[ModelError, LyingServer]:
    with lying(lie) as server:
        with pytest.raises(ModelError) as caught:
            final(model_of(server, **options))
        return caught.value, server


@pytest.fixture(autouse=True)
def no_thread_outlives_its_request() -> Iterator[None]:
    yield
    end = time.monotonic() + 3
    while any(t.name == "papers-request" for t in threading.enumerate()):
        assert time.monotonic() < end, "a request's thread is still there"
        time.sleep(0.01)


def streamed(*events: Any, content_type: str = "text/event-stream") -> Lie:
    """Return a lie that sends these events; a dict is a chunk, a string stands as it is."""

    def lie(exchange: Exchange) -> None:
        exchange.head(content_type=content_type)
        for event in events:
            exchange.event(event)
        exchange.event("[DONE]")

    return lie


def said(text: str | None, **extra: Any) -> dict[str, Any]:
    return lies.chunk({"content": text}, **extra)


END = lies.chunk({}, finish="stop")

"""A secret that a server sends back is shown nowhere."""

import base64
import json
import traceback

import pytest

from rag.errors import ConfigError, ModelError
from rag.models import connect
from rag.outside.replies import Reply
from rag.settings import ModelSettings
from tests.servers import lying as lies
from tests.servers.asking import (
    KEY,
    QUESTION,
    failed,
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
    streamed,
)
from tests.servers.lying import Exchange, Lie, lying


@pytest.mark.parametrize(
    "lie",
    [
        lies.failing(401, lies.error(f"Incorrect API key provided: {KEY}.")),
        lies.failing(401, f"no such key: {KEY}".encode()),
        lies.failing(400, lies.error(f"Bearer {KEY} cannot be used")),
        streamed({"error": {"message": f"key {KEY} has expired"}}),
        streamed(json.dumps(KEY)[:-1]),
    ],
)
def test_a_key_that_comes_back_is_in_no_message_and_no_traceback(lie: Lie) -> None:
    error, server = failed(lie)
    assert server.keys[0] == f"Bearer {KEY}", "the lie must have known the key"
    shown = "".join(traceback.format_exception(error))
    assert KEY not in shown
    assert KEY[-12:] not in shown


def test_a_key_that_comes_back_in_an_answer_is_not_shown() -> None:
    text = f"The key is {KEY} [1]."
    with lying(lies.honest(text, pieces=3)) as server:
        seen = [reply.text for reply in map(_copied, model_of(server).stream(QUESTION))]
    assert seen[-1] == "The key is [key] [1]."
    assert not any("sk-" in text for text in seen)


def _copied(reply: Reply) -> Reply:
    return Reply(reply.text)


PASSWORD = "hunter2-SECRET0WORD"


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_password_in_the_address_is_sent_and_shown_nowhere(status: int) -> None:
    """The server echoes the header that it was sent, which holds the password in base64."""

    def echo(exchange: Exchange) -> None:
        sent = exchange.headers["Authorization"]
        plain = base64.b64decode(sent.removeprefix("Basic ")).decode()
        exchange.reply(status, lies.error(f"got {sent}: {plain}"), X_Echo=sent)

    with lying(echo) as server:
        url = server.url.replace("//", f"//me:{PASSWORD}@")
        with pytest.raises(ModelError) as caught:
            final(connect(ModelSettings(name="m", base_url=url, timeout=5)))
        sent = server.keys[0].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == f"me:{PASSWORD}"
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    assert sent not in told


@pytest.mark.parametrize("lie", [lies.hang, Exchange.reset, lies.failing(500)])
def test_no_failure_to_connect_shows_the_password_of_the_address(lie: Lie) -> None:
    with lying(lie) as server:
        url = server.url.replace("//", f"//me:{PASSWORD}@")
        with pytest.raises(ModelError) as caught:
            final(connect(ModelSettings(name="m", base_url=url, timeout=0.8)))
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "scheme", ["ftp", "http", "https"], ids=["no scheme of ours", "refused", "no TLS"]
)
def test_an_address_that_cannot_be_used_is_not_shown(scheme: str) -> None:
    url = f"{scheme}://me:{PASSWORD}@127.0.0.1:9/v1"
    with pytest.raises((ConfigError, ModelError)) as caught:
        final(connect(ModelSettings(name="auto", base_url=url, timeout=2)))
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))

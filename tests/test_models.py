"""The real chat client: what it sends, which model it asks, what it tries again."""

import time

import pytest
from langchain_core.messages import HumanMessage

from rag.errors import (
    ConfigError,
    MissingExtraError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.models import GuardedModel, connect, list_models
from rag.settings import ModelSettings
from tests.fakes import ReadingModel
from tests.servers import lying as lies
from tests.servers.asking import (
    KEY,
    SHORT,
    asked,
    failed,
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
    settings_of,
)
from tests.servers.lying import SENTENCE, Exchange, Lie, lying


def test_an_honest_server_is_read_to_the_end() -> None:
    reply, server = asked(lies.honest())
    assert (reply.text, reply.complete, reply.finish_reason) == (SENTENCE, True, "stop")
    assert (reply.input_tokens, reply.output_tokens, reply.estimated) == (100, 20, False)
    assert server.hits == 1


def test_what_is_sent_is_understood_by_old_servers() -> None:
    _, server = asked(lies.honest())
    body = server.bodies[0]
    assert body["max_tokens"] == ModelSettings().max_tokens
    assert body["temperature"] == 0
    assert body["stream"] is True
    assert "tools" not in body


@pytest.mark.parametrize(
    ("lie", "mend"),
    [
        (lies.failing(401, lies.error("Incorrect API key provided")), "OPENAI_API_KEY"),
        (lies.failing(403, lies.error("not allowed here")), "OPENAI_API_KEY"),
        (
            lies.failing(429, lies.error("You exceeded your current quota", "insufficient_quota")),
            "quota",
        ),
        (
            lies.failing(404, lies.error("The model does not exist", "model_not_found")),
            "papers models",
        ),
        (lies.failing(400, lies.error("unknown field 'temperature'")), "unknown field"),
    ],
)
def test_a_refusal_is_not_repeated(lie: Lie, mend: str) -> None:
    error, server = failed(lie)
    assert isinstance(error, ModelRefusedError)
    assert mend in str(error)
    assert "\n" not in str(error)
    assert server.hits == 1


def test_a_long_retry_after_is_said_at_once() -> None:
    started = time.monotonic()
    error, server = failed(lies.failing(429, retry_after="90"), timeout=300.0)
    assert "90 s" in str(error)
    assert server.hits == 1
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-1", "soon", "Fri, 99 Foo 2025", "Thu, 01 Jan 1970 00:00:00 GMT"]
)
def test_a_nonsensical_retry_after_is_survived(value: str) -> None:
    reply, _ = asked(lies.first_then(lies.failing(429, retry_after=value), lies.honest()))
    assert reply.text == SENTENCE


def test_the_deadline_holds_across_retries() -> None:
    started = time.monotonic()
    error, server = failed(lies.failing(429, retry_after="0.5"), timeout=SHORT)
    assert isinstance(error, ModelUnavailableError)
    assert server.hits <= 2
    assert time.monotonic() - started < SHORT + 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 529])
def test_a_passing_failure_is_retried(status: int) -> None:
    reply, server = asked(lies.first_then(lies.failing(status), lies.honest()))
    assert reply.complete
    assert server.hits == 2


def test_a_lasting_failure_is_tried_three_times() -> None:
    error, server = failed(lies.failing(500, b"<html>oops</html>"))
    assert isinstance(error, ModelUnavailableError)
    assert "HTTP 500" in str(error)
    assert server.hits == 3


def test_a_reset_before_the_first_word_is_retried() -> None:
    reply, server = asked(lies.first_then(Exchange.reset, lies.honest()))
    assert reply.complete
    assert server.hits == 2


def test_auto_takes_the_first_model_that_can_chat() -> None:
    with lying(lies.honest(), models=("nomic-embed-text", "zeta", "alpha")) as server:
        assert list_models(settings_of(server)) == ["nomic-embed-text", "zeta", "alpha"]
        assert model_of(server, name="auto").name == "zeta"


def test_a_server_without_models_says_so() -> None:
    with lying(lies.honest(), models=()) as server, pytest.raises(ModelReplyError, match="--model"):
        model_of(server, name="auto")


@pytest.mark.parametrize(
    "lie",
    [
        lambda exchange: exchange.reply(200, b"<html>", "text/html"),
        lambda exchange: exchange.reply(200, {"data": None}),
        lambda exchange: exchange.reply(200, {"data": [{"id": None}]}),
        lambda exchange: exchange.reply(200, b'{"data": [', "application/json"),
        lies.failing(401, lies.error(KEY)),
        lies.failing(500),
        lies.hang,
    ],
)
def test_a_list_of_models_that_is_none_is_one_named_error(lie: Lie) -> None:
    with lying(lie, lies_of_models=True) as server, pytest.raises(ModelError) as caught:
        list_models(settings_of(server, timeout=1.0))
    assert KEY not in str(caught.value)


def test_names_with_a_colon_belong_to_the_server_when_there_is_one() -> None:
    with lying(lies.honest()) as server:
        assert final(model_of(server, name="llama3:8b")).complete
        assert server.bodies[0]["model"] == "llama3:8b"


def test_openai_without_a_key_is_said_before_anything_is_sent() -> None:
    with pytest.raises(ModelRefusedError, match="export OPENAI_API_KEY"):
        connect(ModelSettings(name="gpt-5-mini"))
    with pytest.raises(ModelRefusedError, match="export OPENAI_API_KEY"):
        connect(ModelSettings(name="openai:gpt-5-mini"))


def test_a_provider_goes_through_langchain() -> None:
    with pytest.raises(MissingExtraError, match="langchain-mistralai"):
        connect(ModelSettings(name="mistralai:open-mistral-7b"))
    with pytest.raises(ConfigError, match="cannot load 'pigeon:coo'"):
        connect(ModelSettings(name="pigeon:coo"))


@pytest.mark.parametrize("name", ["local:", "local:/no/such/model.gguf", "local:README.md"])
def test_a_local_model_that_is_no_file_is_said(name: str) -> None:
    pytest.importorskip("xllamacpp", reason="the extra [local] is not installed")
    with pytest.raises(ConfigError, match="no GGUF file"):
        connect(ModelSettings(name=name))


def test_any_langchain_model_can_be_guarded() -> None:
    guarded = GuardedModel(ReadingModel(), name="reading", timeout=10)
    prompt = "<abstracts>\n[1] T\nCats are grey. Dogs are black.\n</abstracts>\n\nQuestion: are dogs black?"
    *_, reply = guarded.stream([HumanMessage(prompt)])
    assert reply.text.startswith("Dogs are black [1].")
    assert reply.complete

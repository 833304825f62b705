"""The real chat client against a server that lies: every failure bounded, named, without secrets."""

import contextlib
import json
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from rag.errors import (
    ConfigError,
    ContextTooLongError,
    MissingExtraError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.models import GuardedModel, connect, list_models
from rag.outside import replies
from rag.outside.address import check_address, is_loopback, is_private
from rag.outside.replies import Reply, visible
from rag.settings import ModelSettings
from tests.fakes import ReadingModel
from tests.servers import lying as lies
from tests.servers.lying import SENTENCE, Exchange, Lie, LyingServer, lying

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
def _no_thread_outlives_its_request() -> Iterator[None]:
    yield
    end = time.monotonic() + 3
    while any(t.name == "papers-request" for t in threading.enumerate()):
        assert time.monotonic() < end, "a request's thread is still there"
        time.sleep(0.01)


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


# -- what may not be retried ---------------------------------------------------------------


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


# -- what is retried -----------------------------------------------------------------------


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


# -- what never ends -----------------------------------------------------------------------


@pytest.mark.parametrize("lie", [lies.hang, lies.ping, lies.drip_headers])
def test_a_server_that_says_nothing_is_left_at_the_deadline(lie: Lie) -> None:
    with lying(lie) as server:
        model = model_of(server, timeout=SHORT)
        started = time.monotonic()
        with pytest.raises(ModelUnavailableError, match=r"within 0\.8 s; mend: .*--timeout"):
            final(model)
        assert time.monotonic() - started < SHORT + 1
        assert server.hung_up.wait(3), "the connection must be closed, not abandoned"


@pytest.mark.parametrize("lie", [lies.drip, lies.hang_in_stream])
def test_what_came_before_the_deadline_is_kept_as_incomplete(lie: Lie) -> None:
    with lying(lie) as server:
        model = model_of(server, timeout=SHORT)
        started = time.monotonic()
        reply = final(model)
        assert time.monotonic() - started < SHORT + 1
        assert reply.text.startswith("CGRS shortens")
        assert not reply.complete
        assert "did not finish within" in reply.failure
        assert server.hung_up.wait(3)


def test_a_reader_who_leaves_ends_the_request() -> None:
    with lying(lies.drip) as server:
        stream = model_of(server).stream(QUESTION)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert server.hung_up.wait(3)


def test_an_answer_without_end_is_cut() -> None:
    reply, server = asked(lies.pour)
    assert len(reply.text) <= replies.LONGEST_REPLY
    assert not reply.complete
    assert "exceeds" in reply.failure
    assert server.hits == 1


def test_a_line_without_end_is_cut() -> None:
    started = time.monotonic()
    error, _ = failed(lies.pour_one_line, timeout=30.0)
    assert "exceeds 32 MB" in str(error)
    assert time.monotonic() - started < 20


def test_a_refused_connection_is_told_in_time() -> None:
    with lying(lies.hang) as server:
        url = server.url
    started = time.monotonic()
    with pytest.raises(ModelUnavailableError, match="cannot be reached; mend: check --base-url"):
        final(connect(ModelSettings(name="m", base_url=url, timeout=3)))
    assert time.monotonic() - started < 4


def test_an_unknown_host_is_told_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(ModelUnavailableError):
        final(
            connect(ModelSettings(name="m", base_url="http://no-such-host.invalid/v1", timeout=3))
        )
    assert time.monotonic() - started < 4


# -- streams that are cut, and replies that are none -----------------------------------------


@pytest.mark.parametrize("lie", [lies.cut_by_reset, lies.cut_cleanly, lies.cut_in_json])
def test_a_cut_stream_is_incomplete(lie: Lie) -> None:
    reply, server = asked(lie)
    assert reply.text.startswith(SENTENCE)
    assert not reply.complete
    assert reply.failure
    assert server.hits == 1, "an answer that has begun is not asked for again"


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


@pytest.mark.parametrize(
    "lie",
    [
        lambda exchange: exchange.reply(200, b"<html><h1>Welcome</h1></html>", "text/html"),
        lambda exchange: exchange.reply(200, b"", "text/event-stream"),
        lambda exchange: exchange.reply(200, b'{"choices": [{"mess', "application/json"),
        lambda exchange: exchange.reply(200, b"\x1f\x8b\x08junk", "text/event-stream", Content_Encoding="gzip"),
        lambda exchange: exchange.write(b"SSH-2.0-OpenSSH_9.6\r\n"),
        streamed('{"choices": [{"index": 0, "del'),
        streamed("null"),
        streamed("[1, 2, 3]"),
        streamed({"choices": []}),
        streamed({"choices": None}),
        streamed({}),
        streamed(lies.chunk(None), lies.chunk(None, finish="stop")),
        streamed(said(None), lies.chunk({"content": None}, finish="stop")),
        streamed({"error": {"message": "the GPU is on fire", "code": 500}}),
        streamed(said("<think>Hm, what do I know of"), END),
        streamed(said(" \n "), END),
        streamed(lies.chunk({"refusal": "I will not."}, finish="content_filter")),
        streamed(
            lies.chunk({"tool_calls": [{"index": 3, "id": None, "function": {"arguments": "}"}}]}),
            lies.chunk({"tool_calls": [{"index": 0, "id": "x", "function": {"name": "f", "arguments": "{"}}]}),
            lies.chunk({}, finish="tool_calls"),
        ),
    ],
)  # fmt: skip
def test_a_reply_that_is_none_is_one_named_error(lie: Lie) -> None:
    error, _ = failed(lie)
    assert isinstance(error, ModelReplyError | ModelUnavailableError)
    assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize(
    ("events", "text"),
    [
        (
            [said("<think>First"), said(" I think.</th"), said("ink>\n\nIt grows [1]."), END],
            "It grows [1].",
        ),
        ([said("I mused about it.</think>It grows [1]."), END], "It grows [1]."),
        (
            [said("```mark"), said("down\nIt grows [1].\n"), said("``"), said("`"), END],
            "It grows [1].\n",
        ),
        ([said("a\x00\x00b\x00 [1]."), END], "ab [1]."),
        (
            [said("It grows"), said(None), said(" [1]."), lies.chunk({}), {"choices": []}, END],
            "It grows [1].",
        ),
        ([said("It grows [1]."), END, said("It grows [1]."), END], "It grows [1]."),
        ([said("It is 1 < 2 [1]."), END], "It is 1 < 2 [1]."),
    ],
)
def test_odd_streams_are_read_rightly(events: list[Any], text: str) -> None:
    reply, _ = asked(streamed(*events))
    assert reply.text == text
    assert reply.complete


def test_a_stream_of_the_wrong_content_type_is_read() -> None:
    reply, _ = asked(streamed(said(SENTENCE), END, content_type="text/plain"))
    assert (reply.text, reply.complete) == (SENTENCE, True)


def test_without_usage_the_tokens_count_as_estimated() -> None:
    reply, _ = asked(streamed(said(SENTENCE), END))
    assert reply.estimated


def test_an_answer_cut_by_the_token_limit_is_incomplete() -> None:
    reply, _ = asked(streamed(said(SENTENCE), lies.chunk({}, finish="length")))
    assert not reply.complete
    assert reply.finish_reason == "length"


def test_the_model_that_answered_is_told_from_the_one_that_was_asked() -> None:
    reply, _ = asked(lies.honest(model="cheap\x1b[2J-model"))
    assert reply.model == "cheap [2J-model"


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 9000",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_a_prompt_that_is_too_long_has_its_own_error(message: str) -> None:
    error, server = failed(lies.failing(400, lies.error(message, "context_length_exceeded")))
    assert isinstance(error, ContextTooLongError)
    assert server.hits == 1


# -- secrets -------------------------------------------------------------------------------


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


# -- addresses, proxies, TLS -----------------------------------------------------------------


def test_a_server_on_this_machine_is_not_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    reply, _ = asked(lies.honest())
    assert reply.complete


def test_a_proxy_that_is_none_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "carrier-pigeon://coop")
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        connect(ModelSettings(name="m", base_url="http://no-such-host.invalid/v1"))


def test_a_server_that_speaks_no_tls_is_not_asked_twice() -> None:
    with lying(lies.honest()) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(ModelRefusedError, match="no secure connection"):
            final(connect(ModelSettings(name="m", base_url=url, timeout=5)))


@pytest.mark.parametrize(
    "url", ["localhost:8080/v1", "ftp://127.0.0.1/v1", "http://", "http://[::1/v1", "http://h:x/"]
)
def test_an_address_that_is_none_is_said_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="--base-url"):
        connect(ModelSettings(name="m", base_url=url))


def test_a_key_does_not_travel_unencrypted_through_the_internet() -> None:
    with pytest.raises(ConfigError, match=r"unencrypted to models\.example\.com"):
        check_address("http://models.example.com/v1", has_key=True)
    check_address("https://models.example.com/v1", has_key=True)
    check_address("http://models.example.com/v1", has_key=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.7", "ollama", "gpu.lan", "fe80::1%eth0"]
)
def test_private_hosts(host: str) -> None:
    assert is_private(host)


def test_loopback_addresses() -> None:
    assert is_loopback("http://localhost:1/v1")
    assert is_loopback("http://[::1]:1/v1")
    assert not is_loopback("http://localhost.example.com/v1")
    assert not is_loopback("http://10.0.0.1/v1")


# -- which model ---------------------------------------------------------------------------


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


# -- text as it grows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "It grows [1]. <think>no</think> It falls [2].",
        "```\nIt grows [1].\n```\nIt falls [2].",
        f"a {KEY} b {KEY[:9]} c <thin air> d `code` ~ e",
    ],
)
def test_shown_text_is_never_taken_back(text: str) -> None:
    whole = visible(text, [KEY], last=True)
    for end in range(len(text)):
        assert whole.startswith(visible(text[:end], [KEY], last=False))


def test_a_hundred_requests_at_once_are_all_answered() -> None:
    with lying(lies.honest()) as server:
        model = model_of(server, timeout=60)
        replies_: list[Reply] = []
        threads = [
            threading.Thread(target=lambda: replies_.append(final(model))) for _ in range(100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [r.text for r in replies_ if r.complete] == [SENTENCE] * 100


def test_random_chunks_never_raise_anything_of_their_own() -> None:
    strange: list[Any] = [None, [], {}, "", 0, -1, 1e99, "x", [None], {"content": []}, True]
    events = [event for value in strange for event in _with(value)]
    with lying(lambda exchange: streamed(events[exchange.number - 1])(exchange)) as server:
        model = model_of(server, timeout=60)
        for _ in events:
            with contextlib.suppress(ModelError):
                final(model)
    assert server.hits == len(events)


def _with(value: Any) -> list[Any]:
    return [
        {"choices": value},
        {"choices": [value]},
        lies.chunk(value),
        lies.chunk({"content": value}),
        lies.chunk({"content": "x", "role": value}),
        {**said("x"), "usage": value, "model": value, "id": value},
        {**lies.usage(), "usage": {"prompt_tokens": value}},
        lies.chunk({"content": "x"}, finish=value),
    ]

"""A stream that is cut is incomplete; a reply that is none is one named error."""

import contextlib
import threading
from typing import Any

import pytest

from rag.errors import (
    ContextTooLongError,
    ModelError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.outside.replies import Reply, visible
from tests.servers import lying as lies
from tests.servers.asking import (
    END,
    KEY,
    asked,
    failed,
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
    said,
    streamed,
)
from tests.servers.lying import SENTENCE, Lie, lying


@pytest.mark.parametrize("lie", [lies.cut_by_reset, lies.cut_cleanly, lies.cut_in_json])
def test_a_cut_stream_is_incomplete(lie: Lie) -> None:
    reply, server = asked(lie)
    assert reply.text.startswith(SENTENCE)
    assert not reply.complete
    assert reply.failure
    assert server.hits == 1, "an answer that has begun is not asked for again"


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

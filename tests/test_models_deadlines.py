"""A request ends when it should, whatever the server does to keep it."""

import time

import pytest

from rag.errors import (
    ModelUnavailableError,
)
from rag.models import connect
from rag.outside import replies
from rag.settings import ModelSettings
from tests.servers import lying as lies
from tests.servers.asking import (
    QUESTION,
    SHORT,
    asked,
    failed,
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
)
from tests.servers.lying import Lie, lying


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

"""Requests that end when they should, whatever the server does, and how often to try again.

A request runs in a thread that may hang. Its caller waits no longer than the deadline,
then cuts the connections which the request has opened, so that the thread ends as well.
What a failure means is told by ``failures``; nothing here knows a protocol.
"""

import os
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any, TypeVar

from rag.errors import ConfigError, ModelError, ModelReplyError, ModelUnavailableError
from rag.outside.address import is_loopback
from rag.outside.failures import Failures, brief, retry_after

ATTEMPTS = 3
MOST_BYTES = 32_000_000  # of one reply, as it comes over the wire
LONGEST_PAUSE = 10.0  # seconds; a server that asks for more is not waited for in silence
_GLANCE = 0.25  # seconds between two looks at what has come in
_here = threading.local()  # .request: what this thread works for
_END = object()

T = TypeVar("T")


class _Failed:
    """What a request ended with, on its way to the thread that waits for it."""

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc


class _Request:
    """One request under way: what it brought so far, and the connections it opened."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._over = threading.Event()
        self._sockets: list[socket.socket] = []
        self._responses: list[Any] = []

    def run(self, work: Callable[[], Iterable[Any]]) -> None:
        """Put everything that ``work`` yields where the waiting thread finds it."""
        _here.request = self
        try:
            for item in work():
                if self._over.is_set():
                    return
                self._items.put(item)
            self._items.put(_END)
        except BaseException as exc:  # of a foreign library, which may panic: it must not vanish
            self._items.put(_Failed(exc))

    def items(self, deadline: float) -> Iterator[Any]:
        """Yield what comes in. Raises TimeoutError, or what ended the request."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._check_size()
            try:
                item = self._items.get(timeout=min(left, _GLANCE))
            except queue.Empty:
                continue
            if item is _END:
                return
            if isinstance(item, _Failed):
                raise item.exc if isinstance(item.exc, Exception) else RuntimeError(repr(item.exc))
            yield item

    def _check_size(self) -> None:
        if sum(response.num_bytes_downloaded for response in self._responses) > MOST_BYTES:
            raise ModelReplyError(f"the reply exceeds {MOST_BYTES // 1_000_000} MB; it was cut off")

    def cut(self) -> None:
        """End the request: shut its connections, which wakes a thread that reads from one."""
        self._over.set()
        for connection in list(self._sockets):
            _shut(connection)

    def note_connection(self, event: str, info: dict[str, Any]) -> None:
        """Remember a connection that the HTTP client tells of (its "trace" extension)."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        stream = info.get("return_value")
        connection = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(connection, socket.socket):
            self._sockets.append(connection)
            if self._over.is_set():
                _shut(connection)

    def note_response(self, response: Any) -> None:
        """Remember a response; refuse one whose size could not be told from its bytes."""
        self._responses.append(response)
        if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise ModelReplyError("the server sent a compressed reply, which was not asked for")


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        # Not its own shutdown(): that of a TLS socket changes state that a reader still uses.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _watch_request(request: Any) -> None:
    current: _Request | None = getattr(_here, "request", None)
    if current is not None:
        request.extensions["trace"] = current.note_connection


def _watch_response(response: Any) -> None:
    current: _Request | None = getattr(_here, "request", None)
    if current is not None:
        current.note_response(response)


def iterate(work: Callable[[], Iterable[T]], deadline: float) -> Generator[T]:
    """Yield what ``work`` yields in a thread of its own, until ``deadline`` (monotonic seconds).

    Raises TimeoutError at the deadline, and whatever ``work`` raises. When the caller
    stops listening, the request ends.
    """
    request = _Request()
    threading.Thread(target=request.run, args=(work,), name="papers-request", daemon=True).start()
    try:
        yield from request.items(deadline)
    finally:
        request.cut()


def fetch(work: Callable[[], T], failures: Failures, deadline: float) -> T:
    """Return what ``work`` returns, tried again where that may help. Raises ModelError."""
    attempt = 1
    while True:
        try:
            with closing(iterate(lambda: [work()], deadline)) as results:
                return next(results)
        except Exception as exc:
            error = failures.translate(exc)
            wait = pause(error, retry_after(exc), attempt, deadline)
            if wait is None:
                raise error from failures.shown_cause(exc)
        time.sleep(wait)
        attempt += 1


def pause(error: ModelError, asked: float | None, attempt: int, deadline: float) -> float | None:
    """Return the seconds to wait before the next attempt, None when there is to be none.

    ``asked`` is what the server asked for. Attempts count from 1.
    """
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret hangs on it
    wait = min(4.0, 0.3 * 2**attempt) * jitter if asked is None else asked
    in_time = wait <= LONGEST_PAUSE and time.monotonic() + wait < deadline
    passing = isinstance(error, ModelUnavailableError)
    return wait if passing and in_time and attempt < ATTEMPTS else None


def open_client(make: Callable[..., T], base_url: str) -> T:
    """Return the HTTP client that ``make`` builds, one that ends when told to.

    A connection serves one request; replies come uncompressed, so that their size is
    known. No proxy is asked for a server on this machine; the certificates of
    SSL_CERT_FILE and SSL_CERT_DIR hold there as well. Raises ConfigError.
    """
    try:
        return make(
            event_hooks={"request": [_watch_request], "response": [_watch_response]},
            headers={"Connection": "close", "Accept-Encoding": "identity"},
            trust_env=not is_loopback(base_url),
            **_trusted(),
        )
    except Exception as exc:  # a proxy that is no address, a missing certificate file, …
        raise ConfigError(
            f"the proxy or certificate settings in the environment cannot be used "
            f"({brief(str(exc))}); mend: check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE"
        ) from exc


def _trusted() -> dict[str, ssl.SSLContext]:
    """Return which authorities to trust, when the environment names others than the usual."""
    file, folder = (os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if not (file or folder):
        return {}
    return {"verify": ssl.create_default_context(cafile=file or None, capath=folder or None)}

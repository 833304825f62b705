"""A server on loopback that speaks OpenAI's protocol and misbehaves on purpose.

A lie is a function that is handed one ``Exchange`` and writes to it whatever it likes;
the lies of this module are those seen in the wild. The server counts the requests, keeps
their bodies, and notices when a client hangs up.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SENTENCE = "CGRS shortens reasoning by 18.5% to 41.9% [1]."


class HungUpError(Exception):
    """The client has closed the connection."""


class Exchange:
    """One request and the connection to answer it on."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: "LyingServer") -> None:
        self._handler = handler
        self._server = server
        self.number = server.hits  # 1 for the first request
        self.path = handler.path
        self.headers = dict(handler.headers)
        self.body: dict[str, Any] = {}

    @property
    def over(self) -> bool:
        """Whether the server is being closed."""
        return self._server.closing.is_set()

    def write(self, raw: bytes) -> None:
        """Send bytes as they are."""
        try:
            self._handler.wfile.write(raw)
            self._handler.wfile.flush()
        except OSError as exc:
            raise HungUpError from exc

    def head(
        self, status: int = 200, content_type: str = "text/event-stream", **headers: str
    ) -> None:
        """Send a status line and headers; the body lasts until the connection closes."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.write("\r\n".join([*lines, "", ""]).encode())

    def reply(
        self, status: int, body: Any, content_type: str = "application/json", **headers: str
    ) -> None:
        """Send a whole response."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.head(status, content_type, Content_Length=str(len(raw)), **headers)
        self.write(raw)

    def event(self, value: Any) -> None:
        """Send one event of a stream."""
        self.write(f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode())

    def say(self, text: str | None, *, finish: str | None = None, **extra: Any) -> None:
        """Send a piece of the answer."""
        self.event(chunk({"content": text}, finish=finish, **extra))

    def reset(self) -> None:
        """Break the connection off as a crash does, without a proper end."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()

    def wait(self, seconds: float = 30.0) -> None:
        """Do nothing until the client hangs up, the server closes or the time is over."""
        end = time.monotonic() + seconds
        connection = self._handler.connection
        connection.settimeout(0.02)
        while time.monotonic() < end and not self._server.closing.is_set():
            try:
                if connection.recv(1) == b"":
                    raise HungUpError
            except TimeoutError:
                continue
            except OSError as exc:
                raise HungUpError from exc
        connection.settimeout(None)


Lie = Callable[[Exchange], None]


class LyingServer:
    """Answers every POST with its lie, and ``GET /v1/models`` honestly unless told otherwise."""

    def __init__(
        self,
        lie: Lie,
        *,
        models: Sequence[str] = ("small-model",),
        lies_of_models: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.lie = lie
        self.models = tuple(models)
        self.lies_of_models = lies_of_models
        self.hits = 0  # requests other than for the list of models
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.hung_up = threading.Event()  # a client has left before the end
        self.closing = threading.Event()
        self._count = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:  # hands are shaken in the thread of the exchange, at its first read
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL, with /v1."""
        return f"{self._scheme}://127.0.0.1:{self.port}/v1"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._http.server_address[1])

    def close(self) -> None:
        """End every exchange and the server."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Take one request and lie."""
        length = int(handler.headers.get("Content-Length") or 0)
        raw = handler.rfile.read(length)
        listing = handler.command == "GET"
        if listing and not self.lies_of_models:
            names = [{"id": name, "object": "model"} for name in self.models]
            Exchange(handler, self).reply(200, {"object": "list", "data": names})
            return
        with self._count:
            self.hits += 1
            exchange = Exchange(handler, self)
            exchange.body = json.loads(raw) if raw else {}
            self.bodies.append(exchange.body)
            self.paths.append(exchange.path)
            self.keys.append(handler.headers.get("Authorization", ""))
        try:
            self.lie(exchange)
        except HungUpError:
            self.hung_up.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.close_connection = True
                server.answer(self)

            do_GET = do_POST  # noqa: N815 - the name is that of BaseHTTPRequestHandler

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

            def handle(self) -> None:
                try:
                    super().handle()
                except (OSError, ValueError):  # the connection is gone: that was the lie
                    server.hung_up.set()

            def finish(self) -> None:
                try:
                    super().finish()
                except (OSError, ValueError):
                    server.hung_up.set()

        return Handler


@contextmanager
def lying(lie: Lie, **options: Any) -> Iterator[LyingServer]:
    """Run a server for as long as the block lasts."""
    server = LyingServer(lie, **options)
    try:
        yield server
    finally:
        server.close()


def chunk(
    delta: Any, *, finish: str | None = None, model: str = "small-model", **extra: Any
) -> dict[str, Any]:
    """Return one chunk of a streamed completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
        "choices": [choice], **extra,
    }  # fmt: skip


def usage(prompt: int = 100, completion: int = 20) -> dict[str, Any]:
    """Return the last chunk of a stream, which holds the usage and no choice."""
    counts = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    return {**chunk({}), "choices": [], "usage": counts}


def honest(text: str = SENTENCE, *, model: str = "small-model", pieces: int = 8) -> Lie:
    """Answer as the protocol says."""

    def lie(exchange: Exchange) -> None:
        exchange.head()
        for start in range(0, len(text), pieces):
            exchange.event(chunk({"content": text[start : start + pieces]}, model=model))
        exchange.event(chunk({}, finish="stop", model=model))
        exchange.event({**usage(), "model": model})
        exchange.event("[DONE]")

    return lie


def failing(status: int, body: Any = None, **headers: str) -> Lie:
    """Refuse with a status."""
    content = {"error": {"message": "no", "type": "x", "code": "x"}} if body is None else body
    return lambda exchange: exchange.reply(status, content, **headers)


def error(message: str, code: str = "x") -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"message": message, "type": code, "code": code, "param": None}}


def first_then(first: Lie, then: Lie) -> Lie:
    """Lie the first time, then in another way."""
    return lambda exchange: first(exchange) if exchange.number == 1 else then(exchange)


def hang(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.wait()


def hang_in_stream(exchange: Exchange) -> None:
    """Begin the answer, then say nothing more."""
    exchange.head()
    exchange.say(SENTENCE)
    exchange.wait()


def ping(exchange: Exchange) -> None:
    """Send nothing but comments that keep the connection alive."""
    exchange.head()
    while True:
        exchange.write(b": ping\n\n")
        exchange.wait(0.05)
        if exchange.over:
            return


def drip(exchange: Exchange) -> None:
    """Send the answer a letter at a time, with no end to it."""
    exchange.head()
    while not exchange.over:
        for letter in SENTENCE + " ":
            exchange.say(letter)
            exchange.wait(0.01)


def drip_headers(exchange: Exchange) -> None:
    """Send the header a byte at a time, with no end to it."""
    exchange.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not exchange.over:
        exchange.write(b"a")
        exchange.wait(0.05)


def cut_by_reset(exchange: Exchange) -> None:
    """Crash in the middle of an answer."""
    exchange.head()
    exchange.say(SENTENCE)
    exchange.say(" It also")
    time.sleep(0.1)  # what has been written must arrive before the reset
    exchange.reset()


def cut_cleanly(exchange: Exchange) -> None:
    """End a stream properly in the middle of an answer, without a reason."""
    exchange.head()
    exchange.say(SENTENCE)
    exchange.say(" It also")
    exchange.event("[DONE]")


def cut_in_json(exchange: Exchange) -> None:
    """End in the middle of an event."""
    exchange.head()
    exchange.say(SENTENCE)
    exchange.write(b'data: {"choices": [{"index": 0, "delta": {"content": "It al\n\n')


def pour(exchange: Exchange) -> None:
    """Send an answer without end, as fast as it can."""
    exchange.head()
    sentence = json.dumps(chunk({"content": (SENTENCE + " ") * 20}))
    while not exchange.over:
        exchange.write(f"data: {sentence}\n\n".encode() * 20)


def pour_one_line(exchange: Exchange) -> None:
    """Send one event that never ends."""
    exchange.head()
    exchange.write(b'data: {"choices": [{"delta": {"content": "')
    while not exchange.over:
        exchange.write(b"a" * 1_000_000)

"""An embedding model behind a server: bounded batches, a few at once, mistrusted replies."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.embedding.protocol import Encoded, Passage, Vector, flaw, unit
from rag.errors import EmbeddingError, ModelError, ModelReplyError
from rag.outside.address import shown
from rag.text.tokens import default_counter, tokenizable

if TYPE_CHECKING:
    from rag.outside.failures import Failures

_GLANCE = 0.25  # seconds between two looks at what has come in, or at an interrupt
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Batching:
    """Bounds of what is sent: requests under way, and texts and tokens of one request."""

    concurrency: int = 4
    texts: int = 32  # the default limit of text-embeddings-inference
    tokens: int = 50_000


class RemoteEmbedder:
    """Any embedding model behind a server that speaks OpenAI's protocol.

    Vectors are scaled to unit length. There are no sentence vectors: such servers return
    one vector a text. What they return is checked before it is believed.
    """

    window = 8000

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str,
        timeout: float,
        *,
        batching: Batching | None = None,
    ) -> None:
        """Connect to nothing yet. ``base_url`` "" is OpenAI's own service."""
        self._model = model
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._batching = batching or Batching()
        self.fingerprint = f"{model}@{shown(base_url) or 'openai'}"

    @property
    def at_once(self) -> int:
        """How many passages keep the server busy: give it no fewer where there are more."""
        return self._batching.concurrency * self._batching.texts

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, asked of the server once. Raises EmbeddingError."""
        return int(self._ask(["dimension"]).shape[1])

    def count_tokens(self, text: str) -> int:
        """Return the number of tiktoken tokens, close enough to the server's own."""
        return default_counter().count(text)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question. Raises EmbeddingError."""
        vector: Vector = self._embed([text])[0]
        return vector

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return one vector for each passage, in order. Raises EmbeddingError."""
        texts = [(p.prefix + p.text).strip() or " " for p in passages]
        if not texts:
            return []
        _ = self.dimension  # asked before the threads begin
        batches = list(_batches(texts, self.count_tokens, self._batching))
        done = _concurrently(self._embed, batches, self._batching.concurrency)
        return [Encoded(vector) for vectors in done for vector in vectors]

    def _embed(self, texts: list[str]) -> Vector:
        """Return the unit vectors (n, dim) of the texts, in order."""
        vectors = self._ask(texts)
        if vectors.shape[1] != self.dimension:
            raise EmbeddingError(
                f"{self._model} sent {vectors.shape[1]} dimensions where it sent {self.dimension} before"
            )
        for text, vector in zip(texts, vectors, strict=True):
            if fault := flaw(Encoded(vector), self.dimension):
                raise EmbeddingError(
                    f"{self._model} sent {fault} for “{' '.join(text.split())[:60]}”"
                )
        return np.stack([unit(vector) for vector in vectors])

    def _ask(self, texts: list[str]) -> Vector:
        from rag.outside.requests import fetch

        client, deadline = self._client, time.monotonic() + self._timeout
        try:
            return fetch(lambda: self._requested(client, texts), self._failures, deadline)
        except ModelError as exc:
            raise EmbeddingError(f"embedding failed: {exc}") from exc

    def _requested(self, client: Any, texts: list[str]) -> Vector:
        reply = client.embeddings.create(
            model=self._model, input=[tokenizable(t) for t in texts], encoding_format="float"
        )
        rows = getattr(reply, "data", None)
        if not isinstance(rows, list) or len(rows) != len(texts):
            got = len(rows) if isinstance(rows, list) else "no list of them"
            raise ModelReplyError(f"{self._model}: asked for {len(texts)} vectors, got {got}")
        if sorted(row.index for row in rows) == list(range(len(texts))):
            rows = sorted(rows, key=lambda row: row.index)
        try:
            with np.errstate(over="ignore"):  # becomes infinity, which is refused
                vectors = np.asarray([row.embedding for row in rows], dtype=np.float32)
        except (TypeError, ValueError) as exc:
            raise ModelReplyError(f"{self._model} sent vectors that are none") from exc
        if vectors.ndim != 2 or not vectors.shape[1]:
            raise ModelReplyError(f"{self._model} sent vectors that are none")
        return vectors

    @cached_property
    def _failures(self) -> "Failures":
        from rag.outside.failures import Failures

        return Failures(self._model, self._timeout, [self._api_key], base_url=self._base_url)

    @cached_property
    def _client(self) -> Any:
        import openai

        from rag.outside.address import check_address
        from rag.outside.requests import open_client

        if self._base_url:
            check_address(self._base_url, has_key=bool(self._api_key))
        elif not self._api_key:
            raise EmbeddingError(f"{self._model} needs a key; mend: export OPENAI_API_KEY=…")
        return openai.OpenAI(
            base_url=self._base_url or "https://api.openai.com/v1",
            api_key=self._api_key or "none",
            timeout=self._timeout,
            max_retries=0,  # retried here, within the deadline
            http_client=open_client(openai.DefaultHttpxClient, self._base_url),
        )


def _batches(
    texts: Sequence[str], count: Callable[[str], int], bounds: Batching
) -> Iterator[list[str]]:
    """Yield the texts in order, as full as the bounds allow; a longer text stands alone."""
    batch: list[str] = []
    room = bounds.tokens
    for text in texts:
        size = count(text)
        if batch and (len(batch) == bounds.texts or size > room):
            yield batch
            batch, room = [], bounds.tokens
        batch.append(text)
        room -= size
    yield batch


def _concurrently(work: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """Return ``work`` of each item, in order, with at most ``at_once`` under way.

    Raises what the first failing one raises; nothing new is begun then. The threads are
    daemons, so that an interrupted command need not wait for a slow server.
    """
    waiting: SimpleQueue[tuple[int, T]] = SimpleQueue()
    done: SimpleQueue[tuple[int, R] | BaseException] = SimpleQueue()
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                number, item = waiting.get_nowait()
                done.put((number, work(item)))
            except Empty:
                return
            except BaseException as exc:  # it must reach the waiting thread
                done.put(exc)
                return

    for numbered in enumerate(items):
        waiting.put(numbered)
    for _ in range(min(at_once, len(items))):
        threading.Thread(target=serve, name="papers-embedding", daemon=True).start()
    results: dict[int, R] = {}
    try:
        while len(results) < len(items):
            try:
                outcome = done.get(timeout=_GLANCE)
            except Empty:
                continue
            if isinstance(outcome, BaseException):
                raise outcome
            results[outcome[0]] = outcome[1]
    finally:
        over.set()
    return [results[number] for number in range(len(items))]

"""A Chroma server over its HTTP protocol (version 2), treated as any foreign server.

Each request has a total deadline, a reply is bounded and checked before it is believed,
and nothing shows the token. Chroma's own client has no deadline, and would build the
embedding function that a server names. What is kept where, and why, is not known here.
"""

import base64
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from rag.embedding import Vector
from rag.errors import (
    ModelError,
    ModelReplyError,
    StorageError,
)
from rag.index.chroma_failures import StoreFailures, checked_host
from rag.index.store import HNSW, VectorHit
from rag.outside.requests import fetch, open_client

MOST_ROWS = 1000  # of one request
MOST_BYTES = 4_000_000  # of the vectors in one request, about
PAGE = 20_000  # chunk numbers asked for at once
_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


class Collection(NamedTuple):
    """A collection on a server; ``dimension`` is None while it is empty."""

    id: str
    dimension: int | None


class ChromaServer:
    """A server at ``address``, e.g. http://127.0.0.1:8000. Every method raises StorageError."""

    def __init__(self, address: str, *, token: str = "", timeout: float = 30.0) -> None:
        """Connect to nothing yet. Raises ConfigError for an address that cannot be right.

        ``timeout`` is the total seconds of one request, retries included.
        """
        self.name = f"the Chroma server at {checked_host(address)}"
        self._address = address.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._failures = StoreFailures(self.name, timeout, [token])

    def is_at(self, address: str) -> bool:
        """Tell whether this is the server at ``address``."""
        return self._address == address.rstrip("/")

    def create(self, name: str) -> Collection:
        """Make a collection, or find it where an earlier attempt has made it."""
        body = {"name": name, "get_or_create": True, "configuration": {"hnsw": HNSW}}
        return self._collection(self._ask("POST", _COLLECTIONS, body))

    def find(self, name: str) -> Collection:
        """Return the collection of this name."""
        return self._collection(self._ask("GET", f"{_COLLECTIONS}/{name}"))

    def delete(self, name: str) -> None:
        """Delete a collection with all it holds."""
        self._ask("DELETE", f"{_COLLECTIONS}/{name}")

    def count(self, collection: Collection) -> int:
        """Return the number of rows."""
        found = self._ask("GET", f"{_COLLECTIONS}/{collection.id}/count")
        if not isinstance(found, int):
            raise self._malformed("no count")
        return found

    def upsert(self, collection: Collection, vectors: Mapping[int, Vector]) -> None:
        """Put in these rows batch by batch, replacing any that stand there."""
        nums = list(vectors)
        dimension = len(vectors[nums[0]]) if nums else 1
        most_rows, in_base64 = self._limits
        size = max(1, min(most_rows, MOST_BYTES // (6 * dimension)))
        for some in _pieces(nums, size):
            rows = [_encoded(vectors[num], in_base64=in_base64) for num in some]
            body = {"ids": _ids(some), "embeddings": rows}
            self._ask("POST", f"{_COLLECTIONS}/{collection.id}/upsert", body)

    def remove(self, collection: Collection, nums: Sequence[int]) -> None:
        """Delete these rows; unknown ones are ignored."""
        for some in _pieces(nums, self._limits[0]):
            self._ask("POST", f"{_COLLECTIONS}/{collection.id}/delete", {"ids": _ids(some)})

    def query(self, collection: Collection, vector: Vector, n: int) -> list[VectorHit]:
        """Return up to ``n`` rows nearest to the unit ``vector`` (dim,), best first."""
        body = {"query_embeddings": [vector.tolist()], "n_results": n, "include": ["distances"]}
        found = self._ask("POST", f"{_COLLECTIONS}/{collection.id}/query", body)
        try:
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            hits = [VectorHit(int(i), 1.0 - float(d)) for i, d in pairs]
        except (KeyError, IndexError, TypeError, ValueError) as exc:
            raise self._malformed("no hits") from exc
        if not all(math.isfinite(hit.score) for hit in hits):
            raise self._malformed("distances that are none")
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_num))[:n]

    def present(self, collection: Collection, nums: Sequence[int]) -> set[int]:
        """Return those of ``nums`` that the collection holds."""
        found: set[int] = set()
        for some in _pieces(nums, MOST_ROWS):
            found.update(self._get(collection, {"ids": _ids(some)}))
        return found

    def vectors(self, collection: Collection, nums: Sequence[int]) -> dict[int, Vector]:
        """Return the vectors (dim,) of those of ``nums`` that the collection holds."""
        body = {"ids": _ids(nums), "include": ["embeddings"]}
        found = self._ask("POST", f"{_COLLECTIONS}/{collection.id}/get", body)
        try:
            rows = np.asarray(found["embeddings"], dtype=np.float32)
            pairs = zip(found["ids"], rows.reshape(-1, collection.dimension or 1), strict=True)
            return {int(i): row for i, row in pairs}
        except (KeyError, TypeError, ValueError) as exc:
            raise self._malformed("no vectors") from exc

    def nums(self, collection: Collection) -> set[int]:
        """Return the numbers of all rows."""
        found: set[int] = set()
        while page := self._get(collection, {"limit": PAGE, "offset": len(found)}):
            if found.issuperset(page):
                raise self._malformed("the same page twice")
            found.update(page)
        return found

    def _get(self, collection: Collection, wanted: Mapping[str, Any]) -> list[int]:
        body = {**wanted, "include": []}
        found = self._ask("POST", f"{_COLLECTIONS}/{collection.id}/get", body)
        try:
            return [int(i) for i in found["ids"]]
        except (KeyError, TypeError, ValueError) as exc:
            raise self._malformed("no numbers") from exc

    @cached_property
    def _limits(self) -> tuple[int, bool]:
        """Most rows of a request, and whether vectors may be sent as base64."""
        found = self._ask("GET", "/api/v2/pre-flight-checks")
        try:
            most = min(MOST_ROWS, int(found["max_batch_size"]))
            return max(1, most), found.get("supports_base64_encoding") is True
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise self._malformed("no limits") from exc

    def _collection(self, found: Any) -> Collection:
        try:
            dimension = found["dimension"]
            return Collection(str(found["id"]), None if dimension is None else int(dimension))
        except (KeyError, TypeError, ValueError) as exc:
            raise self._malformed("no collection") from exc

    def _malformed(self, what: str) -> StorageError:
        return StorageError(f"{self.name} sent {what}; mend: check index.store")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the decoded reply. Raises StorageError."""
        deadline = time.monotonic() + self._timeout
        content = None if body is None else json.dumps(body).encode()
        client = self._client
        try:
            return fetch(
                lambda: self._reply(client, method, path, content), self._failures, deadline
            )
        except ModelError as exc:
            raise StorageError(str(exc)) from exc

    def _reply(self, client: Any, method: str, path: str, content: bytes | None) -> Any:
        reply = client.request(method, self._address + path, content=content)
        if reply.status_code // 100 != 2:
            raise self._failures.of_status(reply.status_code, reply.text)
        try:
            return reply.json()
        except ValueError as exc:
            raise ModelReplyError(
                f"{self.name} sent a malformed reply; mend: check index.store"
            ) from exc

    @cached_property
    def _client(self) -> Any:
        import httpx

        headers = {"Content-Type": "application/json"}
        if self._token:
            headers |= {"Authorization": f"Bearer {self._token}", "X-Chroma-Token": self._token}

        def make(**options: Any) -> httpx.Client:
            return httpx.Client(
                **{**options, "headers": {**options["headers"], **headers}}, timeout=self._timeout
            )

        return open_client(make, self._address)


def _encoded(vector: Vector, *, in_base64: bool) -> Any:
    exact = np.asarray(vector, dtype="<f4")
    return base64.b64encode(exact.tobytes()).decode() if in_base64 else exact.tolist()


def _ids(nums: Sequence[int]) -> list[str]:
    return [str(num) for num in nums]


def _pieces(nums: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(nums), size):
        yield nums[start : start + size]

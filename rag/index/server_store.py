"""Generations whose vectors lie in collections on a Chroma server.

A server cannot copy a directory, so the generations of one build share a collection.
A chunk's number is never used again and its vector never changes; rows are therefore
only added, and a generation is told by a small file in its folder: the collection, the
highest chunk number that it knows, and the dead rows that may still stand there. They are
deleted once no older generation is left. See docs/decisions/0006.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.embedding import Vector
from rag.errors import ConfigError, StorageError
from rag.index.chroma_server import ChromaServer, Collection
from rag.index.store import VectorHit

RECORD = "collection.json"
SAME = 0.999  # cosine of a vector with itself, as it comes back
DISCARD_WITHIN = 5.0  # seconds for giving up what a server that is not in use any more holds


@dataclass(frozen=True, slots=True)
class Record:
    """Which rows of which collection a generation consists of: 1 to ``upto`` less ``dead``.

    ``home`` tells the home that made it from a copy of that home.
    """

    home: int
    address: str
    collection: str
    upto: int
    dead: tuple[int, ...]
    chunks: int


class ServerStores:
    """Collections on one server."""

    kind = "server"

    def __init__(self, address: str, *, token: str = "", timeout: float = 30.0) -> None:
        """Connect to nothing yet; ``timeout`` in seconds. Raises ConfigError."""
        self._server = ChromaServer(address, token=token, timeout=timeout)
        self._address = address

    def create(self, folder: Path, base: Path | None) -> "ServerStore":
        """Return a store in the collection of the base, or in a new one when there is none."""
        known = _read(base) if base is not None else None
        if known is None:
            # Written down before it is made: what a killed writer began can be given up.
            name = f"papers-{folder.name}-{secrets.token_hex(8)}"
            known = Record(_home(folder), self._address, name, 0, (), 0)
            _write(folder, known)
            collection = self._server.create(name)
        else:
            _write(folder, known)
            collection = self._found(known)
        return ServerStore(self._server, collection, known, folder)

    def owns(self, folder: Path) -> bool:
        """Tell whether this home made the generation: a copied home must not write to it."""
        record = _read(folder)
        return record is not None and record.home == _home(folder)

    def open(self, folder: Path, *, writable: bool) -> "ServerStore":
        """Return the store of a generation. Nothing is written, here or there."""
        del writable
        record = _record(folder)
        return ServerStore(self._server, self._found(record), record, folder)

    def _found(self, record: Record) -> Collection:
        collection = self._server.find(record.collection)
        held = self._server.count(collection)
        if held < record.chunks:
            raise StorageError(
                f"{self._server.name} holds {held} of {record.chunks} chunks; "
                "mend: papers index rebuild"
            )
        return collection

    def chunk_nums(self, folder: Path) -> set[int] | str:
        """Return the chunk numbers that a generation gives back, or what is wrong with it."""
        try:
            record = _record(folder)
            stored = self._server.nums(self._server.find(record.collection))
        except StorageError as exc:
            return str(exc).partition("; mend:")[0]
        return {num for num in stored if num <= record.upto} - set(record.dead)

    def altered(self, folder: Path, vectors: Mapping[int, Vector]) -> int:
        """Return how many of these chunks have another vector on the server."""
        there = self._server.vectors(self._server.find(_record(folder).collection), list(vectors))
        cosines = [float(vectors[num] @ vector) for num, vector in there.items()]
        return sum(cosine < SAME for cosine in cosines)

    def discard(self, folder: Path) -> None:
        """Delete the collection, if no other generation lies in it."""
        discard_collection(folder, self._server)

    def settle(self, folder: Path) -> None:
        """Delete the dead rows. What fails now is done with the next generation."""
        record = _read(folder)
        if record is not None and record.dead:
            with suppress(StorageError):
                self._server.remove(self._server.find(record.collection), record.dead)


class ServerStore:
    """The rows of one generation."""

    def __init__(
        self, server: ChromaServer, collection: Collection, record: Record, folder: Path
    ) -> None:
        """``record`` is that of the generation, or of the one it is made from."""
        self._server = server
        self._collection = collection
        self._folder = folder
        self._record = record
        self._upto = record.upto
        self._dead = set(record.dead)

    def query(self, vector: Vector, n: int) -> list[VectorHit]:
        """Return up to ``n`` chunks nearest to the unit ``vector`` (dim,), best first."""
        size, most = n, n + len(self._dead) + 1
        while n > 0:
            found = self._server.query(self._collection, vector, size)
            alive = [hit for hit in found if self._holds(hit.chunk_num)]
            if len(alive) >= n or len(found) < size:
                return alive[:n]
            # Rows that are dead, or newer than this generation, took the places of others.
            size = max(2 * size, most)
        return []

    def _holds(self, num: int) -> bool:
        return 0 < num <= self._upto and num not in self._dead

    def add(self, vectors: Mapping[int, Vector]) -> None:
        """Put in the vectors of these chunk numbers, replacing any that stand there."""
        self._server.upsert(self._collection, vectors)
        self._upto = max([self._upto, *vectors])

    def remove(self, nums: Sequence[int]) -> None:
        """Count these chunk numbers as dead; readers of older generations still need them."""
        self._dead.update(nums)

    def seal(self) -> int:
        """Write down what the generation consists of; return the number of its chunks."""
        dead = self._server.present(self._collection, sorted(self._dead))
        chunks = self._server.count(self._collection) - len(dead)
        sealed = replace(self._record, upto=self._upto, dead=tuple(sorted(dead)), chunks=chunks)
        _write(self._folder, sealed)
        return chunks

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""


def discard_collection(folder: Path, server: ChromaServer | None = None) -> None:
    """Delete the collection that a generation's folder names, if no other folder names it.

    A server that does not let us, or cannot be reached, keeps it. ``server`` is asked
    when it is the one in use, else the one that the folder names, without a token.
    """
    record = _read(folder)
    if record is None or record.home != _home(folder):
        return
    others = [_read(other) for other in folder.parent.iterdir() if other != folder]
    if any(other is not None and other.collection == record.collection for other in others):
        return
    with suppress(StorageError, ConfigError):
        if server is None or not server.is_at(record.address):
            server = ChromaServer(record.address, timeout=DISCARD_WITHIN)
        server.delete(record.collection)


def _home(folder: Path) -> int:
    """Return what a copy of the home does not share with it: the number of its folder."""
    return folder.parent.stat().st_ino


def _record(folder: Path) -> Record:
    record = _read(folder)
    if record is None:
        raise StorageError(f"{RECORD} is missing or damaged; mend: papers index rebuild")
    return record


def _read(folder: Path) -> Record | None:
    try:
        values = json.loads((folder / RECORD).read_text())
        return Record(**{**values, "dead": tuple(values["dead"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(folder: Path, record: Record) -> None:
    (folder / RECORD).write_text(json.dumps(asdict(record)))

"""One SQLite file: its schema, its connections, its transactions and its failures.

What the tables mean is told by the modules beside this one; nothing else opens the file.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rag.errors import NewerVersionError, StorageError
from rag.index.catalogue.schema import CATEGORIES, LATER, SCHEMA, SCHEMA_VERSION


class Database:
    """One open file; safe to use from several threads, each with its own connection."""

    def __init__(self, path: Path, *, mode: str = "rw") -> None:
        """Open ``path``; ``mode`` is "rw" (created when missing), "ro" or "frozen".

        "frozen" is for a file system that cannot be written to at all.
        Raises NewerVersionError or StorageError.
        """
        self.path = path
        self._mode = mode
        self._local = threading.local()
        self._open_connections: list[sqlite3.Connection] = []
        self._prepare()

    @property
    def _db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            self._open_connections.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        suffix = {"rw": "mode=rwc", "ro": "mode=ro", "frozen": "mode=ro&immutable=1"}[self._mode]
        with _translated():
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?{suffix}",
                uri=True, timeout=30, isolation_level=None, check_same_thread=False,
            )  # fmt: skip
            if self._mode == "rw":
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA secure_delete=ON")
            return connection

    def _prepare(self) -> None:
        with _translated():
            if self._mode == "rw" and self._is_new():
                with self.transaction():
                    if self._is_new():  # another process may have been faster
                        self._create()
            if int(self.meta("schema") or 0) > SCHEMA_VERSION:
                raise NewerVersionError(
                    f"the index was written by a newer release (catalogue schema "
                    f"{self.meta('schema')}, this release reads {SCHEMA_VERSION}); "
                    "mend: pip install --upgrade papers-rag"
                )
            if self._mode == "rw":
                with suppress(sqlite3.OperationalError, StorageError):  # full disk: works without
                    self._add_later()

    def _add_later(self) -> None:
        for statement in LATER:
            self._db.execute(statement)
        if self._has("category"):
            return
        with self.transaction():
            if not self._has("category"):  # another process may have been faster
                for statement in CATEGORIES:
                    self._db.execute(statement)

    def _has(self, name: str) -> bool:
        found = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,))
        return found.fetchone() is not None

    def _is_new(self) -> bool:
        return not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]

    def _create(self) -> None:
        for statement in (*SCHEMA.split(";\n"), *LATER, *CATEGORIES):
            self._db.execute(statement)
        self.set_meta("schema", str(SCHEMA_VERSION))

    def close(self) -> None:
        """Close every connection, folding the write-ahead log into the file."""
        for connection in self._open_connections:
            connection.close()
        self._open_connections.clear()
        self._local = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all of the block's changes together, or none. Raises StorageError."""
        with _translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with _translated():
            return self._db.execute(sql, values).fetchall()

    def meta(self, key: str) -> str | None:
        """Return a noted value, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Note a value under ``key``."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def check(self) -> list[str]:
        """Return what SQLite's own integrity check finds wrong; nothing when sound."""
        return [r[0] for r in self._rows("PRAGMA quick_check") if r[0] != "ok"]


def batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield ``values`` in pieces of ``size``, few enough for one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise _storage_error(exc) from exc


def _storage_error(exc: sqlite3.Error) -> StorageError:
    text = str(exc)
    if "disk is full" in text or "disk I/O" in text:
        return StorageError(f"the catalogue cannot be written: {text}; mend: free space and retry")
    if "readonly" in text or "unable to open" in text:
        return StorageError(f"the catalogue cannot be opened for this: {text}; mend: check --home")
    if "malformed" in text or "not a database" in text:
        return StorageError(f"the catalogue is damaged: {text}; mend: restore catalogue.sqlite")
    return StorageError(f"the catalogue failed: {text}")

"""Conversations on disk: an append-only log of events in SQLite, each committed at once.

What is shown is written first, so a killed chat loses nothing that was shown. The file is
private (mode 600) and never holds a key. What the events mean is left to ``restoring``.
"""

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import InputError, NewerVersionError, StorageError

FILE = "transcripts.sqlite"  # in the home folder
VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL, name TEXT UNIQUE
);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversation(id),
    at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_of ON event(conversation, id);
"""
_SECRET = re.compile(r"\b(?:sk-[\w-]{8,}|Bearer\s+[\w.-]{8,})", re.IGNORECASE)
_LIST = """
SELECT c.id, c.started, c.name,
       (SELECT count(*) FROM event e WHERE e.conversation = c.id AND e.kind = 'question'),
       (SELECT body FROM event e WHERE e.conversation = c.id AND e.kind = 'question'
        ORDER BY e.id LIMIT 1)
FROM conversation c ORDER BY c.id DESC
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line of the list: when it began (UTC, ISO), its name, questions, and the first."""

    number: int
    started: str
    name: str | None
    questions: int
    first: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Kinds: question, claim, answer, stopped, failed, filters, numbered, undo.
    """

    at: str
    kind: str
    body: Mapping[str, Any]


class Transcripts:
    """The conversations of one home."""

    def __init__(self, path: Path, *, secrets: Sequence[str] = ()) -> None:
        """Open or create ``path``; ``secrets`` are blacked out wherever they would be written."""
        self._secrets = [secret for secret in secrets if secret]
        with _translated():
            _make_private(path)
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            # What is committed outlives the process, which is what is promised; waiting
            # for the disk as well would hold up every claim.
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._prepare()

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerVersionError(
                "the transcripts were written by a newer release; "
                "mend: pip install --upgrade papers-rag"
            )
        if version < VERSION:
            self._db.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={VERSION}; COMMIT;"
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self) -> int:
        """Return the number of a new conversation."""
        with _translated():
            row = self._db.execute(
                "INSERT INTO conversation (started) VALUES (?)", (_now(),)
            ).lastrowid
        return int(row or 0)

    def note(self, number: int, kind: str, body: Mapping[str, Any]) -> None:
        """Append an event; it is on disk when this returns."""
        text = self._redacted(json.dumps(body, ensure_ascii=False))
        with _translated():
            self._db.execute(
                "INSERT INTO event (conversation, at, kind, body) VALUES (?, ?, ?, ?)",
                (number, _now(), kind, text.encode("utf-8", "replace").decode()),
            )

    def events(self, number: int) -> list[Event]:
        """Return a conversation's events in the order in which they happened."""
        with _translated():
            rows = self._db.execute(
                "SELECT at, kind, body FROM event WHERE conversation = ? ORDER BY id", (number,)
            ).fetchall()
        return [Event(at, kind, json.loads(body)) for at, kind, body in rows]

    def conversations(self) -> list[Conversation]:
        """Return every conversation that holds a question, latest first."""
        with _translated():
            rows = self._db.execute(_LIST).fetchall()
        return [
            Conversation(number, started, name, count, json.loads(first)["typed"])
            for number, started, name, count, first in rows
            if first
        ]

    def numbers(self) -> list[int]:
        """Return the number of every conversation, also of those without a question."""
        with _translated():
            return [row[0] for row in self._db.execute("SELECT id FROM conversation ORDER BY id")]

    def find(self, wanted: str = "") -> int:
        """Return the number of a conversation by number or name, "" being the latest.

        Raises InputError naming what there is.
        """
        known = self.conversations()
        if not known:
            raise InputError("there is no conversation yet; begin one with: papers chat")
        if not wanted:
            return known[0].number
        for conversation in known:
            if wanted in (conversation.name, str(conversation.number)):
                return conversation.number
        listed = ", ".join(c.name or str(c.number) for c in known[:8])
        raise InputError(f"no conversation {wanted[:60]!r}; there are {listed}: papers log list")

    def rename(self, number: int, name: str) -> None:
        """Give a conversation a name. Raises InputError when another one has it."""
        try:
            self._db.execute("UPDATE conversation SET name = ? WHERE id = ?", (name, number))
        except sqlite3.IntegrityError as exc:
            raise InputError(
                f"another conversation is called {name!r}; choose another name"
            ) from exc

    def search(self, text: str) -> list[tuple[int, Event]]:
        """Return (conversation, event) of all questions and answers that contain ``text``."""
        with _translated():
            rows = self._db.execute(
                "SELECT conversation, at, kind, body FROM event"
                " WHERE kind IN ('question', 'answer') ORDER BY id DESC"
            )
            wanted = text.casefold()
            return [
                (number, Event(at, kind, json.loads(body)))
                for number, at, kind, body in rows
                if wanted in _readable(json.loads(body)).casefold()
            ]

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete conversations; their text is overwritten in the file."""
        with _translated():
            self._db.execute("BEGIN IMMEDIATE")
            for number in numbers:
                self._db.execute("DELETE FROM event WHERE conversation = ?", (number,))
                self._db.execute("DELETE FROM conversation WHERE id = ?", (number,))
            self._db.execute("COMMIT")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _SECRET.sub("[key]", text)


def _readable(body: Mapping[str, Any]) -> str:
    return " ".join(str(body.get(key, "")) for key in ("typed", "question", "answer"))


def _make_private(path: Path) -> None:
    """Create the file for its owner alone before anything is written to it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        cause = exc.strerror if isinstance(exc, OSError) else exc  # str() would show the path
        raise StorageError(
            f"the transcripts cannot be read or written: {cause}; "
            "mend: free space or give a writable --home, or chat with --no-transcripts"
        ) from exc


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

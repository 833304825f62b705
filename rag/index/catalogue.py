"""The catalogue: papers, chunks, vectors and the log of changes, in one SQLite file.

This is the source of truth. A commit here is the acknowledgement; the vector store and
the lexical index are copies that can be made again from it without embedding anything.
A *space* is one way of cutting and embedding (embedder fingerprint and chunk limits);
chunks, and the log rows that announce them, belong to a space. It knows nothing of how
vectors are searched.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rag.corpus.normalise import title_key
from rag.embedding import Encoded, Vector
from rag.errors import NewerVersionError, StorageError
from rag.records import Chunk, Paper, Reject, paper_from_dict, paper_to_dict

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE paper (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    paper_id TEXT NOT NULL UNIQUE,
    title_key TEXT NOT NULL,
    arxiv_id TEXT, doi TEXT,
    published TEXT, author_count INTEGER, organisations TEXT NOT NULL DEFAULT '',
    comments INTEGER, upvotes INTEGER,
    body TEXT NOT NULL
);
CREATE INDEX paper_title ON paper (title_key);
CREATE INDEX paper_arxiv ON paper (arxiv_id) WHERE arxiv_id IS NOT NULL;
CREATE INDEX paper_doi ON paper (doi) WHERE doi IS NOT NULL;
CREATE TABLE chunk (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL, paper_num INTEGER NOT NULL, position INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, tokens INTEGER NOT NULL,
    sentences BLOB NOT NULL, key TEXT NOT NULL,
    UNIQUE (space, paper_num, position)
);
CREATE INDEX chunk_paper ON chunk (paper_num);
CREATE INDEX chunk_key ON chunk (key);
CREATE TABLE vector (
    key TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, sentences BLOB,
    PRIMARY KEY (key, embedder)
);
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL, op TEXT NOT NULL CHECK (op IN ('add', 'drop')),
    chunk_num INTEGER NOT NULL, paper_num INTEGER NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);
CREATE TABLE ingest (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    finished TEXT, counts TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE reject (
    ingest INTEGER NOT NULL, source TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL
);
"""


class ChunkRow(NamedTuple):
    """Where a chunk lies: its number, its paper's number, and its span of the abstract."""

    num: int
    paper_num: int
    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]
    key: str


class LogRow(NamedTuple):
    """One change of the index: ``op`` is "add" or "drop"."""

    seq: int
    op: str
    chunk_num: int
    paper_num: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What the catalogue holds, as ``papers index status`` prints it."""

    papers: int
    dated: int
    with_authors: int
    with_organisation: int
    with_comments: int


class Catalogue:
    """One open catalogue; safe to use from several threads, each with its own connection."""

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
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables and self._mode == "rw":
                with self.transaction():
                    for statement in _SCHEMA.split(";\n"):
                        self._db.execute(statement)
                    self.set_meta("schema", str(SCHEMA_VERSION))
            if int(self.meta("schema") or 0) > SCHEMA_VERSION:
                raise NewerVersionError(
                    f"the index was written by a newer release (catalogue schema "
                    f"{self.meta('schema')}, this release reads {SCHEMA_VERSION}); "
                    "mend: pip install --upgrade papers-rag"
                )

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

    # -- meta ----------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """Return a noted value, or None."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Note a value under ``key``."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # -- papers --------------------------------------------------------------

    def counts(self) -> Counts:
        """Return how many papers there are, and how many carry which field."""
        row = self._rows(
            "SELECT count(*), count(published), count(author_count),"
            " coalesce(sum(organisations != ''), 0), count(comments) FROM paper"
        )[0]
        return Counts(*row)

    def papers(self, nums: Iterable[int]) -> dict[int, Paper]:
        """Return the papers of these numbers; numbers that are gone are left out."""
        wanted = list(dict.fromkeys(nums))
        found: dict[int, Paper] = {}
        for some in _batches(wanted, 500):
            marks = ",".join("?" * len(some))
            for num, body in self._rows(
                f"SELECT num, body FROM paper WHERE num IN ({marks})", some
            ):
                found[num] = paper_from_dict(json.loads(body))
        return found

    def iter_papers(self, batch: int = 1000) -> Iterator[tuple[int, Paper]]:
        """Yield (number, paper) of the whole corpus in the order they were first seen."""
        last = 0
        while rows := self._rows(
            "SELECT num, body FROM paper WHERE num > ? ORDER BY num LIMIT ?", (last, batch)
        ):
            for num, body in rows:
                yield num, paper_from_dict(json.loads(body))
            last = rows[-1][0]

    def find(self, paper_id: str) -> tuple[int, Paper] | None:
        """Return (number, paper) of an exact id, or None."""
        rows = self._rows("SELECT num, body FROM paper WHERE paper_id = ?", (paper_id,))
        return (rows[0][0], paper_from_dict(json.loads(rows[0][1]))) if rows else None

    def candidates(self, paper: Paper) -> list[tuple[int, Paper]]:
        """Return the papers that may be the same one: by id, arXiv id, DOI, then title."""
        rows: list[Any] = []
        for column, value in (
            ("paper_id", paper.paper_id), ("arxiv_id", paper.arxiv_id), ("doi", paper.doi),
            ("title_key", title_key(paper.title)),
        ):  # fmt: skip
            if value:
                rows += self._rows(f"SELECT num, body FROM paper WHERE {column} = ?", (value,))
        return [(num, paper_from_dict(json.loads(body))) for num, body in dict(rows).items()]

    def put_paper(self, num: int | None, paper: Paper) -> int:
        """Store a new paper (``num`` None) or a new state of one; return its number."""
        organisations = "\n".join(paper.organisations).casefold()
        values = (
            paper.paper_id, title_key(paper.title), paper.arxiv_id, paper.doi, paper.published,
            paper.author_count, organisations, paper.comments, paper.upvotes,
            json.dumps(paper_to_dict(paper), ensure_ascii=False),
        )  # fmt: skip
        names = (
            "paper_id", "title_key", "arxiv_id", "doi", "published", "author_count",
            "organisations", "comments", "upvotes", "body",
        )  # fmt: skip
        if num is None:
            marks = ",".join("?" * len(names))
            sql = f"INSERT INTO paper ({','.join(names)}) VALUES ({marks})"
            return int(self._db.execute(sql, values).lastrowid or 0)
        sets = ",".join(f"{name} = ?" for name in names)
        self._db.execute(f"UPDATE paper SET {sets} WHERE num = ?", (*values, num))
        return num

    def remove_paper(self, num: int) -> None:
        """Delete a paper with its chunks and vectors, leaving "drop" rows in the log."""
        spaces = self._rows("SELECT DISTINCT space FROM chunk WHERE paper_num = ?", (num,))
        for (space,) in spaces:
            self.drop_chunks(space, num)
        self._db.execute("DELETE FROM paper WHERE num = ?", (num,))

    def select_papers(self, where: str, values: Sequence[Any], order: str = "num") -> list[int]:
        """Return the numbers of the papers that satisfy an SQL condition on the fields."""
        return [
            r[0]
            for r in self._rows(f"SELECT num FROM paper WHERE {where} ORDER BY {order}", values)
        ]

    def column(self, name: str) -> list[tuple[int, Any]]:
        """Return (number, value) of one field of every paper that has it."""
        return self._rows(
            f"SELECT num, {name} FROM paper WHERE {name} IS NOT NULL AND {name} != ''"
        )

    # -- chunks and vectors --------------------------------------------------

    def put_chunks(self, space: str, num: int, chunks: Sequence[tuple[Chunk, str]]) -> None:
        """Replace a paper's chunks in ``space``; pairs of chunk and content key."""
        self.drop_chunks(space, num)
        for position, (chunk, key) in enumerate(chunks):
            spans = np.asarray(chunk.sentences, dtype=np.int32).tobytes()
            row = (space, num, position, chunk.start, chunk.end, chunk.tokens, spans, key)
            sql = (
                "INSERT INTO chunk (space, paper_num, position, start, stop, tokens, sentences, key)"
                " VALUES (?,?,?,?,?,?,?,?)"
            )
            chunk_num = int(self._db.execute(sql, row).lastrowid or 0)
            self._log(space, "add", chunk_num, num)

    def drop_chunks(self, space: str, num: int) -> None:
        """Delete a paper's chunks in ``space``, and vectors that nothing refers to any more."""
        rows = self._rows(
            "SELECT num, key FROM chunk WHERE space = ? AND paper_num = ?", (space, num)
        )
        for chunk_num, key in rows:
            self._db.execute("DELETE FROM chunk WHERE num = ?", (chunk_num,))
            self._db.execute(
                "DELETE FROM vector WHERE key = ? AND NOT EXISTS"
                " (SELECT 1 FROM chunk WHERE chunk.key = vector.key)",
                (key,),
            )
            self._log(space, "drop", chunk_num, num)

    def _log(self, space: str, op: str, chunk_num: int, paper_num: int) -> None:
        self._db.execute(
            "INSERT INTO log (space, op, chunk_num, paper_num) VALUES (?,?,?,?)",
            (space, op, chunk_num, paper_num),
        )

    def put_vectors(self, embedder: str, encoded: Mapping[str, Encoded]) -> None:
        """Keep vectors under their content keys: fp32 of the whole, fp16 of the sentences."""
        self._db.executemany(
            "INSERT OR REPLACE INTO vector VALUES (?,?,?,?)",
            [
                (key, embedder, e.vector.astype(np.float32).tobytes(), _half(e.sentences))
                for key, e in encoded.items()
            ],
        )

    def keys_with_vectors(self, embedder: str, keys: Iterable[str]) -> set[str]:
        """Return those of ``keys`` that need no embedding."""
        found: set[str] = set()
        for some in _batches(list(keys), 500):
            marks = ",".join("?" * len(some))
            sql = f"SELECT key FROM vector WHERE embedder = ? AND key IN ({marks})"
            found.update(r[0] for r in self._rows(sql, (embedder, *some)))
        return found

    def chunk_keys(self, space: str, num: int) -> list[str]:
        """Return the content keys of a paper's chunks in order."""
        sql = "SELECT key FROM chunk WHERE space = ? AND paper_num = ? ORDER BY position"
        return [r[0] for r in self._rows(sql, (space, num))]

    def chunks(self, nums: Iterable[int]) -> dict[int, ChunkRow]:
        """Return the chunks of these numbers; numbers that are gone are left out."""
        return self._chunks_where("num", list(nums), "")

    def chunks_of_papers(self, space: str, paper_nums: Iterable[int]) -> list[ChunkRow]:
        """Return all chunks of these papers in ``space``, by paper and position."""
        rows = self._chunks_where("paper_num", list(paper_nums), space)
        return sorted(rows.values(), key=lambda row: (row.paper_num, row.start))

    def _chunks_where(self, column: str, nums: list[int], space: str) -> dict[int, ChunkRow]:
        found = {}
        for some in _batches(nums, 500):
            marks = ",".join("?" * len(some))
            condition = " AND space = ?" if space else ""
            sql = (
                "SELECT num, paper_num, start, stop, sentences, key FROM chunk"
                f" WHERE {column} IN ({marks}){condition}"
            )
            for num, paper, start, stop, spans, key in self._rows(
                sql, (*some, *([space] if space else []))
            ):
                pairs = np.frombuffer(spans, dtype=np.int32).reshape(-1, 2).tolist()
                found[num] = ChunkRow(num, paper, start, stop, tuple((a, b) for a, b in pairs), key)
        return found

    def count_chunks(self, space: str) -> int:
        """Return how many chunks there are in ``space``."""
        return int(self._rows("SELECT count(*) FROM chunk WHERE space = ?", (space,))[0][0])

    def vectors(self, embedder: str, keys: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors (dim,) kept under these content keys."""
        return {k: v for k, v, _ in self._vector_rows(embedder, keys, "NULL")}

    def sentence_vectors(self, embedder: str, keys: Iterable[str]) -> dict[str, Vector]:
        """Return the sentence vectors (n, dim) kept under these keys, where there are any."""
        found = {}
        for key, vector, blob in self._vector_rows(embedder, keys, "sentences"):
            if blob is not None:
                half = np.frombuffer(blob, dtype=np.float16).reshape(-1, len(vector))
                found[key] = half.astype(np.float32)
        return found

    def _vector_rows(
        self, embedder: str, keys: Iterable[str], third: str
    ) -> Iterator[tuple[str, Vector, bytes | None]]:
        for some in _batches(list(dict.fromkeys(keys)), 500):
            marks = ",".join("?" * len(some))
            sql = f"SELECT key, vector, {third} FROM vector WHERE embedder = ? AND key IN ({marks})"
            for key, blob, extra in self._rows(sql, (embedder, *some)):
                yield key, np.frombuffer(blob, dtype=np.float32), extra

    # -- log and history -----------------------------------------------------

    def last_seq(self, space: str) -> int:
        """Return the number of the newest change of ``space``, 0 when there is none."""
        row = self._rows("SELECT coalesce(max(seq), 0) FROM log WHERE space = ?", (space,))
        return int(row[0][0])

    def log_after(self, space: str, seq: int, limit: int) -> list[LogRow]:
        """Return up to ``limit`` changes of ``space`` after ``seq``, oldest first."""
        sql = (
            "SELECT seq, op, chunk_num, paper_num FROM log"
            " WHERE space = ? AND seq > ? ORDER BY seq LIMIT ?"
        )
        return [LogRow(*row) for row in self._rows(sql, (space, seq, limit))]

    def papers_without_chunks(self, space: str, limit: int) -> list[int]:
        """Return numbers of papers that have not been cut and embedded in ``space`` yet."""
        sql = (
            "SELECT num FROM paper WHERE NOT EXISTS"
            " (SELECT 1 FROM chunk WHERE chunk.space = ? AND chunk.paper_num = paper.num)"
            " ORDER BY num LIMIT ?"
        )
        return [r[0] for r in self._rows(sql, (space, limit))]

    def begin_ingest(self, source: str) -> int:
        """Note that reading ``source`` has begun; return the number of the ingest."""
        with self.transaction():
            return int(
                self._db.execute("INSERT INTO ingest (source) VALUES (?)", (source,)).lastrowid or 0
            )

    def note_rejects(self, ingest: int, rejects: Iterable[Reject]) -> None:
        """Keep what was left out of an ingest, with the reasons."""
        self._db.executemany(
            "INSERT INTO reject VALUES (?,?,?,?)",
            [(ingest, r.source, r.line, r.reason) for r in rejects],
        )

    def end_ingest(self, ingest: int, counts: Mapping[str, int]) -> None:
        """Note that an ingest is complete, and what it did."""
        with self.transaction():
            self._db.execute(
                "UPDATE ingest SET finished = strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), counts = ?"
                " WHERE num = ?",
                (json.dumps(counts), ingest),
            )

    def ingests(self) -> list[dict[str, Any]]:
        """Return the history of ingests, oldest first; ``finished`` None was interrupted."""
        rows = self._rows("SELECT num, source, started, finished, counts FROM ingest ORDER BY num")
        return [
            {"num": n, "source": s, "started": a, "finished": b, "counts": json.loads(c)}
            for n, s, a, b, c in rows
        ]

    def rejects(self, ingest: int) -> list[Reject]:
        """Return what one ingest left out."""
        rows = self._rows("SELECT source, line, reason FROM reject WHERE ingest = ?", (ingest,))
        return [Reject(*row) for row in rows]

    def check(self) -> list[str]:
        """Return what SQLite's own integrity check finds wrong; nothing when sound."""
        return [r[0] for r in self._rows("PRAGMA quick_check") if r[0] != "ok"]


def counts_dict(counts: Counts) -> dict[str, int]:
    """Return the counts by name."""
    return asdict(counts)


def _half(sentences: Vector | None) -> bytes | None:
    return None if sentences is None else sentences.astype(np.float16).tobytes()


def _batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
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

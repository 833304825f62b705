"""What happened: the numbered log of changes, and the history of ingests with their rejects."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rag.corpus.joins import join_from_dict, join_to_dict
from rag.corpus.merge import Join
from rag.errors import StorageError
from rag.index.catalogue.database import Database
from rag.records import Reject


class LogRow(NamedTuple):
    """One change of the index: ``op`` is "add" or "drop"."""

    seq: int
    op: str
    chunk_num: int
    paper_num: int


class History(Database):
    """The log of changes of each space, and what was read when."""

    def log(self, space: str, op: str, chunk_num: int, paper_num: int) -> None:
        """Write down a change; the commit of the transaction acknowledges it."""
        self._db.execute(
            "INSERT INTO log (space, op, chunk_num, paper_num) VALUES (?,?,?,?)",
            (space, op, chunk_num, paper_num),
        )

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

    def note_joins(self, ingest: int, joins: Iterable[Join]) -> None:
        """Keep which records became part of known papers, why, and what they disagreed about."""
        rows = [(ingest, j.paper_id, json.dumps(join_to_dict(j))) for j in joins]
        self._db.executemany("INSERT INTO joined VALUES (?,?,?)", rows)

    def joins(self) -> list[Join]:
        """Return what was joined to which paper, oldest first; none for a corpus made earlier."""
        try:
            rows = self._rows("SELECT body FROM joined ORDER BY rowid")
        except StorageError:  # a home that cannot be written to, made before joins were kept
            return []
        return [join_from_dict(json.loads(body)) for (body,) in rows]

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

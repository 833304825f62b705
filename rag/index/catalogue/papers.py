"""The papers of the corpus, and the fields that filters and orders look at."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.corpus.normalise import title_key
from rag.index.catalogue.database import Database, batches
from rag.records import Paper, paper_from_dict, paper_to_dict


@dataclass(frozen=True, slots=True)
class Counts:
    """What the catalogue holds, as ``papers index status`` prints it."""

    papers: int
    dated: int
    with_authors: int
    with_organisation: int
    with_comments: int
    with_upvotes: int


class Papers(Database):
    """The papers, each under the number that it got when it was first seen."""

    def counts(self) -> Counts:
        """Return how many papers there are, and how many carry which field."""
        row = self._rows(
            "SELECT count(*), count(published), count(author_count),"
            " coalesce(sum(organisations != ''), 0), count(comments),"
            " count(upvotes) FROM paper"
        )[0]
        return Counts(*row)

    def is_empty(self) -> bool:
        """Tell whether there is no paper; quicker than counting them."""
        return not self._rows("SELECT 1 FROM paper LIMIT 1")

    def papers(self, nums: Iterable[int]) -> dict[int, Paper]:
        """Return the papers of these numbers; numbers that are gone are left out."""
        wanted = list(dict.fromkeys(nums))
        found: dict[int, Paper] = {}
        for some in batches(wanted, 500):
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

    def has_title(self, text: str) -> bool:
        """Tell whether a paper has this title, but for case, spaces and punctuation."""
        key = title_key(text)
        return bool(key and self._rows("SELECT 1 FROM paper WHERE title_key = ? LIMIT 1", (key,)))

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

    def select_papers(self, where: str, values: Sequence[Any], order: str = "+num") -> list[int]:
        """Return the numbers of the papers that satisfy an SQL condition on the fields."""
        return [
            r[0]
            for r in self._rows(f"SELECT num FROM paper WHERE {where} ORDER BY {order}", values)
        ]

    def values(self, name: str) -> list[Any]:
        """Return the distinct values of one field, in order, where a paper has it."""
        sql = f"SELECT DISTINCT {name} FROM paper WHERE {name} IS NOT NULL AND {name} != ''"
        return sorted(row[0] for row in self._rows(sql))

    def organisations(self) -> list[str]:
        """Return the names of all organisations, in order."""
        return sorted(
            {name for names in self.values("organisations") for name in names.split("\n")}
        )


def counts_dict(counts: Counts) -> dict[str, int]:
    """Return the counts by name."""
    return asdict(counts)

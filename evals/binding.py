"""Bind the titles of a question set to the papers of a corpus, and add pooled judgements."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.digests import file_sha256
from evals.formats import Topic, read_questions, relevant_of, text_of
from rag.corpus.normalise import hashed_id, title_key
from rag.corpus.opening import iter_lines
from rag.errors import InputError
from rag.records import Paper

Qrels = dict[str, dict[str, int]]  # topic_id -> paper_id -> grade; 0 is judged and not relevant


@dataclass(frozen=True, slots=True)
class Collection:
    """Topics with their judgements by ``paper_id``; ``sha256`` is of the files they came from.

    ``missing`` are judged titles that the corpus does not hold, as ``file:line: title``.
    """

    name: str
    topics: tuple[Topic, ...]
    qrels: Qrels
    sha256: str
    missing: tuple[str, ...] = ()

    def of_split(self, split: str) -> "Collection":
        """Return the part with this ``split`` ("dev" or "test")."""
        kept = tuple(t for t in self.topics if t.split == split)
        if not kept:
            raise InputError(f"{self.name}: no question has split {split!r}")
        qrels = {t.topic_id: self.qrels.get(t.topic_id, {}) for t in kept}
        return Collection(f"{self.name}-{split}", kept, qrels, self.sha256, self.missing)


class TitleResolver:
    """Finds papers by title: exactly, else with case, accents and punctuation folded."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        """``papers`` are the whole corpus."""
        rows = list(papers)
        self.titles = {paper.paper_id: paper.title for paper in rows}
        self._exact = {paper.title: paper.paper_id for paper in reversed(rows)}
        self._folded = {title_key(paper.title): paper.paper_id for paper in reversed(rows)}

    def find(self, title: str) -> str | None:
        """Return the ``paper_id`` of ``title``, or None."""
        return self._exact.get(title) or self._folded.get(title_key(title))

    def nearest(self, title: str) -> str:
        """Return ``; nearest: …`` for an unknown title, or nothing when none is near."""
        close = difflib.get_close_matches(title_key(title), self._folded, n=1, cutoff=0.6)
        return f"; nearest: {self.titles[self._folded[close[0]]]!r}" if close else ""


def bind(
    topics: Iterable[Topic], resolver: TitleResolver, source: str, *, allow_missing: bool = False
) -> tuple[Qrels, tuple[str, ...]]:
    """Return the judgements by ``paper_id``, and the titles the corpus lacks.

    An unknown title raises InputError with its file:line, unless ``allow_missing``: then
    it keeps an id of its own that nothing can retrieve, and so counts as not found.
    """
    qrels: Qrels = {}
    missing: list[str] = []
    for topic in topics:
        row = qrels.setdefault(topic.topic_id, {})
        for relevant in topic.relevant:
            paper_id = resolver.find(relevant.title)
            if paper_id is None:
                missing.append(f"{source}:{topic.line}: {relevant.title}")
                paper_id = f"missing-{hashed_id(relevant.title)}"
            row[paper_id] = max(relevant.grade, row.get(paper_id, 0))
    if missing and not allow_missing:
        place, _, title = missing[0].partition(": ")
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(
            f"{place}: no paper titled {title!r} in the corpus{more}{resolver.nearest(title)}; "
            "mend: add the papers, or count them as not found with --allow-missing"
        )
    return qrels, tuple(missing)


def load_questions(
    path: Path, papers: Iterable[Paper], *, allow_missing: bool = False
) -> Collection:
    """Return a question set bound to the corpus. Raises InputError with file:line.

    Judgements of pooled papers are read from ``NAME.judged.jsonl`` beside the file,
    where there is one; they add to those of the set and never lower a grade.
    """
    topics = read_questions(path)
    resolver = TitleResolver(papers)
    qrels, missing = bind(topics, resolver, path.name, allow_missing=allow_missing)
    paths = [path]
    judged = judged_path(path)
    if judged.exists():
        paths.append(judged)
        _add_judged(judged, qrels, resolver)
    return Collection(path.stem, tuple(topics), qrels, file_sha256(*paths), missing)


def judged_path(path: Path) -> Path:
    """Return where the pooled judgements of a question set lie, whether or not there are any."""
    return path.with_name(f"{path.stem}.judged.jsonl")


def _add_judged(path: Path, qrels: Qrels, resolver: TitleResolver) -> None:
    for where, row in judged_rows(path):
        paper_id = resolver.find(text_of(row, "title", where))
        relevant = relevant_of(row, where)
        grades = qrels.get(text_of(row, "id", where))
        if grades is not None and paper_id is not None:
            grades[paper_id] = max(relevant.grade, grades.get(paper_id, 0))


def judged_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each judgement with its file:line. Raises InputError."""
    for number, line in iter_lines(path):
        where = f"{path.name}:{number}"
        try:
            row = json.loads(line) if isinstance(line, str) else None
        except ValueError as exc:
            raise InputError(f"{where}: not JSON: {exc}") from exc
        if not isinstance(row, dict):
            raise InputError(f"{where}: expected an object with id, title and grade")
        yield where, row

"""Read a folder in the BEIR layout: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.

Its ``_id`` is our ``paper_id``. Building an index of the corpus is done by
``evals.benchmarks``.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from evals.binding import Collection, Qrels
from evals.digests import file_sha256
from evals.formats import Topic
from rag.corpus.opening import iter_lines
from rag.errors import InputError
from rag.records import Reject


def load_beir(folder: Path, split: str = "test") -> Collection:
    """Return the topics that ``split`` judges, with grades. Raises InputError with file:line."""
    qrels_path = folder / "qrels" / f"{split}.tsv"
    if not qrels_path.exists():
        known = ", ".join(sorted(p.stem for p in (folder / "qrels").glob("*.tsv"))) or "none"
        raise InputError(f"{folder.name}: no qrels/{split}.tsv; splits there are: {known}")
    qrels = read_beir_qrels(qrels_path)
    queries = folder / "queries.jsonl"
    topics = tuple(t for t in _iter_queries(queries) if t.topic_id in qrels)
    if not topics:
        raise InputError(f"{folder.name}: no query of queries.jsonl is judged in qrels/{split}.tsv")
    kept = {t.topic_id: qrels[t.topic_id] for t in topics}
    name = folder.name if split == "test" else f"{folder.name}-{split}"
    return Collection(name, topics, kept, file_sha256(queries, qrels_path))


def read_beir_qrels(path: Path) -> Qrels:
    """Return the grades of a tab-separated file, with or without its header row."""
    qrels: Qrels = {}
    for number, line in _text_lines(path):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        try:
            topic_id, paper_id, grade = cells[0], cells[1], int(cells[2])
        except (IndexError, ValueError) as exc:
            raise InputError(
                f"{path.name}:{number}: expected query-id, corpus-id and a whole score"
            ) from exc
        qrels.setdefault(topic_id, {})[paper_id] = grade
    return qrels


def _iter_queries(path: Path) -> Iterator[Topic]:
    for number, line in _text_lines(path):
        try:
            row = json.loads(line)
            yield Topic(str(row["_id"]), str(row["text"]), line=number)
        except (ValueError, KeyError, TypeError) as exc:
            raise InputError(f"{path.name}:{number}: expected an object with _id and text") from exc


def _text_lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in iter_lines(path):
        if isinstance(line, Reject):
            raise InputError(str(line))
        if line.strip():
            yield number, line.rstrip("\r\n")

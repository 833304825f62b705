"""Read and write TREC run and qrels files.

Written runs carry strictly decreasing whole scores (n, n-1, …, 1), because trec_eval
ignores the rank column, keeps scores as float32 and breaks ties by document id. The raw
scores stand in the per-question records. A run read from elsewhere is put into the order
that trec_eval would give it, so both programs agree on any file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.binding import Qrels
from rag.corpus.opening import iter_lines
from rag.errors import InputError
from rag.records import Reject


class Ranked(NamedTuple):
    """A paper in a ranking, with the raw score of the system that placed it there."""

    paper_id: str
    score: float


Run = dict[str, list[Ranked]]  # topic_id -> papers, best first, none twice


def without_repeats(papers: Iterable[Ranked]) -> list[Ranked]:
    """Return the ranking with only the first place of each paper kept."""
    seen: dict[str, Ranked] = {}
    for paper in papers:
        seen.setdefault(paper.paper_id, paper)
    return list(seen.values())


def write_run(path: Path, run: Mapping[str, Sequence[Ranked]], tag: str = "papers") -> None:
    """Write ``run`` in TREC's six columns, topics in their order, best paper first."""
    lines = []
    for topic_id, papers in run.items():
        n = len(papers)
        lines += [
            f"{cell(topic_id)} Q0 {cell(p.paper_id)} {rank} {n - rank + 1} {cell(tag)}"
            for rank, p in enumerate(papers, 1)
        ]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write the judgements in TREC's four columns."""
    lines = [
        f"{cell(topic_id)} 0 {cell(paper_id)} {grade}\n"
        for topic_id, grades in qrels.items()
        for paper_id, grade in grades.items()
    ]
    path.write_text("".join(lines), encoding="utf-8")


def read_run(path: Path) -> Run:
    """Return the run of a TREC file, ordered as trec_eval orders it. Raises InputError.

    Higher scores come first, compared as float32; ties go to the id that sorts last.
    """
    rows: Run = {}
    for where, cells in _rows(path, 6):
        try:
            score = float(cells[4])
        except ValueError as exc:
            raise InputError(f"{where}: {cells[4]!r} is no score") from exc
        rows.setdefault(cells[0], []).append(Ranked(cells[2], score))
    return {topic_id: in_trec_order(papers) for topic_id, papers in rows.items()}


def in_trec_order(papers: Iterable[Ranked]) -> list[Ranked]:
    """Return the papers as trec_eval ranks them, each once."""
    by_id = sorted(papers, key=lambda p: p.paper_id.encode(), reverse=True)
    return without_repeats(sorted(by_id, key=lambda p: -float(np.float32(p.score))))


def read_qrels(path: Path) -> Qrels:
    """Return the judgements of a TREC file, or of a BEIR one. Raises InputError with file:line."""
    if path.suffix == ".tsv":
        from evals.beir import read_beir_qrels

        return read_beir_qrels(path)
    qrels: Qrels = {}
    for where, cells in _rows(path, 4):
        try:
            qrels.setdefault(cells[0], {})[cells[2]] = int(cells[3])
        except ValueError as exc:
            raise InputError(f"{where}: {cells[3]!r} is no grade") from exc
    return qrels


def _rows(path: Path, columns: int) -> Iterator[tuple[str, list[str]]]:
    for number, line in iter_lines(path):
        if isinstance(line, Reject):
            raise InputError(str(line))
        cells = line.split()
        if cells and len(cells) < columns:
            raise InputError(
                f"{path.name}:{number}: expected {columns} columns, found {len(cells)}"
            )
        if cells:
            yield f"{path.name}:{number}", cells


def cell(text: str) -> str:
    """Return ``text`` without white space, which would break the columns."""
    return "%20".join(text.split()) or "_"

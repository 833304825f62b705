"""Many questions from a file: one JSON object a line, each with the ``id`` of its question.

On stdout in the order of the file; into a file as they are made, so that a run that was
stopped goes on where it was. What such a file holds already is read by ``batch_file``.
"""

import hashlib
import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.batch_file import Asked, BatchFile
from rag.cli.common import print_json
from rag.corpus.opening import iter_lines, source_name
from rag.errors import (
    ContextTooLongError,
    InputError,
    ModelReplyError,
    ModelUnavailableError,
    UsageError,
)
from rag.records import Reject, answer_to_dict, retrieval_to_dict

if TYPE_CHECKING:
    from rag.app import App

SOME_FAILED = 4  # exit code: what there is, is incomplete
_LONGEST_ID = 200
_GRACE = 1.5  # seconds that answers under way get when all is stopped
# What goes wrong with one question and need not with the next.
_OF_ONE_QUESTION = (UsageError, ModelReplyError, ModelUnavailableError, ContextTooLongError)

Row = dict[str, Any]


def iter_questions(path: Path) -> Iterator[tuple[str, str] | Reject]:
    """Yield (id, question) of a file: a question a line, or a question set as JSON Lines.

    A plain line's id is its number. A line that is no question is a Reject. Raises
    InputError for a file that cannot be read.
    """
    for number, line in iter_lines(path):
        if isinstance(line, Reject):
            yield line
        elif text := line.strip():
            yield _question(text, source_name(path), number)


def _question(text: str, name: str, number: int) -> tuple[str, str] | Reject:
    if not text.startswith("{"):
        return str(number), text
    try:
        row = json.loads(text)
        asked, known = row["question"], row.get("id", number)
    except (ValueError, KeyError, AttributeError, RecursionError):
        return Reject(name, number, "expected an object with a question")
    if not isinstance(asked, str) or not asked.strip():
        return Reject(name, number, "the question is no text, or empty")
    if not isinstance(known, str | int) or len(str(known)) > _LONGEST_ID:
        return Reject(name, number, "the id is neither a short text nor a number")
    return str(known), asked


def answer_batch(
    app: "App", path: Path, *, jobs: int, filters: Any, out: Path | None = None
) -> int:
    """Answer every question of a file; return the exit code.

    Prints one object a line, or appends it to ``out``, where questions that have their
    answer already are passed over. Raises InputError when the file holds no question.
    """
    questions, rejects = _read(path)
    configuration = _configuration(app, filters)
    asked = [Asked(name, text, _digest(text, configuration)) for name, text in questions]

    def work(one: Asked) -> Row:
        return answer_to_dict(app.ask(one.text, filters=filters))

    if out is None:
        failed = _print_each(asked, jobs, work)
    else:
        failed = _append_each(app, asked, jobs, work, out)
    return SOME_FAILED if failed or rejects else 0


def search_batch(app: "App", path: Path, *, k: int, jobs: int, filters: Any) -> int:
    """Search for every question of a file, print one object a line; return the exit code."""
    questions, rejects = _read(path)

    def work(one: Asked) -> Row:
        return retrieval_to_dict(app.search(one.text, k=k, filters=filters))

    failed = _print_each([Asked(*pair) for pair in questions], jobs, work)
    return SOME_FAILED if failed or rejects else 0


def _read(path: Path) -> tuple[list[tuple[str, str]], int]:
    """Return the questions, and the number of lines that are none, each said on stderr."""
    questions: list[tuple[str, str]] = []
    rejects = 0
    for item in iter_questions(path):
        if isinstance(item, Reject):
            rejects += 1
            _tell(f"left out: {item}")
        else:
            questions.append(item)
    if not questions:
        raise InputError(f"{source_name(path)}: holds no question")
    return questions, rejects


def _configuration(app: "App", filters: Any) -> str:
    """Return filters and settings that shape an answer, as one text."""
    from rag.answering.saved import replayed_settings

    shaping = [filters.to_dict() if filters else {}, replayed_settings(app.settings)]
    return json.dumps(shaping, sort_keys=True)


def _digest(text: str, configuration: str) -> str:
    whole = f"{configuration}\n{text.strip()}".encode("utf-8", "replace")
    return hashlib.sha256(whole).hexdigest()[:16]


def _print_each(asked: Sequence[Asked], jobs: int, work: Callable[[Asked], Row]) -> int:
    """Print each row in the order of the questions, as soon as its turn comes."""
    failed = turn = 0
    waiting: dict[int, Row] = {}
    for place, row in _worked(asked, jobs, work):
        waiting[place] = row
        while turn in waiting:
            ready = waiting.pop(turn)
            failed += not _whole(ready)
            print_json({"id": asked[turn].name, **ready})
            turn += 1
    return failed


def _append_each(
    app: "App", asked: Sequence[Asked], jobs: int, work: Callable[[Asked], Row], out: Path
) -> int:
    failed = done = 0
    with BatchFile(out) as file:
        left = file.resume(asked)
        _tell_known(len(asked) - len(left), len(asked), file.generations - {app.index.generation})
        try:
            for place, row in _worked(left, jobs, work):
                one = left[place]
                file.append({"id": one.name, "key": one.key, **row})
                done += 1
                failed += not _whole(row)
            file.put_in_order(asked)
        finally:
            rest = f"; {len(left) - done} left, run the same command to go on"
            said = f"{done - failed} answered, {failed} failed: {source_name(out)}"
            _tell(said + (rest if done < len(left) else ""))
    return failed


def _tell_known(known: int, total: int, older: set[int]) -> None:
    if known:
        since = ", some from an earlier state of the index" if older else ""
        _tell(f"{known} of {total} answers are there{since}")


def _whole(row: Row) -> bool:
    return "error" not in row and bool(row.get("complete", True))


def _worked(
    asked: Sequence[Asked], jobs: int, work: Callable[[Asked], Row]
) -> Iterator[tuple[int, Row]]:
    """Yield (place, row) as the questions are done. A failure that concerns all is raised.

    When the caller is interrupted, answers under way get a moment to end: a thread that the
    interpreter takes down inside a library takes everything down. A hung server gets no more.
    """
    todo = iter(range(len(asked)))
    done: queue.SimpleQueue[tuple[int, Row | BaseException]] = queue.SimpleQueue()
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set() and (place := next(todo, None)) is not None:
            done.put((place, _tried(asked[place], work)))

    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(jobs, len(asked)))]
    for thread in threads:
        thread.start()
    try:
        for _ in asked:
            place, row = done.get()
            if isinstance(row, BaseException):
                raise row
            yield place, row
    finally:
        stopped.set()
        deadline = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _tried(one: Asked, work: Callable[[Asked], Row]) -> Row | BaseException:
    try:
        return work(one)
    except _OF_ONE_QUESTION as exc:
        return {"schema": 1, "question": one.text, "error": str(exc)}
    except BaseException as exc:
        return exc


def _tell(text: str) -> None:
    from rag.text.safe import for_terminal

    sys.stderr.write(f"papers: {for_terminal(text)}\n")

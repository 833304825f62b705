"""Many questions from a file: answers as JSON Lines, in the order of the file."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.cli.common import print_json
from rag.corpus.opening import iter_lines
from rag.errors import InputError, PapersError
from rag.records import Reject, answer_to_dict, retrieval_to_dict

if TYPE_CHECKING:
    from rag.app import App


def iter_questions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (id, question) of a file: a question a line, or a question set as JSON Lines.

    A plain line's id is its number. Raises InputError, naming the line.
    """
    found = False
    for number, line in iter_lines(path):
        if isinstance(line, Reject):
            raise InputError(str(line))
        text = line.strip()
        if not text:
            continue
        found = True
        yield _question(text, path.name, number)
    if not found:
        raise InputError(f"{path.name}: holds no question")


def _question(text: str, name: str, number: int) -> tuple[str, str]:
    if not text.startswith("{"):
        return str(number), text
    try:
        row = json.loads(text)
        return str(row.get("id", number)), str(row["question"])
    except (ValueError, KeyError, AttributeError) as exc:
        raise InputError(f"{name}:{number}: expected an object with a question") from exc


def answer_batch(app: "App", path: Path, *, jobs: int, filters: Any) -> None:
    """Print one answer object a line, each with its ``id``."""
    _each(path, jobs, lambda text: answer_to_dict(app.ask(text, filters=filters)))


def search_batch(app: "App", path: Path, *, k: int, jobs: int, filters: Any) -> None:
    """Print one search object a line, each with its ``id``."""
    _each(path, jobs, lambda text: retrieval_to_dict(app.search(text, k=k, filters=filters)))


def _each(path: Path, jobs: int, work: Callable[[str], dict[str, Any]]) -> None:
    def one(pair: tuple[str, str]) -> dict[str, Any]:
        name, text = pair
        try:
            return {"id": name, **work(text)}
        except PapersError as exc:
            return {"id": name, "schema": 1, "question": text, "error": str(exc)}

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for result in pool.map(one, list(iter_questions(path))):
            print_json(result)

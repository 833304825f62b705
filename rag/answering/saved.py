"""A saved answer: the whole answer with its trace, and what was asked with, as one JSON file.

The file is private (mode 600), holds no key, and is read back as data that anyone may have
written: every field is checked, nothing in it names a server or a folder. Telling two
answers apart is left to ``replay``.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from rag import __version__
from rag.answering.machine_form import Line, Part, SavedAnswer, first_fault
from rag.corpus.opening import read_document, source_name
from rag.errors import InputError, NewerVersionError, StorageError, UsageError
from rag.records import Answer, answer_to_dict
from rag.retrieval.filters import ORDERS, Filters
from rag.settings import Settings

SCHEMA = 1
KIND = "papers.answer"
LARGEST = 8 * 2**20  # bytes; an answer has a few kilobytes
# What shapes an answer. The server and the home are the reader's own: a file that could
# name them could send a key elsewhere.
REPLAYED = (
    "answer.papers", "answer.sentences", "answer.strict", "answer.threshold",
    "retrieval.candidates", "retrieval.understand",
    "model.name", "model.temperature", "model.max_tokens", "model.context_tokens",
)  # fmt: skip
_SHORTEST_KEY = 8  # characters; shorter "keys" are placeholders that occur in any text


class Saved(Part):
    """The file: an answer, and the filters and settings that it was asked with."""

    kind: Literal["papers.answer"]
    release: Line
    saved: Line
    filters: dict[Line, Any]
    settings: dict[Line, str | bool | int | float]
    answer: SavedAnswer

    @property
    def given_filters(self) -> Filters | None:
        """The filters that were given beside the question. Raises UsageError."""
        return read_filters(self.filters)


def saved_form(
    answer: Answer, filters: Filters | None, settings: Settings, *, now: datetime | None = None
) -> dict[str, Any]:
    """Return what is stored of an answer, JSON-ready."""
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "release": __version__,
        "saved": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "filters": filters.to_dict() if filters else {},
        "settings": replayed_settings(settings),
        "answer": answer_to_dict(answer),
    }


def replayed_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that shape an answer, by dotted key."""
    sections = settings.model_dump()
    return {
        f"{section}.{key}": sections[section][key]
        for section, key in (dotted.split(".") for dotted in REPLAYED)
    }


def read_saved(path: Path) -> Saved:
    """Return the answer that a file holds. Raises UsageError or NewerVersionError, one line."""
    name = source_name(path)
    try:
        values = json.loads(read_document(path, LARGEST), parse_constant=_no_constant)
    except InputError as exc:
        raise UsageError(str(exc)) from exc
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"{name}: no saved answer: cut short, or not JSON{_hint()}") from exc
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise UsageError(f"{name}: no saved answer{_hint()}")
    schema = values.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise NewerVersionError(
            f"{name}: saved by a later release; mend: pip install --upgrade papers-rag"
        )
    try:
        if schema != SCHEMA:
            raise UsageError(f"{name}: no saved answer: unknown schema{_hint()}")
        return Saved.model_validate(values)
    except ValidationError as exc:
        raise UsageError(f"{name}: damaged: {first_fault(exc)}{_hint()}") from exc


def check_target(path: Path, question: str, *, overwrite: bool) -> None:
    """Refuse to save where something would be lost; called before anything is asked.

    A saved answer to the same question is renewed; anything else is only replaced with
    ``overwrite``. Raises UsageError or StorageError.
    """
    name = source_name(path)
    if not path.parent.is_dir():
        raise StorageError(f"{name} cannot be saved: its folder does not exist")
    if not os.access(path.parent, os.W_OK):
        raise StorageError(f"{name} cannot be saved: its folder cannot be written to")
    if not path.exists():
        return
    if not path.is_file():
        raise UsageError(f"{name} is no file that could be replaced; give another name")
    if overwrite or path.stat().st_size == 0:
        return
    try:
        known = read_saved(path).answer.question
    except (UsageError, NewerVersionError) as exc:
        raise UsageError(
            f"{name} is there and no saved answer of this release; give another name or --force"
        ) from exc
    if known != question:
        raise UsageError(f"{name} holds the answer to another question; give another or --force")


def write_saved(path: Path, values: Mapping[str, Any], *, secrets: Sequence[str] = ()) -> None:
    """Write a saved answer, whole or not at all, readable by its owner alone.

    ``secrets`` are blacked out wherever they stand. Raises StorageError.
    """
    text = json.dumps(values, indent=2, ensure_ascii=True, allow_nan=False)
    for secret in secrets:
        if len(secret) >= _SHORTEST_KEY:
            text = text.replace(secret, "[key]")
    target = path.resolve()  # what a link points to is replaced, not the link
    try:
        handle, partial = tempfile.mkstemp(prefix=".saving-", dir=target.parent)  # mode 600
    except OSError as exc:
        raise StorageError(f"{path.name} cannot be saved: {exc.strerror}") from exc
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).replace(target)
    except OSError as exc:
        raise StorageError(f"{path.name} cannot be saved: {exc.strerror}") from exc
    finally:
        Path(partial).unlink(missing_ok=True)


def read_filters(values: Mapping[str, Any]) -> Filters | None:
    """Return the filters that ``Filters.to_dict`` described. Raises UsageError."""
    if not values:
        return None
    for name, value in values.items():
        if name not in Filters.__dataclass_fields__ or not _fits(name, value):
            raise UsageError(f"the saved filter {name[:40]!r} is none{_hint()}")
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Filters(**{**values, **lists})


def _fits(name: str, value: Any) -> bool:
    if name == "exclude":
        return isinstance(value, list) and all(isinstance(v, str) and len(v) < 200 for v in value)
    if name.endswith(("_min", "_max")) or name == "limit":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**6
    return isinstance(value, str) and len(value) <= 200 and (name != "order" or value in ORDERS)


def _hint() -> str:
    return '; make one with: papers ask "…" --save FILE'


def _no_constant(name: str) -> Any:
    raise ValueError(name)

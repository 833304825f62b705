"""Read question sets.

A question set is one JSON object a line; what its keys mean is told in
``evals/questions/GUIDELINES.md``. Here only what makes a file unreadable is an error;
what makes a set a poor one is the business of ``evals.lint``. Titles are bound to papers in
``evals.binding``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.corpus.opening import iter_lines
from rag.errors import InputError
from rag.records import Reject

TYPES = (
    "fact", "paraphrase", "multi", "lookup", "metadata", "unanswerable", "false_premise",
)  # fmt: skip
UNTYPED = "topic"  # of collections that know no types
SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Relevant:
    """A paper that a topic's writer judged: grade 2 answers directly, 1 partly, 0 not."""

    title: str
    grade: int


@dataclass(frozen=True, slots=True)
class Nugget:
    """A fact the answer should state; recalled when any pattern is found in the answer."""

    text: str
    vital: bool
    patterns: tuple[re.Pattern[str], ...]
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One question of an evaluation set. ``line`` is where it stands in its file."""

    topic_id: str
    question: str
    type: str = UNTYPED
    answerable: bool = True
    relevant: tuple[Relevant, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    reference: str = ""
    split: str | None = None
    family: str | None = None
    twin: str | None = None
    distractor: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


def read_questions(path: Path) -> list[Topic]:
    """Return the topics of a question set in file order. Raises InputError with file:line."""
    topics: list[Topic] = []
    seen: dict[str, int] = {}
    for number, line in iter_lines(path):
        if isinstance(line, Reject):
            raise InputError(str(line))
        if not line.strip():
            continue
        topic = parse_topic(line, f"{path.name}:{number}", number)
        if topic.topic_id in seen:
            first = seen[topic.topic_id]
            raise InputError(f"{path.name}:{number}: id {topic.topic_id!r} is used on line {first}")
        seen[topic.topic_id] = number
        topics.append(topic)
    if not topics:
        raise InputError(f"{path.name}: holds no questions")
    return topics


def parse_topic(line: str, where: str, number: int = 0) -> Topic:
    """Return the topic that one JSON line describes. Raises InputError naming ``where``."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise InputError(f"{where}: not JSON: {exc}") from exc
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected an object, found {type(row).__name__}")
    kind = text_of(row, "type", where)
    if kind not in (*TYPES, UNTYPED):
        raise InputError(f"{where}: unknown type {kind!r}; known: {', '.join(TYPES)}")
    return Topic(
        topic_id=_one_word(text_of(row, "id", where), where),
        question=text_of(row, "question", where),
        type=kind,
        answerable=bool(row.get("answerable", kind != "unanswerable")),
        relevant=tuple(relevant_of(item, where) for item in _list(row, "relevant", where)),
        nuggets=tuple(_nugget(item, where) for item in _list(row, "nuggets", where)),
        reference=str(row.get("reference") or ""),
        split=row.get("split"),
        family=row.get("family"),
        twin=row.get("twin"),
        distractor=row.get("distractor"),
        fields=row.get("fields") or {},
        line=number,
    )


def text_of(row: Mapping[str, Any], key: str, where: str) -> str:
    """Return a value that has to be a text and not empty. Raises InputError naming ``where``."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {key!r} must be a text that is not empty")
    return value


def _one_word(topic_id: str, where: str) -> str:
    if topic_id.split() != [topic_id]:
        raise InputError(f"{where}: the id {topic_id!r} holds white space")
    return topic_id


def _list(row: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(f"{where}: {key!r} must be a list of objects")
    return value


def relevant_of(item: Mapping[str, Any], where: str) -> Relevant:
    """Return the judgement that an object describes. Raises InputError naming ``where``."""
    grade = item.get("grade", 2)
    if isinstance(grade, bool) or not isinstance(grade, int) or grade < 0:
        raise InputError(f"{where}: grade {grade!r} is not 0, 1 or 2")
    return Relevant(text_of(item, "title", where), grade)


def _nugget(item: Mapping[str, Any], where: str) -> Nugget:
    patterns = item.get("patterns")
    if not isinstance(patterns, list) or not patterns:
        raise InputError(f"{where}: a nugget needs 'patterns', a list of regular expressions")
    found = tuple(_compiled(pattern, where) for pattern in patterns)
    evidence = item.get("evidence") or None
    return Nugget(text_of(item, "text", where), bool(item.get("vital", True)), found, evidence)


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern of a nugget: upper and lower case are the same. Raises re.error."""
    return re.compile(pattern, re.IGNORECASE)


def _compiled(pattern: object, where: str) -> re.Pattern[str]:
    try:
        return compiled(str(pattern))
    except re.error as exc:
        raise InputError(f"{where}: pattern {pattern!r} does not compile: {exc}") from exc

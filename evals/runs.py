"""The folder a run leaves behind: enough to score it again, compare it and resume it.

``plan.json`` says what the run rests on and is written first; ``topics.jsonl`` and
``qrels.trec`` what was asked and judged; ``records.jsonl`` grows by one line a question;
``manifest.json`` is written last, so that its existence proves completion. What a record
holds, and how it is scored, is told in ``evals.retrieval`` and ``evals.answers``.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evals import digests
from evals.binding import Collection, Qrels
from evals.formats import Topic, parse_topic
from evals.trec import read_qrels, write_qrels
from rag.errors import InputError, StorageError, UsageError
from rag.records import Paper
from rag.settings import Settings

SCHEMA = 1
JUDGED = "judged.json"
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a run rests on besides its questions."""

    settings: Settings
    papers: Sequence[Paper]
    seed: int = 0
    model: str | None = None


def plan_of(kind: str, collection: Collection, basis: Basis, **extra: Any) -> dict[str, Any]:
    """Return what identifies a run: equal plans would give equal results."""
    settings = basis.settings.model_dump(mode="json")
    settings["index"].pop("home", None)  # where the index lies changes no result, and is private
    return {
        "schema": SCHEMA,
        "kind": kind,
        "set": collection.name,
        "model": basis.model,
        "fake_model": is_fake(basis.model),
        "seed": basis.seed,
        **extra,
        "sha256": {
            "corpus": digests.corpus_sha256(basis.papers),
            "questions": collection.sha256,
            "prompts": digests.prompts_sha256(),
            "settings": digests.json_sha256(settings),
            "code": digests.code_sha256(),
        },
        "settings": settings,
        "versions": digests.versions(),
    }


def is_fake(model: str | None) -> bool:
    """Tell whether the model's name says that it only stands in for one."""
    return bool(model) and str(model).lower().startswith(("fake", "scripted", "echo"))


def default_folder(home: Path, plan: Mapping[str, Any]) -> Path:
    """Return where a run of this plan is kept: a place named by its content."""
    name = f"{plan['kind']}-{plan['set']}-{digests.json_sha256(plan)[:12]}"
    return home / "runs" / name


@dataclass(frozen=True, eq=False)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def complete(self) -> bool:
        """Whether every question was asked and the manifest written."""
        return (self.path / "manifest.json").exists()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest. Raises InputError when the run is not complete."""
        if not self.complete:
            raise InputError(
                f"{self.path.name}: no manifest.json: not a run, or not complete; "
                "mend: run the same command again, it goes on where it stopped"
            )
        found: dict[str, Any] = _read_json(self.path / "manifest.json")
        if found.get("schema") != SCHEMA:
            raise InputError(f"{self.path.name}: written by another release; run it again")
        return found

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """The questions, without the titles of the relevant papers."""
        return tuple(
            parse_topic(line, f"topics.jsonl:{n}", n)
            for n, line in _lines(self.path / "topics.jsonl")
        )

    @cached_property
    def qrels(self) -> Qrels:
        """The judgements; every topic has an entry, also those without a relevant paper."""
        found = read_qrels(self.path / "qrels.trec")
        return {t.topic_id: found.get(t.topic_id, {}) for t in self.topics}

    @cached_property
    def papers(self) -> dict[str, dict[str, str]]:
        """Title and abstract of the papers that the run mentions, by ``paper_id``."""
        path = self.path / "papers.jsonl"
        rows = [json.loads(line) for _, line in _lines(path)] if path.exists() else []
        return {row["paper_id"]: row for row in rows}

    @property
    def judged(self) -> dict[str, Any]:
        """What a judge added to the run, with its measures under ``scores``; empty without."""
        path = self.path / JUDGED
        found: dict[str, Any] = _read_json(path) if path.exists() else {}
        return found

    @property
    def fake_model(self) -> bool:
        """Whether a stand-in wrote or judged the answers: then nothing here is a result."""
        return bool(self.manifest["fake_model"] or self.judged.get("fake_model"))

    def records(self) -> dict[str, Record]:
        """Return what is there so far, by topic, in the order asked."""
        path = self.path / "records.jsonl"
        rows = [json.loads(line) for _, line in _lines(path)] if path.exists() else []
        return {row["id"]: row for row in rows}

    def append(self, record: Record) -> None:
        """Add the record of one question."""
        with (self.path / "records.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")

    def write_papers(self, papers: Sequence[Paper]) -> None:
        """Keep title and abstract of these papers, for reports and for scoring again."""
        rows = [{"paper_id": p.paper_id, "title": p.title, "abstract": p.abstract} for p in papers]
        _write_lines(self.path / "papers.jsonl", rows)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Write the manifest: the plan, the counts and the time. The run is then complete."""
        plan = _read_json(self.path / "plan.json")
        created = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {**plan, "created": created, "counts": dict(counts)}
        write_json(self.path / "manifest.json", manifest)


def begin(
    path: Path, plan: Mapping[str, Any], collection: Collection, *, fresh: bool = False
) -> RunFolder:
    """Make or resume the folder of a run. Raises UsageError when it holds another run."""
    folder = RunFolder(path)
    if fresh and (path / "plan.json").exists():
        shutil.rmtree(path)
    if (path / "plan.json").exists():
        _refuse_other(path, plan)
        _drop_torn_line(path / "records.jsonl")
        return folder
    try:
        path.mkdir(parents=True, exist_ok=True)
        _write_lines(path / "topics.jsonl", [topic_to_dict(t) for t in collection.topics])
        write_qrels(path / "qrels.trec", collection.qrels)
        write_json(path / "plan.json", plan)
    except OSError as exc:
        raise StorageError(f"the run folder {path.name} cannot be written: {exc.strerror}") from exc
    return folder


def open_run(path: Path) -> RunFolder:
    """Return the complete run in ``path``. Raises InputError when there is none."""
    folder = RunFolder(path)
    folder.manifest  # noqa: B018 - read for its check
    return folder


def topic_to_dict(topic: Topic) -> dict[str, Any]:
    """Return the topic as a line of a question set; judgements stand in ``qrels.trec``."""
    row = {
        "id": topic.topic_id,
        "question": topic.question,
        "type": topic.type,
        "answerable": topic.answerable,
        "nuggets": [
            {"text": n.text, "vital": n.vital, "patterns": [p.pattern for p in n.patterns]}
            for n in topic.nuggets
        ],
        "reference": topic.reference,
    }
    optional = {"split": topic.split, "family": topic.family, "twin": topic.twin}
    return row | {key: value for key, value in optional.items() if value}


def _refuse_other(path: Path, plan: Mapping[str, Any]) -> None:
    known = _read_json(path / "plan.json")
    differing = sorted(k for k in {*known, *plan} if known.get(k) != json_ready(plan).get(k))
    if differing:
        raise UsageError(
            f"{path.name} holds a run that differs in: {', '.join(differing)}; "
            "mend: give another --out, or --fresh to replace it"
        )


def json_ready(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value as it comes back from a JSON file."""
    found: dict[str, Any] = json.loads(json.dumps(value))
    return found


def _drop_torn_line(path: Path) -> None:
    """Cut off a last line that a killed run did not complete."""
    if path.exists():
        whole, newline, _torn = path.read_bytes().rpartition(b"\n")
        path.write_bytes(whole + newline)


def write_json(path: Path, value: Any) -> None:
    """Write one JSON value, readable by eye; the file appears whole or not at all."""
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise InputError(f"{path.parent.name}/{path.name}: cannot be read: {exc}") from exc


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    # Split at newlines only: a JSON text may hold other line separators.
    text = path.read_text(encoding="utf-8")
    yield from ((n, line) for n, line in enumerate(text.split("\n"), 1) if line)

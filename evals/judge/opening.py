"""From what was asked for on the command line to a judge that can be asked."""

import re
from dataclasses import dataclass
from pathlib import Path

from evals.judge.cassettes import Cassette
from evals.judge.judging import ModelJudge, speaker
from rag.errors import UsageError
from rag.settings import Settings

_LOCAL = "local:"


@dataclass(frozen=True, slots=True)
class JudgeWish:
    """Which model judges, and where its replies are kept; ``replay`` asks nobody."""

    model: str
    cassette: Path | None = None
    replay: bool = False


def open_judge(settings: Settings, wish: JudgeWish) -> ModelJudge:
    """Return the judge; its limits and server are those of the settings' chat model.

    Raises UsageError, ConfigError, ModelError.
    """
    name = wish.model.strip()
    if name in ("", "none"):
        raise UsageError("--judge needs the name of a chat model")
    speak = None
    if wish.replay:
        if name == "auto":
            raise UsageError("--replay needs the judge's own name, not 'auto'")
    else:
        from rag.models import connect

        model = connect(settings.model.model_copy(update={"name": name}))
        name, speak = model.name, speaker(model)
    label = model_label(name)
    limits = {
        "temperature": settings.model.temperature,
        "max_tokens": settings.model.max_tokens,
    }
    path = wish.cassette or default_cassette(settings.index.folder, label)
    if wish.replay and not path.exists():
        raise UsageError(f"there is no cassette {path.name}; mend: record it, without --replay")
    return ModelJudge(label, limits, Cassette(path, speak))


def model_label(name: str) -> str:
    """Return the model's name without the folder that a file of it lies in."""
    return f"{_LOCAL}{Path(name).name}" if name.startswith(_LOCAL) else name


def default_cassette(home: Path, label: str) -> Path:
    """Return where replies of a judge are kept when nothing else is said."""
    return home / "judge" / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', label)}.jsonl"

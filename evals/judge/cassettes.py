"""Replies of a judge on file: nothing is paid for twice, and every verdict can be replayed.

A cassette is a JSON Lines file with one reply a line, found again by a hash of all that
could change it. Who speaks when a reply is missing is passed in; when nobody may, the
missing reply is an error.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.digests import json_sha256
from rag.errors import InputError, StorageError, UsageError


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a judge. ``about`` names what it is about and is not part of the key.

    ``prompt`` is the name and version of the prompt, ``messages`` are (role, text) pairs,
    ``repeat`` counts from 0 when the same is asked several times.
    """

    model: str
    prompt: str
    parameters: Mapping[str, Any]
    messages: tuple[tuple[str, str], ...]
    repeat: int
    about: str

    @property
    def key(self) -> str:
        """A hash of everything that could change the reply."""
        return json_sha256(
            {
                "model": self.model,
                "prompt": self.prompt,
                "parameters": dict(self.parameters),
                "messages": [list(message) for message in self.messages],
                "repeat": self.repeat,
            }
        )


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a judge said, and the tokens it took."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


Speaker = Callable[[Request], Spoken]


class Cassette:
    """The replies in one file. ``asked`` and ``replayed`` count what this object was used for."""

    def __init__(self, path: Path, speaker: Speaker | None) -> None:
        """Without a ``speaker`` only what is on file can be had. Raises InputError."""
        self._path = path
        self._speaker = speaker
        self._replies = _read(path)
        self.asked = self.replayed = self.input_tokens = self.output_tokens = 0

    def reply(self, request: Request) -> Spoken:
        """Return the reply on file, or else ask for it and keep it.

        Raises UsageError when it is not there and nobody may be asked, and what the
        speaker raises.
        """
        key = request.key
        if key in self._replies:
            self.replayed += 1
            return self._replies[key]
        if self._speaker is None:
            raise UsageError(
                f"{request.about}: {self._path.name} holds no reply of {request.model} to "
                f"{request.prompt}, repeat {request.repeat}; mend: record it, without --replay"
            )
        spoken = self._speaker(request)
        self.asked += 1
        self.input_tokens += spoken.input_tokens
        self.output_tokens += spoken.output_tokens
        self._keep(key, request, spoken)
        return spoken

    def _keep(self, key: str, request: Request, spoken: Spoken) -> None:
        row = {
            "key": key, "about": request.about, "model": request.model, "prompt": request.prompt,
            "parameters": dict(request.parameters), "repeat": request.repeat, "text": spoken.text,
            "input_tokens": spoken.input_tokens, "output_tokens": spoken.output_tokens,
        }  # fmt: skip
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        except OSError as exc:
            raise StorageError(f"{self._path.name} cannot be written: {exc.strerror}") from exc
        self._replies[key] = spoken


def _read(path: Path) -> dict[str, Spoken]:
    if not path.exists():
        return {}
    try:
        # Split at newlines only: a JSON text may hold other line separators.
        *lines, torn = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"{path.name}: no cassette: {exc}") from exc
    if torn:  # a killed recording: the last line would run into the next one
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    replies = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            tokens = int(row["input_tokens"]), int(row["output_tokens"])
            replies[str(row["key"])] = Spoken(str(row["text"]), *tokens)
        except (ValueError, KeyError, TypeError) as exc:
            raise InputError(f"{path.name}:{number}: no recorded reply ({exc})") from exc
    return replies

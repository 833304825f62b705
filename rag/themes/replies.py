"""Replies of a chat model on disk, each under a hash of all that it depends on.

What was paid for once is not asked for again: a run that was killed goes on where it
stopped. One private file a reply (mode 600), renamed into place whole.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from rag.outside.replies import Reply

FOLDER = "theme-replies"  # in the home folder
_FIELDS = ("text", "finish_reason", "input_tokens", "output_tokens", "model", "estimated")
_CUT = {"length", "max_tokens"}  # cut by the limit on its length: asking again changes nothing


def digest(*parts: str) -> str:
    """Return a hash of the parts, their number and borders included."""
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "replace")).hexdigest()


class KeptReplies:
    """The replies of one home."""

    def __init__(self, home: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = home / FOLDER
        self.writable = True

    def find(self, key: str) -> Reply | None:
        """Return the reply kept under ``key``; a file that cannot be read is none."""
        try:
            kept = json.loads(self._path(key).read_text(encoding="utf-8"))
            return Reply(**{name: kept[name] for name in _FIELDS})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def known(self, keys: Sequence[str]) -> int:
        """Return how many of the keys have a reply."""
        return sum(self.find(key) is not None for key in keys)

    def keep(self, key: str, reply: Reply) -> None:
        """Keep a reply that is whole, or as whole as it will get.

        In a home that cannot be written to nothing is kept, and ``writable`` turns false.
        """
        if not (reply.complete or reply.finish_reason in _CUT):
            return
        text = json.dumps({name: getattr(reply, name) for name in _FIELDS})
        path = self._path(key)
        unfinished = path.with_name(f"{secrets.token_hex(8)}.part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            self.writable = False

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

"""A chat model's reply as it grows: what of it may be shown, and whether it is whole.

Left out of the text: thoughts between <think> tags, lines that open or close a code
fence, NUL bytes, and secrets that a server sends back. What else could act on a reader's
screen is left to ``rag.text.safe``, which has to see it whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_REPLY = 100_000  # characters, thoughts included
_FINISHED = {"stop", "end_turn", "stop_sequence", "complete", "completed"}
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>\s*|\Z)", re.IGNORECASE | re.DOTALL)
_STRAY_END = re.compile(r"\A.*</think(?:ing)?>\s*", re.IGNORECASE | re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*(?:\n|\Z)", re.MULTILINE)
# What may yet turn out to be a tag or a fence, once more text has come.
_UNDECIDED = re.compile(
    r"(?:</?[a-z]{0,8}|^[ \t]*(?:`{1,3}|~{1,3})[\w-]*[ \t]*)\Z", re.IGNORECASE | re.MULTILINE
)


@dataclass(slots=True)
class Reply:
    """A reply so far, made longer by ``take``.

    ``text`` only grows, but for one case: when a thought ends that had no beginning, all
    that came before was part of it. ``failure`` says what broke the reply off, if
    anything did; token counts are the server's own unless ``estimated``.
    """

    text: str = ""
    finish_reason: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    estimated: bool = True
    failure: str = ""
    received: str = ""
    _read: int = 0

    @property
    def complete(self) -> bool:
        """Whether the server said that the model had finished of its own accord."""
        return (self.finish_reason or "").lower() in _FINISHED

    def take(self, piece: str, secrets: Sequence[str]) -> None:
        """Add what came; the text follows in steps, so that long replies take linear time."""
        self.received = (self.received + piece)[:LONGEST_REPLY]
        if len(self.received) - self._read > len(self.received) // 100:
            self._read = len(self.received)
            self.text = visible(self.received, secrets, last=False)

    def finish(self, secrets: Sequence[str]) -> None:
        """Bring the text up to date, at the end of the reply."""
        self.text = visible(self.received, secrets, last=True)

    @property
    def full(self) -> bool:
        """Whether the reply has reached the length at which it is cut off."""
        return len(self.received) >= LONGEST_REPLY


def visible(received: str, secrets: Sequence[str], *, last: bool) -> str:
    """Return what may be shown of what a model sent; ``last`` when no more can come."""
    text = _THOUGHT.sub("", received.replace("\0", ""))
    text = _STRAY_END.sub("", text)
    if not last:
        text = text[: _decided(text, secrets)]
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return _FENCE.sub("", text)


def _decided(text: str, secrets: Sequence[str]) -> int:
    """Return how much of the text cannot be the beginning of anything that is left out."""
    found = _UNDECIDED.search(text, max(0, len(text) - 100))
    end = found.start() if found else len(text)
    for secret in secrets:
        sizes = range(min(len(secret) - 1, len(text)), 0, -1)
        end = min([end, *(len(text) - n for n in sizes if text.endswith(secret[:n]))])
    return end

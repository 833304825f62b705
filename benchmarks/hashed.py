"""An embedder that costs next to nothing, for benchmarks of everything around embedding."""

import hashlib
import time
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rag.embedding import Encoded, MiniLM, Passage, Vector
from rag.text.terms import terms


class HashedEmbedder:
    """Embeds a text as the sum of fixed random directions of its terms; 384 dimensions.

    A question also goes through the real embedder, whose vector is thrown away: its time
    belongs to a question's. ``seconds`` is what the passages took.
    """

    fingerprint = "hashed-384"
    dimension = 384
    window = 510

    def __init__(self) -> None:
        self.seconds = 0.0
        self._real = MiniLM()

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (384,) of a question."""
        self._real.embed_query(text)
        return _embed(text)

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return the vector of each passage and of its sentences."""
        start = time.perf_counter()
        encoded = [_encode(passage) for passage in passages]
        self.seconds += time.perf_counter() - start
        return encoded


def _encode(passage: Passage) -> Encoded:
    sentences = [_embed(passage.text[s.start : s.end]) for s in passage.sentences]
    whole = _embed(passage.prefix + passage.text)
    return Encoded(whole, np.stack(sentences) if sentences else None)


def _embed(text: str) -> Vector:
    found = [_direction(term) for term in terms(text)]
    total = np.sum(found, axis=0) if found else np.ones(384, dtype=np.float32)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(maxsize=20_000)
def _direction(term: str) -> Vector:
    seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).standard_normal(384, dtype=np.float32)

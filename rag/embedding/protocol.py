"""What every embedder is given, what it returns, and what makes a vector unusable.

A passage is a title with a stretch of an abstract; one pass over it yields the vector of
the whole and, where the embedder can tell tokens apart ("late chunking",
arXiv:2409.04701), one vector for each sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rag.text.sentences import Span

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded: ``title`` and ``text``, with the spans of the sentences in ``text``."""

    title: str
    text: str
    sentences: tuple[Span, ...] = ()

    @property
    def prefix(self) -> str:
        """The title as it stands before the text, or nothing."""
        return f"{self.title} " if self.title else ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Unit vectors of one passage: ``vector`` (dim,), ``sentences`` (n, dim) or None."""

    vector: Vector
    sentences: Vector | None = None


def flaw(encoded: Encoded, dimension: int) -> str | None:
    """Return what makes the vectors unusable: their shape, NaN, infinity or zero; else None."""
    rows = [encoded.vector[None], *([] if encoded.sentences is None else [encoded.sentences])]
    if any(row.shape[-1] != dimension for row in rows):
        return f"{encoded.vector.shape[-1]} dimensions instead of {dimension}"
    stacked = np.concatenate(rows)
    if not np.isfinite(stacked).all():
        return "NaN or infinity"
    return "a zero vector" if not stacked.any(axis=1).all() else None


class Embedder(Protocol):
    """Anything that embeds passages and queries into one space of unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Names the space: equal fingerprints mean comparable vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def window(self) -> int:
        """Most tokens of ``title + text`` that are read, special tokens aside."""

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's own tokens in ``text``."""

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a question."""

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        """Return one ``Encoded`` for each passage, in order."""


def unit(vector: Vector) -> Vector:
    """Return the vector at length 1; the zero vector as it is."""
    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm else vector, dtype=np.float32)

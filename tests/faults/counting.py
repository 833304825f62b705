"""A child that adds a file and tells which texts it embeds, and what it has committed.

``python -m tests.faults.counting HOME FILE`` prints ``embedding KEY …`` before a batch,
``acknowledged N`` after its commit and ``publishing 0`` before a generation is made, so
that whoever kills it can tell what was kept and what was lost.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rag.embedding import Encoded, Passage
from rag.index.index import Index
from rag.text.chunking import content_hash
from tests.fakes import HashedEmbedder

WORDS = {"reading": "acknowledged"}


class TellingEmbedder(HashedEmbedder):
    """Writes the content keys of the texts before it embeds them."""

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        tell("embedding", *(content_hash(p.title, p.text) for p in passages))
        return super().embed_passages(passages)


def tell(stage: str, *values: str | int | None) -> None:
    line = " ".join([WORDS.get(stage, stage), *map(str, values)])
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Index(Path(sys.argv[1]), TellingEmbedder()).add([Path(sys.argv[2])], progress=tell)

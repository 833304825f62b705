"""What tests of the index share: the two places that vectors can lie in."""

from pathlib import Path

import pytest

from rag.embedding import Embedder
from rag.index.index import Index
from rag.index.server_store import ServerStores
from tests.fakes import HashedEmbedder
from tests.servers import chroma


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest) -> str:
    """Return where the vectors lie: "" is this process, else the address of a server."""
    return chroma.address_of(request.param)


def opened(home: Path, store: str, embedder: Embedder | None = None) -> Index:
    """Return the index of a home with its vectors in that place."""
    stores = ServerStores(store) if store else None
    return Index(home, embedder or HashedEmbedder(), stores=stores)

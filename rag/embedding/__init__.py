"""Turn text into vectors, in process or by a server that speaks OpenAI's protocol.

The only room that imports onnxruntime's sessions for embedding, or an embedding client.
Storing vectors, and never embedding a text twice, is the catalogue's business.
"""

from rag.embedding.minilm import MiniLM
from rag.embedding.protocol import Embedder, Encoded, Passage, Vector, flaw
from rag.embedding.remote import Batching, RemoteEmbedder

__all__ = [
    "Batching",
    "Embedder",
    "Encoded",
    "MiniLM",
    "Passage",
    "RemoteEmbedder",
    "Vector",
    "flaw",
]

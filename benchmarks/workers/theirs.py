"""One turn of the peer's side of ``benchmarks.pipeline``: prints a line of JSON.

Runs in an environment of its own and imports nothing of the product.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from langchain_chroma import Chroma
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.workers.default_function import default_function
from benchmarks.workers.turn import SAMPLE, ask_and_report, rank_and_report, rows


class DefaultFunction(Embeddings):
    """Chroma's default embedding function; ``given`` vectors stand in for those of documents."""

    def __init__(self, function: Any, given: Any) -> None:
        self.function = function
        self.given = given

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return vectors of 384 dimensions; the given ones are used up in order."""
        if self.given is not None:
            taken, self.given = self.given[: len(texts)], self.given[len(texts) :]
            return [list(map(float, vector)) for vector in taken]
        return [list(map(float, vector)) for vector in self.function(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return list(map(float, self.function([text])[0]))


def main() -> None:
    """Take the papers in when there are none, then ask; with a file of vectors, only rank."""
    collection, home, *vectors = map(Path, sys.argv[1:])
    found = rows(collection / "corpus.jsonl")
    documents = [
        Document(f"{row.get('title') or ''} {row.get('text') or ''}", metadata={"id": row["_id"]})
        for row in found
    ]
    given = np.load(vectors[0]) if vectors else _random(len(documents))
    embeddings = DefaultFunction(default_function(home / "model"), given)
    ingested: dict[str, float] = {}
    begun = (home / "chroma").exists()
    store = Chroma("papers", embeddings, persist_directory=str(home / "chroma"))
    start = time.perf_counter()
    for first in range(0, 0 if begun else len(documents), 5000):
        store.add_documents(documents[first : first + 5000])
    lexical = BM25Retriever.from_documents(documents)  # lives in memory: made in each turn
    if not begun:
        ingested["ingest"] = time.perf_counter() - start
        ingested["seconds_a_paper"] = _seconds_a_paper(embeddings, documents)
    lexical.k = 10
    dense = store.as_retriever(search_kwargs={"k": 10})
    both = EnsembleRetriever(retrievers=[lexical, dense], weights=[0.5, 0.5])
    if vectors:
        rank_and_report(collection, lambda q: [d.metadata["id"] for d in both.invoke(q)])
    else:
        ask_and_report(collection, both.invoke, ingested, len(documents))


def _random(n: int) -> Any:
    drawn = np.random.default_rng(n).standard_normal((n, 384), dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _seconds_a_paper(embeddings: DefaultFunction, documents: list[Document]) -> float:
    embeddings.given = None
    start = time.perf_counter()
    embeddings.embed_documents([d.page_content for d in documents[:SAMPLE]])
    return (time.perf_counter() - start) / SAMPLE


if __name__ == "__main__":
    main()

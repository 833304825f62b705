"""One turn of the peer's side of ``benchmarks.pipeline``: prints a line of JSON.

Runs in an environment of its own and imports nothing of ours.
"""

import json
import resource
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

SAMPLE, QUESTIONS = 64, 60


class DefaultFunction(Embeddings):
    """Chroma's default embedding function; documents get random vectors when it is asked to skip."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.skip = True

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return vectors of 384 dimensions."""
        if self.skip:
            drawn = np.random.default_rng(len(texts)).standard_normal((len(texts), 384))
            return [list(map(float, row / np.linalg.norm(row))) for row in drawn]
        return [list(map(float, vector)) for vector in self.function(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return list(map(float, self.function([text])[0]))


def main() -> None:
    """Take the papers in when there are none, then ask."""
    collection, home = map(Path, sys.argv[1:])
    sys.path.insert(0, str(Path(__file__).parent))
    from default_function import default_function

    embeddings = DefaultFunction(default_function(home / "model"))
    documents = [
        Document(f"{row.get('title') or ''} {row.get('text') or ''}", metadata={"id": row["_id"]})
        for row in map(json.loads, (collection / "corpus.jsonl").read_text().splitlines())
    ]
    result: dict[str, object] = {}
    begun = (home / "chroma").exists()
    store = Chroma("papers", embeddings, persist_directory=str(home / "chroma"))
    start = time.perf_counter()
    for first in range(0, 0 if begun else len(documents), 5000):
        store.add_documents(documents[first : first + 5000])
    lexical = BM25Retriever.from_documents(documents)  # lives in memory: made in each turn
    if not begun:
        result["ingest"] = time.perf_counter() - start
        embeddings.skip = False
        start = time.perf_counter()
        embeddings.embed_documents([d.page_content for d in documents[:SAMPLE]])
        result["seconds_a_paper"] = (time.perf_counter() - start) / SAMPLE
    lexical.k = 10
    dense = store.as_retriever(search_kwargs={"k": 10})
    both = EnsembleRetriever(retrievers=[lexical, dense], weights=[0.5, 0.5])
    questions = [
        json.loads(line)["text"] for line in (collection / "queries.jsonl").read_text().splitlines()
    ]
    both.invoke(questions[0])
    asked = []
    for question in questions[1 : QUESTIONS + 1]:
        start = time.perf_counter()
        both.invoke(question)
        asked.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**result, "papers": len(documents), "asked": asked, "memory": memory}))


if __name__ == "__main__":
    main()

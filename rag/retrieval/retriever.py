"""The retriever as LangChain sees it: documents out, for anyone's chain."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.records import Hit
from rag.retrieval.search import Searcher


class PaperRetriever(BaseRetriever):
    """A LangChain retriever over an index of papers.

    Each document is one abstract, best first; its ``id`` is the paper's, and its metadata
    carries ``paper_id``, ``title``, ``date`` and ``url`` (None when not known), ``score``
    in [0, 1], ``rank`` from 1 and the best sentence as ``evidence``. ``filters`` are
    conditions that every query must meet, as ``parse_filters`` makes them.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Any
    k: int = 10
    filters: Any = None

    def __init__(self, searcher: Searcher, *, k: int = 10, filters: Any = None) -> None:
        """Retrieve the ``k`` best papers for each query."""
        super().__init__(searcher=searcher, k=k, filters=filters)  # type: ignore[call-arg]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.searcher.search(query, self.k, filters=self.filters)
        return [as_document(hit) for hit in found.hits]


def as_document(hit: Hit) -> Document:
    """Return a hit as a LangChain document."""
    paper = hit.paper
    return Document(
        page_content=paper.abstract,
        id=paper.paper_id,
        metadata={
            "paper_id": paper.paper_id,
            "title": paper.title,
            "date": paper.published,
            "url": paper.url,
            "rank": hit.rank,
            "score": hit.score,
            "evidence": hit.evidence[0].text if hit.evidence else "",
        },
    )

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

    Each document is one abstract, best first; its metadata carries ``paper_id``,
    ``title``, ``date``, ``score``, ``rank`` and the best sentence as ``evidence``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Any
    k: int = 10

    def __init__(self, searcher: Searcher, *, k: int = 10) -> None:
        """Retrieve the ``k`` best papers for each query."""
        super().__init__(searcher=searcher, k=k)  # type: ignore[call-arg]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [as_document(hit) for hit in self.searcher.search(query, self.k).hits]


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
            "rank": hit.rank,
            "score": hit.score,
            "evidence": hit.evidence[0].text if hit.evidence else "",
        },
    )

"""The composition root: settings in, the working parts out, each made on first use."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.resources import sample_corpus
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from rag.answering.answering import Answerer
    from rag.embedding import Embedder
    from rag.index.index import Index, Progress
    from rag.index.store import Stores
    from rag.models import GuardedModel
    from rag.records import Answer, Retrieval
    from rag.retrieval.retriever import PaperRetriever
    from rag.retrieval.search import Searcher


class App:
    """Everything one home and one configuration can do."""

    def __init__(self, settings: Settings, *, embedder: "Embedder | None" = None) -> None:
        """Nothing is opened yet. ``embedder`` replaces the configured one."""
        self.settings = settings
        self._embedder = embedder

    @cached_property
    def index(self) -> "Index":
        """The corpus and its index. Raises IndexStateError."""
        from rag.index.index import Index

        chosen = self.settings.index
        return Index(
            chosen.folder, self.embedder, chunk_tokens=chosen.chunk_tokens, stores=self._stores
        )

    @property
    def _stores(self) -> "Stores | None":
        """The Chroma server, when one is set; None means Chroma in this process."""
        chosen = self.settings.index
        if not chosen.store:
            return None
        from rag.index.server_store import ServerStores

        token = chosen.store_token.get_secret_value() if chosen.store_token else ""
        return ServerStores(chosen.store, token=token, timeout=chosen.store_timeout)

    @cached_property
    def embedder(self) -> "Embedder":
        """The configured embedder."""
        from rag.embedding import Batching, MiniLM, RemoteEmbedder

        chosen = self.settings.embedding
        if self._embedder is not None:
            return self._embedder
        if chosen.model == "minilm":
            return MiniLM(threads=chosen.threads)
        key = self.settings.model.api_key
        return RemoteEmbedder(
            chosen.model,
            chosen.base_url or self.settings.model.base_url,
            key.get_secret_value() if key else "",
            chosen.timeout,
            batching=Batching(chosen.concurrency, chosen.batch_texts, chosen.batch_tokens),
        )

    @cached_property
    def searcher(self) -> "Searcher":
        """Retrieval over the index."""
        from rag.retrieval.reranking import make_reranker
        from rag.retrieval.search import Searcher

        chosen = self.settings.retrieval
        return Searcher(
            self.index,
            candidates=chosen.candidates,
            understand=chosen.understand,
            reranker=make_reranker(self.settings, lambda: self.model),
            rerank_top=chosen.rerank_top,
        )

    @cached_property
    def answerer(self) -> "Answerer":
        """The chain from question to answer, with a model when one is configured."""
        from rag.answering.answering import Answerer
        from rag.answering.writing import AnswerOptions, ExtractiveWriter

        chosen = self.settings.answer
        options = AnswerOptions(chosen.papers, chosen.sentences, chosen.strict, chosen.threshold)
        if self.model is None:
            return Answerer(self.searcher, ExtractiveWriter(), options)
        from rag.answering.generative import GenerativeWriter

        writer = GenerativeWriter(self.model, self.settings.model.context_tokens)
        return Answerer(self.searcher, writer, options)

    @cached_property
    def model(self) -> "GuardedModel | None":
        """The configured chat model, or None: one connection for all that asks it."""
        if not self.settings.model.configured:
            return None
        from rag.models import connect

        return connect(self.settings.model)

    def retriever(self, *, k: int | None = None) -> "PaperRetriever":
        """Return a LangChain retriever over this corpus."""
        from rag.retrieval.retriever import PaperRetriever

        return PaperRetriever(self.searcher, k=k or self.settings.retrieval.k)

    def search(self, question: str, *, k: int | None = None, filters: Any = None) -> "Retrieval":
        """Return the papers that fit ``question`` best."""
        return self.searcher.search(question, k or self.settings.retrieval.k, filters=filters)

    def ask(self, question: str, *, filters: Any = None) -> "Answer":
        """Return the answer to ``question``."""
        return self.answerer.invoke(question, filters=filters)

    def stream(self, question: str, *, filters: Any = None) -> "Iterator[Answer]":
        """Yield the answer to ``question`` as it grows."""
        return self.answerer.stream(question, filters=filters)

    def ensure_corpus(self, progress: "Callable[[], Progress] | None" = None) -> bool:
        """Read the sample corpus into a home that has never held any; return whether it did."""
        if not self.index.writable or not self.index.is_empty() or self.index.catalogue.ingests():
            return False
        options: dict[str, Any] = {"progress": progress()} if progress else {}
        self.index.add(sample_corpus(), **options)
        return True


def open_app(
    *,
    home: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    config: Path | None = None,
    preset: str | None = None,
    embedder: "Embedder | None" = None,
) -> App:
    """Return an app on ``home`` (default: the platform's data folder).

    ``overrides`` maps dotted settings to values, e.g. ``{"retrieval.k": 20}``.
    Raises ConfigError.
    """
    given = {"index.home": str(home) if home is not None else None, **(overrides or {})}
    return App(load_settings(given, config=config, preset=preset), embedder=embedder)

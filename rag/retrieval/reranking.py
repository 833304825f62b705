"""Put the best papers into a better order with a slower reader; off unless configured.

Two readers: the configured chat model, which orders a numbered list, and a cross-encoder
that scores each paper with the question. Papers keep their fused scores; what changes is
their rank, and why is in their views.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.errors import ConfigError, ModelError
from rag.records import Hit, Retrieval, RetrieverView
from rag.text.framing import as_data

if TYPE_CHECKING:
    from rag.cross_encoder import CrossEncoder
    from rag.models import GuardedModel
    from rag.prompts import Prompt
    from rag.settings import Settings

VIEW = "reranker"
_CROSS_ENCODER = "cross-encoder:"
_LONGEST_ABSTRACT = 1500  # characters of each abstract that a chat model is shown


class Reranker(Protocol):
    """Anything that says how well papers fit a question."""

    @property
    def name(self) -> str:
        """How users know it."""

    def scores(self, question: str, hits: Sequence[Hit]) -> list[float]:
        """Return one score for each hit, larger is better. Raises ModelError."""


class PairReranker:
    """Scores each paper by itself, with a cross-encoder."""

    def __init__(self, model: "CrossEncoder") -> None:
        """``model`` reads the question with title and abstract."""
        self._model = model
        self.name = model.name

    def scores(self, question: str, hits: Sequence[Hit]) -> list[float]:
        """Return the model's relevance of each hit."""
        return self._model.scores(question, [f"{h.paper.title}. {h.paper.abstract}" for h in hits])


class ListReranker:
    """Has a chat model order the papers, all in one prompt."""

    def __init__(self, model: "GuardedModel") -> None:
        """``model`` is asked once for each search."""
        self._model = model
        self.name = model.name

    @cached_property
    def _prompt(self) -> "Prompt":
        from rag.prompts import load_prompt

        return load_prompt("rerank.md")

    def scores(self, question: str, hits: Sequence[Hit]) -> list[float]:
        """Return how early the model names each hit; what it leaves out follows in order."""
        from langchain_core.messages.utils import convert_to_messages

        context = "\n".join(
            f"[{n}] {as_data(hit.paper.title)}\n{as_data(hit.paper.abstract[:_LONGEST_ABSTRACT])}"
            for n, hit in enumerate(hits, 1)
        )
        text = ""
        messages = self._prompt.render({"question": as_data(question), "context": context})
        for reply in self._model.stream(convert_to_messages(messages)):
            text = reply.text
        order = _order(text, len(hits))
        return [-float(order.index(n)) for n in range(1, len(hits) + 1)]


def _order(text: str, n: int) -> list[int]:
    """Return 1 to ``n`` in the order that ``text`` names them, those left out last."""
    named = [int(number) for number in re.findall(r"\d+", text)]
    return list(dict.fromkeys([*(i for i in named if 1 <= i <= n), *range(1, n + 1)]))


def reranked(retrieval: Retrieval, reranker: Reranker, top: int) -> Retrieval:
    """Return ``retrieval`` with its ``top`` best hits in the reranker's order.

    Ties keep their order. A reader that fails leaves the order as it was, and a note
    says so.
    """
    first, rest = retrieval.hits[:top], retrieval.hits[top:]
    if len(first) < 2 or not retrieval.topic:
        return retrieval
    try:
        scores = reranker.scores(retrieval.topic, first)
    except ModelError as exc:
        return replace(retrieval, notes=(*retrieval.notes, f"not reranked: {exc}"))
    order = sorted(range(len(first)), key=lambda i: -scores[i])
    low, high = min(scores), max(scores)
    hits = [
        replace(
            first[i],
            rank=rank,
            views={
                **first[i].views,
                VIEW: RetrieverView(rank, scores[i], (scores[i] - low) / ((high - low) or 1.0)),
            },
        )
        for rank, i in enumerate(order, 1)
    ]
    notes = (*retrieval.notes, f"the best {len(first)} reranked by {reranker.name}")
    return replace(retrieval, hits=(*hits, *rest), notes=notes)


def make_reranker(
    settings: "Settings", chat_model: "Callable[[], GuardedModel | None]"
) -> Reranker | None:
    """Return the configured reranker, or None. Raises ConfigError.

    ``chat_model`` connects to the configured chat model, when that is to read.
    """
    chosen = settings.retrieval.reranker
    if not chosen:
        return None
    if chosen == "model":
        model = chat_model()
        if model is None:
            raise ConfigError(
                'retrieval.reranker is "model", but no chat model is configured; '
                'mend: set model.name, or retrieval.reranker to ""'
            )
        return ListReranker(model)
    if chosen.startswith(_CROSS_ENCODER):
        from rag.cross_encoder import CrossEncoder

        folder = Path(chosen.removeprefix(_CROSS_ENCODER)).expanduser()
        return PairReranker(CrossEncoder(folder, threads=settings.embedding.threads))
    raise ConfigError(
        f'retrieval.reranker is {chosen!r}; it may be "" (none), "model" (the chat model), '
        "or cross-encoder:FOLDER"
    )

"""Stand-ins that work through the public interfaces and compute from what they are given."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from rag.embedding import Encoded, Passage, Vector
from rag.text.terms import terms


class HashedEmbedder:
    """Embeds a text as the sum of fixed random directions of its terms: shared words, near vectors.

    ``embedded`` counts the passages that went through, so that tests can tell what was reused.
    """

    dimension = 64
    window = 510

    def __init__(self, fingerprint: str = "hashed-64") -> None:
        self.fingerprint = fingerprint
        self.embedded = 0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_query(self, text: str) -> Vector:
        return self._embed(text)

    def embed_passages(self, passages: Sequence[Passage]) -> list[Encoded]:
        self.embedded += len(passages)
        return [self._encoded(passage) for passage in passages]

    def _encoded(self, passage: Passage) -> Encoded:
        sentences = [self._embed(passage.text[s.start : s.end]) for s in passage.sentences]
        whole = self._embed(passage.prefix + passage.text)
        return Encoded(whole, np.stack(sentences) if sentences else None)

    def _embed(self, text: str) -> Vector:
        total = np.full(self.dimension, 1e-3)
        for term in terms(text):
            total = total + _direction(term, self.dimension)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(maxsize=100_000)
def _direction(term: str, dimension: int) -> Vector:
    seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


class ReadingModel(BaseChatModel):
    """A chat model that reads its prompt and answers with the abstract sentences that fit best.

    It cites each sentence by the number that heads its abstract in the prompt. With a
    broken retriever, context or numbering it has nothing right to say.
    """

    claims: int = 2
    finish_reason: str | None = "stop"

    @property
    def _llm_type(self) -> str:
        return "reading"

    def reply(self, prompt: str) -> str:
        question = set(terms(prompt.rsplit("Question:", 1)[-1]))
        scored = []
        for number, body in re.findall(
            r"^\[(\d+)\] (.*?)(?=^\[\d+\] |\n</abstracts>)", prompt, re.MULTILINE | re.DOTALL
        ):
            _title, _, abstract = body.partition("\n")
            for sentence in re.split(r"(?<=[.!?])\s+", abstract.strip()):
                overlap = len(question & set(terms(sentence)))
                scored.append((overlap, sentence.rstrip(".!? "), number))
        best = sorted(scored, key=lambda item: -item[0])[: self.claims]
        if not best or best[0][0] == 0:
            return "NOT ANSWERED"
        return " ".join(f"{sentence} [{number}]." for _, sentence, number in best)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self.reply("\n".join(str(m.content) for m in messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        text = self.reply("\n".join(str(m.content) for m in messages))
        for start in range(0, len(text), 7):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[start : start + 7]))
        last = {"finish_reason": self.finish_reason} if self.finish_reason else {}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=last))


class ScriptedModel(ReadingModel):
    """Says what ``script`` makes of each prompt, in pieces of seven characters.

    ``prompts`` keeps what was asked, so that tests can tell how often and with what.
    """

    script: Callable[[str], str]
    prompts: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def reply(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return self.script(prompt)


def offered_abstracts(prompt: str) -> dict[int, tuple[str, str]]:
    """Return title and abstract by the number that they have in a prompt."""
    body = prompt.partition("<abstracts>")[2].rpartition("</abstracts>")[0]
    blocks = re.findall(r"^\[(\d+)\] (.*)\n(.*)$", body, re.MULTILINE)
    return {int(number): (title, abstract) for number, title, abstract in blocks}

"""Chat models behind one guarded door. With ``embedding.py`` the only place for model clients.

A total deadline holds for every request, whatever trickles in; only failures that may
pass are retried, within that deadline; a stream that ends without saying why is
incomplete; every foreign exception becomes one of ours, without secrets in its text.
"""

import json
import queue
import random
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from rag.errors import (
    ContextTooLongError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.settings import ModelSettings

ATTEMPTS = 3
LONGEST_REPLY = 200_000  # characters
_SECRET = re.compile(r"\b(sk-|Bearer\s+)[\w-]{4,}", re.IGNORECASE)
_TOO_LONG = re.compile(r"context.{0,20}(length|window|size)|too many tokens|maximum context", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)


@dataclass(slots=True)
class Reply:
    """A model's reply as it arrives: its text so far, and what is known of its end."""

    text: str = ""
    finish_reason: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    estimated: bool = field(default=True)

    @property
    def complete(self) -> bool:
        """Whether the server said that the model had finished of its own accord."""
        return self.finish_reason == "stop"


class GuardedModel:
    """Any LangChain chat model, made safe to wait for."""

    def __init__(
        self, model: BaseChatModel, *, name: str, timeout: float, secrets: Sequence[str] = ()
    ) -> None:
        """``timeout`` is in seconds and covers a whole request; ``secrets`` are never shown."""
        self._model = model
        self.name = name
        self._timeout = timeout
        self._secrets = [s for s in secrets if s]

    def stream(self, messages: Sequence[BaseMessage]) -> Iterator[Reply]:
        """Yield the reply as it grows; the last state is final. Raises ModelError.

        A connection that breaks after text has come yields what came, incomplete.
        """
        deadline = time.monotonic() + self._timeout
        for attempt in range(1, ATTEMPTS + 1):
            reply = Reply(model=self.name)
            try:
                for chunk in self._bounded(messages, deadline):
                    _take(reply, chunk)
                    yield reply
            except Exception as exc:
                if reply.text and not isinstance(exc, ModelReplyError):
                    reply.finish_reason = None
                    yield reply
                    return
                pause = self._pause(exc, attempt, deadline)
                time.sleep(pause)
            else:
                if not reply.text and reply.finish_reason is None:
                    raise ModelReplyError(f"{self.name} sent an empty reply; try again")
                return
        raise ModelUnavailableError(f"{self.name} failed {ATTEMPTS} times")

    def _bounded(
        self, messages: Sequence[BaseMessage], deadline: float
    ) -> Iterator[AIMessageChunk]:
        """Yield chunks from a thread that may hang, giving up at the deadline."""
        chunks: queue.Queue[Any] = queue.Queue()
        stopped = threading.Event()

        def work() -> None:
            try:
                for chunk in self._model.stream(list(messages)):
                    if stopped.is_set():
                        return
                    chunks.put(chunk)
                chunks.put(None)
            except BaseException as exc:
                chunks.put(exc)

        threading.Thread(target=work, daemon=True).start()
        try:
            while True:
                try:
                    item = chunks.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    raise ModelUnavailableError(
                        f"{self.name} did not finish within {self._timeout:g} s; "
                        "mend: try again, or raise --timeout"
                    ) from None
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()

    def _pause(self, exc: Exception, attempt: int, deadline: float) -> float:
        """Return how long to wait before the next attempt; raise when there should be none."""
        error = self._translate(exc)
        wait = _retry_after(exc)
        if wait is None:
            wait = min(4.0, 0.3 * 2**attempt) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        passing = isinstance(error, ModelUnavailableError)
        if not passing or attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
            raise error from exc
        return wait

    def _translate(self, exc: Exception) -> ModelError:
        """Return the failure as one of ours, its text free of secrets."""
        if isinstance(exc, ModelError):
            return exc
        status = getattr(exc, "status_code", None)
        text = self._redacted(str(getattr(exc, "message", "") or exc))
        if isinstance(status, int):
            return self._of_status(status, text, exc)
        kind = type(exc).__name__
        if "Connection" in kind or "Timeout" in kind or isinstance(exc, OSError):
            return ModelUnavailableError(
                f"the server of {self.name} cannot be reached; mend: check --base-url, papers doctor"
            )
        return ModelReplyError(f"{self.name} sent a malformed reply ({kind}: {_brief(text)})")

    def _of_status(self, status: int, text: str, exc: Exception) -> ModelError:
        refusal = f"{self.name} refused the request (HTTP {status}): {_brief(text)}"
        if status in (400, 413, 422) and _TOO_LONG.search(text):
            return ContextTooLongError(f"{self.name}: the prompt is too long for the model")
        if status in (401, 403) or _QUOTA.search(text):
            return ModelRefusedError(f"{refusal}; mend: check OPENAI_API_KEY and its quota")
        if status == 404:
            return ModelRefusedError(
                f"the server knows no model {self.name!r}; mend: papers models"
            )
        if status == 429:
            seconds = _retry_after(exc)
            after = f"; it asks to wait {seconds:g} s" if seconds else ""
            return ModelUnavailableError(f"{self.name} is rate-limited{after}; try again later")
        if status < 500:
            return ModelRefusedError(refusal)
        return ModelUnavailableError(f"{self.name} failed (HTTP {status}); try again later")

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _SECRET.sub("[key]", text)


def _take(reply: Reply, chunk: AIMessageChunk) -> None:
    content = chunk.content
    if isinstance(content, list):
        content = "".join(p.get("text", "") for p in content if isinstance(p, dict))
    reply.text += content
    if len(reply.text) > LONGEST_REPLY:
        raise ModelReplyError(f"the reply exceeds {LONGEST_REPLY:,} characters; it was cut off")
    metadata = chunk.response_metadata or {}
    reply.finish_reason = metadata.get("finish_reason") or reply.finish_reason
    reply.model = metadata.get("model_name") or reply.model
    if chunk.usage_metadata:
        reply.input_tokens = chunk.usage_metadata["input_tokens"]
        reply.output_tokens = chunk.usage_metadata["output_tokens"]
        reply.estimated = False


def _retry_after(exc: Exception) -> float | None:
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    try:
        return float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None


def _brief(text: str) -> str:
    return " ".join(text.split())[:160]


def connect(settings: ModelSettings) -> GuardedModel:
    """Return the configured chat model, nothing sent yet except to learn its name.

    ``name`` "auto" takes the first model that the server offers; "provider:model" goes
    through LangChain's own registry. Raises ModelError.
    """
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    name = settings.name
    if name == "auto":
        offered = list_models(settings)
        if not offered:
            raise ModelReplyError("the server offers no model; mend: give one with --model")
        name = offered[0]
    if ":" in name and not settings.base_url:
        from langchain.chat_models import init_chat_model

        try:
            return GuardedModel(
                init_chat_model(name), name=name, timeout=settings.timeout, secrets=[key]
            )
        except (ImportError, ValueError) as exc:
            raise ModelRefusedError(f"LangChain cannot load {name!r}: {_brief(str(exc))}") from exc
    return GuardedModel(
        _openai(settings, name, key), name=name, timeout=settings.timeout, secrets=[key]
    )


def _openai(settings: ModelSettings, name: str, key: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    own_server: dict[str, Any] = (
        {"base_url": settings.base_url, "temperature": settings.temperature}
        if settings.base_url
        else {}
    )
    return ChatOpenAI(
        model=name,
        api_key=SecretStr(key or "none"),
        max_retries=0,  # retried here, within the deadline
        timeout=settings.timeout,
        max_completion_tokens=settings.max_tokens,
        stream_usage=True,
        **own_server,
    )


def list_models(settings: ModelSettings) -> list[str]:
    """Return the names of the models that the configured server offers. Raises ModelError."""
    import openai

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    client = openai.OpenAI(
        api_key=key or "none", base_url=settings.base_url or None,
        timeout=min(settings.timeout, 10.0), max_retries=0,
    )  # fmt: skip
    guard = GuardedModel.__new__(GuardedModel)
    guard.name, guard._secrets, guard._timeout = "the server", [key] if key else [], 10.0
    try:
        return sorted(model.id for model in client.models.list().data)
    except (openai.OpenAIError, ValueError, TypeError, AttributeError, json.JSONDecodeError) as exc:
        raise guard._translate(exc) from exc

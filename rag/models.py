"""Chat models behind one guarded door. With ``embedding.py`` the only place for model clients.

A total deadline holds for every request, whatever trickles in; only failures that may
pass are retried, within that deadline; a stream that ends without saying why is
incomplete. How requests end and failures are told is the business of ``rag.outside``.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from rag.errors import ConfigError, MissingExtraError, ModelRefusedError, ModelReplyError
from rag.outside.address import check_address
from rag.outside.failures import Failures, brief, retry_after
from rag.outside.replies import LONGEST_REPLY, Reply
from rag.outside.requests import ATTEMPTS, fetch, iterate, open_client, pause
from rag.settings import ModelSettings

LOCAL = "local:"
_OPENAI_HOSTS = ("https://api.openai.com/", "https://eu.api.openai.com/")


class GuardedModel:
    """Any LangChain chat model, made safe to wait for."""

    def __init__(
        self,
        model: BaseChatModel,
        *,
        name: str,
        timeout: float,
        secrets: Sequence[str] = (),
        base_url: str = "",
    ) -> None:
        """``timeout`` is in seconds and covers a whole answer; ``secrets`` are never shown.

        ``base_url`` is the server's, where there is one; its password is a secret as well.
        """
        self._model = model
        self.name = name
        self._failures = Failures(name, timeout, secrets, base_url=base_url)

    def deadline(self) -> float:
        """Return when an answer that is begun now has to be done, in monotonic seconds."""
        return time.monotonic() + self._failures.timeout

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        deadline: float | None = None,
        numbers: Sequence[int] = (),
    ) -> Iterator[Reply]:
        """Yield the reply as it grows; the last state is final. Raises ModelError.

        A connection that breaks after text has come yields what came, incomplete.
        ``numbers`` are the only citations wanted; models that can be held to that are.
        """
        deadline = self.deadline() if deadline is None else deadline
        # Not an isinstance: the class of such models is not loaded before one is wanted.
        only = hasattr(self._model, "only_cites")
        bound: dict[str, Any] = {"numbers": tuple(numbers)} if only else {}
        for attempt in range(1, ATTEMPTS + 1):
            reply = Reply(model=self.name)
            try:
                work = iterate(lambda: self._model.stream(list(messages), **bound), deadline)
                with closing(work) as chunks:
                    yield from self._growing(reply, chunks)
            except Exception as exc:
                error = self._failures.translate(exc)
                reply.finish(self._failures.secrets)
                if reply.text.strip():
                    reply.finish_reason, reply.failure = None, str(error)
                    yield reply
                    return
                wait = pause(error, retry_after(exc), attempt, deadline)
                if wait is None:
                    raise error from self._failures.shown_cause(exc)
            else:
                return
            time.sleep(wait)

    def _growing(self, reply: Reply, chunks: Iterator[AIMessageChunk]) -> Iterator[Reply]:
        for chunk in chunks:
            self._take(reply, chunk)
            if reply.full:
                reply.failure = f"the reply exceeds {LONGEST_REPLY:,} characters"
                break
            yield reply
        reply.finish(self._failures.secrets)
        if not reply.text.strip():
            ending = f" ({brief(reply.finish_reason)})" if reply.finish_reason else ""
            raise ModelReplyError(
                f"{self.name} sent an empty reply{ending}; "
                "mend: try again, or raise model.max_tokens"
            )
        if reply.finish_reason is None and not reply.failure:
            reply.failure = "the stream ended without saying that the answer did"
        yield reply

    def _take(self, reply: Reply, chunk: AIMessageChunk) -> None:
        metadata = chunk.response_metadata or {}
        if reply.finish_reason is None:  # what follows the end is a repetition
            reply.take(_text(chunk.content), self._failures.secrets)
        ending = next((metadata[k] for k in _ENDINGS if isinstance(metadata.get(k), str)), None)
        reply.finish_reason = reply.finish_reason or (brief(ending) if ending else None)
        model = metadata.get("model_name") or metadata.get("model")
        if isinstance(model, str):
            reply.model = brief(self._failures.redact(model))
        usage = chunk.usage_metadata
        if usage and usage["input_tokens"] > 0:
            reply.input_tokens = usage["input_tokens"]
            reply.output_tokens = max(0, usage["output_tokens"])
            reply.estimated = False


_ENDINGS = ("finish_reason", "stop_reason", "done_reason")  # as providers call it


def _text(content: Any) -> str:
    if isinstance(content, list):
        parts = [p.get("text", "") if isinstance(p, dict) else p for p in content]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def connect(settings: ModelSettings) -> GuardedModel:
    """Return the configured chat model, nothing sent yet except to learn its name.

    "local:FILE" runs a GGUF file in process. With a server's address, ``name`` is one of
    its models and "auto" the first that it offers; without, "provider:model" goes through
    LangChain's own registry. Raises ModelError, ConfigError, MissingExtraError.
    """
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    name = settings.name
    if name.startswith(LOCAL):
        from rag.local_model import load_local

        local = load_local(name.removeprefix(LOCAL), settings)
        return GuardedModel(local, name=name, timeout=settings.timeout)
    if settings.base_url:
        check_address(settings.base_url, has_key=bool(key))
    if name == "auto":
        name = _first_offered(list_models(settings))
    provider, _, rest = name.partition(":")
    if settings.base_url or not rest or provider in ("openai", "ft"):
        name = rest if provider == "openai" and rest and not settings.base_url else name
        model = _openai(settings, name, key)
        return GuardedModel(
            model, name=name, timeout=settings.timeout, secrets=[key], base_url=_address(settings)
        )
    secrets = [value for variable, value in os.environ.items() if variable.endswith("_API_KEY")]
    model = _of_provider(name, settings, Failures(name, settings.timeout, secrets))
    return GuardedModel(model, name=name, timeout=settings.timeout, secrets=secrets)


def _address(settings: ModelSettings) -> str:
    return settings.base_url or "https://api.openai.com/v1"


def _first_offered(names: Sequence[str]) -> str:
    if not names:
        raise ModelReplyError("the server offers no model; mend: give one with --model")
    return next((name for name in names if "embed" not in name.lower()), names[0])


def _of_provider(name: str, settings: ModelSettings, failures: Failures) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(
            name, timeout=settings.timeout, max_retries=0, max_tokens=settings.max_tokens
        )
    except ImportError as exc:
        raise MissingExtraError(f"{name} needs another package: {brief(str(exc))}") from exc
    except Exception as exc:  # each provider has its own for a missing key or a wrong name
        why = brief(failures.redact(str(exc)))
        raise ConfigError(f"LangChain cannot load {name!r}: {why}") from exc
    return model


def _openai(settings: ModelSettings, name: str, key: str) -> BaseChatModel:
    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    address = settings.base_url
    if address and not address.startswith(_OPENAI_HOSTS):
        # Older servers know the old name of the limit only.
        special: dict[str, Any] = {
            "temperature": settings.temperature,
            "extra_body": {"max_tokens": settings.max_tokens},
        }
    else:
        special = {"max_completion_tokens": settings.max_tokens}
        if not key:
            raise ModelRefusedError(f"{name} needs a key; mend: export OPENAI_API_KEY=…")
    return ChatOpenAI(
        model=name,
        api_key=SecretStr(key or "none"),
        base_url=_address(settings),
        max_retries=0,  # retried here, within the deadline
        timeout=settings.timeout,
        stream_usage=True,
        use_responses_api=False,
        http_client=open_client(openai.DefaultHttpxClient, address),
        http_async_client=openai.DefaultAsyncHttpxClient(trust_env=False),  # never used
        **special,
    )


def list_models(settings: ModelSettings) -> list[str]:
    """Return the names of the models that the configured server offers, in its order.

    Raises ModelError, ConfigError.
    """
    import openai

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    if settings.base_url:
        check_address(settings.base_url, has_key=bool(key))
    timeout = min(settings.timeout, 10.0)
    failures = Failures("the server", timeout, [key], base_url=_address(settings))
    client = openai.OpenAI(
        api_key=key or "none",
        base_url=_address(settings),
        timeout=timeout,
        max_retries=0,
        http_client=open_client(openai.DefaultHttpxClient, settings.base_url),
    )
    found = fetch(lambda: _ids(client.models.list()), failures, time.monotonic() + timeout)
    return [brief(failures.redact(name)) for name in found]


def _ids(page: Any) -> list[str]:
    models = getattr(page, "data", None)
    if not isinstance(models, list) or not all(isinstance(m.id, str) for m in models):
        raise ModelReplyError(
            "the server did not send a list of models; "
            "mend: check --base-url, which often ends in /v1"
        )
    return list(dict.fromkeys(model.id for model in models))

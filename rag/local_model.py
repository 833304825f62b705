"""A chat model in this process: llama.cpp with a GGUF file, through the extra ``[local]``.

Nothing is downloaded. llama.cpp opens a port of its own, which is bound to this machine
and locked with a random key; requests are handed over directly, not through it. Waiting,
deadlines and the reading of replies are the business of ``models``.
"""

import json
import os
import queue
import secrets
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from rag.errors import (
    ConfigError,
    ContextTooLongError,
    MissingExtraError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.settings import ModelSettings

MOST_CLAIMS = 8
LONGEST_CLAIM = 320  # characters
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_ENDING = ".gguf"


class LocalModel(BaseChatModel):
    """A GGUF file, answering one request at a time."""

    only_cites: ClassVar[bool] = True  # can be held to the numbers that are offered
    max_tokens: int = 700
    temperature: float = 0.0
    _server: Any = PrivateAttr()
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, server: Any, **settings: Any) -> None:
        """``server`` is an ``xllamacpp.Server`` with its model loaded."""
        super().__init__(**settings)
        self._server = server

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's names
        *,
        numbers: Sequence[int] = (),
        **kwargs: Any,  # noqa: ARG002
    ) -> Iterator[ChatGenerationChunk]:
        request: dict[str, Any] = {
            "messages": [{"role": _ROLES[m.type], "content": str(m.content)} for m in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            request["stop"] = stop
        if numbers:
            request["grammar"] = grammar(numbers)
        with self._turn:
            for event in _events(self._server, request):
                yield _chunk(event)


def _events(server: Any, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield llama.cpp's events as they come; it calls back, in a thread of its own here.

    When nobody listens any more, the callback's answer ends the generation.
    """
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    over = threading.Event()

    def called(event: Any) -> bool:
        events.put(event)
        return over.is_set()

    def work() -> None:
        try:
            events.put(server.handle_chat_completions(request, called))
        except Exception as exc:  # a C++ exception, of whatever kind
            events.put(exc)

    thread = threading.Thread(target=work, name="papers-llama", daemon=True)
    thread.start()
    try:
        while (event := events.get()) is not None:
            if isinstance(event, Exception):
                raise ModelUnavailableError(f"llama.cpp failed ({event})") from event
            yield event if isinstance(event, dict) else json.loads(event)
    finally:
        over.set()
        thread.join()


def _chunk(event: dict[str, Any]) -> ChatGenerationChunk:
    if "error" in event:
        raise _error(event["error"])
    message = AIMessageChunk(content="")
    choice = next(iter(event.get("choices") or []), None)
    if choice is not None:
        message.content = (choice.get("delta") or {}).get("content") or ""
        if choice.get("finish_reason"):
            message.response_metadata = {"finish_reason": choice["finish_reason"]}
    if usage := event.get("usage"):
        message.usage_metadata = {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
        }
    return ChatGenerationChunk(message=message, generation_info=message.response_metadata)


def _error(error: dict[str, Any]) -> Exception:
    said = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error":
        return ContextTooLongError(f"the prompt is too long for the model ({said})")
    return ModelReplyError(f"llama.cpp refused the request ({said})")


def grammar(numbers: Sequence[int]) -> str:
    """Return a GBNF grammar of short claims, each ending in numbers out of ``numbers``.

    It leaves the model two ways to end a sentence: a mark, or saying NOT ANSWERED.
    """
    offered = " | ".join(f'"{n}"' for n in sorted(set(numbers)))
    return "\n".join(
        (
            f'root ::= "NOT ANSWERED" | claim (" " claim){{0,{MOST_CLAIMS - 1}}}',
            f'claim ::= [A-Z0-9] part{{8,{LONGEST_CLAIM}}} " " mark (mark)? "."',
            # A full stop may stand inside a number, never at the end of an unmarked sentence.
            r'part ::= [^\[\]<>{}\n\r.!?|`] | [0-9] "." [0-9]',
            'mark ::= "[" number "]"',
            f"number ::= {offered}",
        )
    )


def load_local(path: str, settings: ModelSettings) -> LocalModel:
    """Return the model of a GGUF file. Raises ConfigError, MissingExtraError, ModelError."""
    try:
        import xllamacpp
    except ImportError as exc:
        raise MissingExtraError(
            'models in process need llama.cpp; mend: pip install "papers-rag[local]"'
        ) from exc
    file = Path(path).expanduser()
    if file.suffix.lower() != _ENDING or not file.is_file():
        raise ConfigError(
            f"{file.name or 'local:'!r} is no GGUF file; mend: --model local:/path/to/model.gguf"
        )
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    # A small model's tokenizer makes more tokens of a text than tiktoken does.
    parameters.n_ctx = int(1.5 * settings.context_tokens) + settings.max_tokens + 1500
    parameters.n_parallel = 1
    parameters.verbosity = -1  # its log is long and goes to stderr
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.ui = False
    # Threads of llama.cpp wait for one another, by default in a loop that burns a core:
    # with as many as there are cores, one other busy process makes it ten times slower.
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads, cpu.poll = max(1, (os.cpu_count() or 2) // 2), 0
    try:
        server = xllamacpp.Server(parameters)
    except Exception as exc:  # a C++ exception, of whatever kind
        raise ModelUnavailableError(f"llama.cpp cannot load {file.name} ({exc})") from exc
    return LocalModel(server, max_tokens=settings.max_tokens, temperature=settings.temperature)

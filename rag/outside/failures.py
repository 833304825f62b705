"""What a foreign failure means: one line of ours, without secrets, that says how to mend it.

Clients differ in their exceptions and are not imported here; what they share is read:
a status code, headers, a message, and the chain of causes.
"""

import math
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from rag.errors import (
    ContextTooLongError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.outside.address import proxy_of, secrets_of

_KEY = re.compile(r"\b(sk-|key-|Bearer\s+)[\w.-]{4,}", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context[ _].{0,20}(length|window|size)|too many tokens|maximum context|"
    r"prompt is too long|exceed_context_size|input is too long",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_BRIEF = 160  # characters of a foreign message that are worth showing


class Failures:
    """Tells what went wrong with one server: ``name`` is what its messages call it."""

    def __init__(
        self, name: str, timeout: float, secrets: Sequence[str] = (), *, base_url: str = ""
    ) -> None:
        """``timeout`` in seconds is named when it was exceeded; ``secrets`` never are.

        ``base_url`` is where the server is: it tells of a proxy, and may hold more secrets.
        """
        self.name = name
        self.timeout = timeout
        self._proxy = proxy_of(base_url)
        every = {*secrets, *secrets_of(base_url)}
        self._secrets = sorted({s for s in every if len(s) >= 4}, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return the text with every secret, and what looks like one, replaced."""
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return _KEY.sub("[key]", text)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, longest first."""
        return tuple(self._secrets)

    def translate(self, exc: BaseException) -> ModelError:
        """Return the failure as one of ours."""
        if isinstance(exc, ModelError):
            return exc
        if isinstance(exc, TimeoutError):
            return self._overdue()
        text = self.redact(_message(exc))
        if _is_context_overflow(exc) or _TOO_LONG.search(text):
            return ContextTooLongError(
                f"{self.name}: the prompt is too long for the model; "
                "mend: a smaller model.context_tokens"
            )
        status = _status(exc)
        if status is not None:
            return self._of_status(status, text, retry_after(exc))
        if _QUOTA.search(text) or getattr(exc, "code", None) == "insufficient_quota":
            return self._refused(text)
        # The text of other exceptions speaks of the client's own code and helps nobody.
        said = brief(text) if hasattr(exc, "message") else type(exc).__name__
        return self._of_connection(exc) or ModelReplyError(
            f"{self.name} sent a malformed reply ({said}); "
            "mend: check --base-url, which often ends in /v1"
        )

    def shown_cause(self, exc: BaseException) -> BaseException | None:
        """Return the exception for a traceback to show, None when it would show a secret."""
        texts = (f"{cause} {cause.args}" for cause in _causes(exc))
        return None if any(self.redact(text) != text for text in texts) else exc

    def _of_status(self, status: int, text: str, wait: float | None) -> ModelError:
        if status in (401, 403) or _QUOTA.search(text):
            return self._refused(f"HTTP {status}: {text}")
        if status == 404:
            return ModelRefusedError(
                f"the server knows no model {self.name!r} (HTTP 404); mend: papers models"
            )
        if status == 429:
            after = f"; the server asks to wait {wait:.0f} s" if wait else ""
            return ModelUnavailableError(f"{self.name} is rate-limited{after}; try again later")
        if status in (408, 409, 425) or status >= 500:
            return ModelUnavailableError(f"{self.name} failed (HTTP {status}); try again later")
        return ModelRefusedError(f"{self.name} refused the request (HTTP {status}): {brief(text)}")

    def _refused(self, text: str) -> ModelError:
        return ModelRefusedError(
            f"{self.name} refused the request ({brief(text)}); "
            "mend: check OPENAI_API_KEY and its quota"
        )

    def _overdue(self) -> ModelError:
        return ModelUnavailableError(
            f"{self.name} did not finish within {self.timeout:g} s; "
            "mend: try again, or raise --timeout"
        )

    def _of_connection(self, exc: BaseException) -> ModelError | None:
        """Return what kept the connection from working, None when it was not the connection."""
        chain = list(_causes(exc))
        for cause in chain:
            if isinstance(cause, ssl.SSLError) or "CERTIFICATE_VERIFY" in str(cause):
                why = brief(getattr(cause, "verify_message", "") or self.redact(str(cause)))
                return ModelRefusedError(
                    f"no secure connection to the server of {self.name} ({why}); "
                    "mend: check --base-url and SSL_CERT_FILE"
                )
        if any("Timeout" in type(cause).__name__ for cause in chain):
            return self._overdue()
        if any(type(cause).__name__ == "RemoteProtocolError" for cause in chain):
            return ModelUnavailableError(f"the server of {self.name} broke off; try again")
        if any(isinstance(c, OSError) or "Connect" in type(c).__name__ for c in chain):
            return self._unreachable()
        return None

    def _unreachable(self) -> ModelError:
        if self._proxy:
            return ModelUnavailableError(
                f"the server of {self.name} cannot be reached through the proxy {self._proxy}; "
                "mend: check the proxy, or name the server in NO_PROXY"
            )
        return ModelUnavailableError(
            f"the server of {self.name} cannot be reached; mend: check --base-url, papers doctor"
        )


def retry_after(exc: BaseException) -> float | None:
    """Return the seconds a server asks to wait, at least 0; None when it does not say."""
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    value = str(headers.get("retry-after", "")).strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def brief(text: str) -> str:
    """Return the text as the short, printable end of a line."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 8 * _BRIEF])
    line = " ".join(printable.split())
    return line if len(line) <= _BRIEF else line[: _BRIEF - 1] + "…"


def _message(exc: BaseException) -> str:
    """Return what the server said: its own message where the client has dug it out."""
    body = getattr(exc, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    code = body.get("code") or body.get("type") if isinstance(body, dict) else None
    if isinstance(said, str):
        return f"{said} ({code})" if isinstance(code, str) else said
    return str(getattr(exc, "message", "") or exc)


def _status(exc: BaseException) -> int | None:
    status = getattr(exc, "status_code", None)
    return status if isinstance(status, int) else None


def _is_context_overflow(exc: BaseException) -> bool:
    """Tell by LangChain's own class for it, which has a subclass for each provider."""
    return any(kind.__name__ == "ContextOverflowError" for kind in type(exc).__mro__)


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__

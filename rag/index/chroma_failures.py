"""What the failure of a Chroma server means, and which addresses of one are sound."""

import json
from urllib.parse import urlsplit

from rag.errors import (
    ConfigError,
    ModelError,
    ModelRefusedError,
    ModelReplyError,
    ModelUnavailableError,
)
from rag.outside.address import is_private
from rag.outside.failures import Failures, brief


class StoreFailures(Failures):
    """What the failure of a request to a Chroma server means."""

    def translate(self, exc: BaseException) -> ModelError:
        """Return the failure as one of ours."""
        if isinstance(exc, ModelError):
            return exc
        if isinstance(exc, TimeoutError) or "Timeout" in type(exc).__name__:
            return ModelUnavailableError(
                f"{self.name} did not answer within {self.timeout:g} s; "
                "mend: try again, or raise index.store_timeout"
            )
        if "CERTIFICATE_VERIFY" in str(exc):
            return ModelRefusedError(
                f"no secure connection to {self.name}; mend: check index.store and SSL_CERT_FILE"
            )
        if isinstance(exc, OSError) or type(exc).__module__.startswith("http"):
            return ModelUnavailableError(
                f"{self.name} cannot be reached ({type(exc).__name__}); "
                "mend: start it (chroma run), or check index.store"
            )
        return ModelReplyError(
            f"{self.name} sent a malformed reply ({type(exc).__name__}); mend: check index.store"
        )

    def of_status(self, status: int, text: str) -> ModelError:
        """Return what a refusal with this HTTP status means."""
        said = brief(self.redact(_message(text)))
        if status == 404:
            return ModelRefusedError(
                f"{self.name} does not hold this index (it was emptied, or is another); "
                "mend: papers index rebuild, or check index.store"
            )
        if status in (401, 403):
            return ModelRefusedError(
                f"{self.name} refused us (HTTP {status}); mend: export PAPERS_STORE_TOKEN=…"
            )
        if "dimension" in said:
            return ModelRefusedError(
                f"{self.name} holds vectors of another length ({said}); mend: papers index rebuild"
            )
        if status in (408, 429) or status >= 500:
            return ModelUnavailableError(f"{self.name} failed (HTTP {status}: {said}); try again")
        return ModelRefusedError(f"{self.name} refused the request (HTTP {status}: {said})")


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text


def checked_host(address: str) -> str:
    """Return host and port of a sound address. Raises ConfigError."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise ConfigError(f"index.store is no address ({exc})") from exc
    if parts.username or parts.password:
        raise ConfigError(
            "index.store must not hold a password; mend: export PAPERS_STORE_TOKEN=… instead"
        )
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigError("index.store must be a whole address, e.g. http://127.0.0.1:8000")
    if parts.scheme == "http" and not is_private(host):
        raise ConfigError(
            f"the corpus would travel unencrypted to {host}; mend: an https address for index.store"
        )
    return f"{host}:{port}" if port else host

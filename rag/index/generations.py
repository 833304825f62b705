"""Generations: whole, immutable copies of the derived index, switched by one rename.

``generations/NNNNNN/`` holds the vector store (a Chroma directory, or the name of a
collection on a server), the lexical index and, written last, a manifest. ``CURRENT`` names the one in force. A directory is never reused: Chroma's
client would go on serving what it had read there. Readers hold a shared lock on theirs;
the collector deletes only what it can lock alone.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import InputError, NewerVersionError, StorageError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is: ``seq`` is the log number it includes; ``files`` their sizes.

    ``store`` is the kind of ``Stores`` that its vectors lie in; ``dead`` counts the chunks
    that were dropped since these were laid out anew, and whose room is still taken there.
    """

    number: int
    format: int
    space: str
    embedder: str
    dimension: int
    seq: int
    chunks: int
    papers: int
    files: dict[str, int]
    store: str = "embedded"
    dead: int = 0


class Generations:
    """The folder of generations of one home."""

    def __init__(self, home: Path) -> None:
        """Look at ``home/generations``; nothing is created yet."""
        self.folder = home / "generations"
        self._pointer = home / "CURRENT"

    def current(self) -> Manifest | None:
        """Return the manifest in force, or None. Raises NewerVersionError, StorageError."""
        try:
            name = self._pointer.read_text().strip()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StorageError(f"CURRENT cannot be read: {exc.strerror}") from exc
        return read_manifest(self.folder / name) if name.isdecimal() else None

    def path(self, number: int) -> Path:
        """Return the folder of a generation."""
        return self.folder / f"{number:06d}"

    def create(self, number: int) -> Path:
        """Return a new folder for ``number``."""
        target = self.path(number)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, mode=0o700)
        (target / "lock").touch()
        return target

    def publish(self, manifest: Manifest) -> None:
        """Write the manifest and make the generation the one in force, all or nothing."""
        folder = self.path(manifest.number)
        _sync_tree(folder)
        _write_atomically(folder / "manifest.json", json.dumps(asdict(manifest), indent=1))
        _write_atomically(self._pointer, f"{manifest.number:06d}\n")

    def collect(self, discard: Callable[[Path], None]) -> bool:
        """Delete generations that are not in force and that no reader holds.

        ``discard`` is called with each folder before it is deleted. Returns whether only
        the generation in force is left.
        """
        from rag.index.locking import try_exclusive

        current = self.current()
        alone = True
        for folder in self._folders():
            if current is not None and folder.name == f"{current.number:06d}":
                continue
            lock = try_exclusive(folder / "lock") if (folder / "lock").exists() else None
            if lock is None and (folder / "lock").exists():
                alone = False
                continue
            discard(folder)
            shutil.rmtree(folder, ignore_errors=True)
            if lock is not None:
                lock.close()
        return alone

    def _folders(self) -> Iterator[Path]:
        if self.folder.is_dir():
            yield from sorted(p for p in self.folder.iterdir() if p.name.isdecimal())

    def highest(self) -> int:
        """Return the highest number in use, 0 when there is none."""
        return max((int(p.name) for p in self._folders()), default=0)


def make_home(home: Path) -> bool:
    """Create the folder when missing; return whether it can be written to."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError as exc:
        raise InputError(f"{home.name} is a file, not a folder; give another --home") from exc
    except OSError as exc:
        raise StorageError(
            f"the home folder cannot be made: {exc.strerror}; mend: give a writable --home"
        ) from exc
    return os.access(home, os.W_OK)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a generation; None when it is missing or unreadable."""
    try:
        values = json.loads((folder / "manifest.json").read_text())
        if values["format"] > FORMAT:
            raise NewerVersionError(
                f"the index was written by a newer release (format {values['format']}, this "
                f"release reads {FORMAT}); mend: pip install --upgrade papers-rag"
            )
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of the files whose loss or truncation would be fatal, by name."""
    names = [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".json"]
    return {str(p.relative_to(folder)): p.stat().st_size for p in sorted(names) if p.name != "lock"}


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is missing or cut short in a generation, without opening Chroma.

    Chroma may grow its SQLite file by merely opening it, so that one may not shrink;
    all other files must have their exact size.
    """
    found = []
    for name, size in manifest.files.items():
        path = folder / name
        actual = path.stat().st_size if path.is_file() else None
        if actual is None:
            found.append(f"{name} is missing")
        elif actual < size or (actual != size and "sqlite3" not in name):
            found.append(f"{name} has {actual} bytes, expected {size}")
    return found


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())


def _write_atomically(path: Path, text: str) -> None:
    try:
        partial = path.with_suffix(".partial")
        with partial.open("w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as exc:
        raise StorageError(f"{path.name} cannot be written: {exc.strerror}") from exc

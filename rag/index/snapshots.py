"""The generation that searches run on: opened, held, and exchanged when a newer one is there.

A search asks for the current one each time. That costs a look at the pointer file and,
once a second, at the catalogue's log: what a killed writer acknowledged but did not
publish is published by the next reader that finds nobody else at it.
"""

import os
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rag.errors import IndexStateError, LockedError, StorageError
from rag.index.catalogue import Catalogue
from rag.index.generations import Generations, Manifest, damage
from rag.index.heap import give_back
from rag.index.lexical import LexicalIndex
from rag.index.locking import shared_lock, writer_lock
from rag.index.publishing import Publisher
from rag.index.store import Store, Stores

LOOK_EVERY = 1.0  # seconds between two looks at the log
REST = 60.0  # seconds until the next, after publishing what was found there has failed


@dataclass(eq=False)
class Snapshot:
    """One open generation; its files and lock are released when nothing refers to it."""

    manifest: Manifest
    store: Store
    lexical: LexicalIndex


class Snapshots:
    """Hands out the newest generation of a home. Safe to use from several threads."""

    def __init__(
        self,
        home: Path,
        catalogue: Catalogue,
        stores: Stores,
        publisher: Publisher,
        *,
        writable: bool,
    ) -> None:
        """Open nothing yet. ``publisher`` is used when something is left to publish."""
        self._home = home
        self._catalogue = catalogue
        self._stores = stores
        self._publisher = publisher
        self._writable = writable
        self._generations = Generations(home)
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._open: Snapshot | None = None
        self._next_look = 0.0

    def current(self) -> Snapshot:
        """Return the generation in force. Raises IndexStateError."""
        if os.getpid() != self._pid:
            raise IndexStateError(
                "this index was opened before the process forked; open it anew in the child"
            )
        with self._lock:
            if self._open is not None and self._lags(self._open.manifest):
                self._catch_up()
            if self._open is None or _pointer(self._home) != self._open.manifest.number:
                self._open = self._newest()
            return self._open

    def release(self) -> None:
        """Let go of the open generation."""
        self._open = None

    def _lags(self, manifest: Manifest) -> bool:
        """Tell, once a second, whether the log holds more than the open generation."""
        if not self._writable or time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_EVERY
        return self._catalogue.last_seq(manifest.space) > manifest.seq

    def _catch_up(self) -> None:
        """Publish what is in the log, unless a writer is at work, who will."""
        try:
            with writer_lock(self._home):
                self._publisher.publish()
        except LockedError:
            pass
        except IndexStateError:
            self._next_look = time.monotonic() + REST

    def _newest(self) -> Snapshot:
        self._publisher.refuse_mismatch()
        if self._writable and not self._publisher.is_current():
            self._bring_up_to_date()
        for _attempt in range(20):
            manifest = self._generations.current()
            if manifest is None:
                raise StorageError("there is no index; mend: papers index rebuild")
            folder = self._generations.path(manifest.number)
            lock = shared_lock(folder / "lock") if folder.exists() else None
            if lock is None:
                continue  # collected between reading CURRENT and locking: a newer one is there
            try:
                return self._opened(manifest, folder, lock)
            except BaseException:
                lock.close()
                raise
        raise StorageError("no generation could be locked for reading; try again")

    def _opened(self, manifest: Manifest, folder: Path, lock: IO[str]) -> Snapshot:
        if broken := damage(folder, manifest):
            raise StorageError(f"the index is damaged ({broken[0]}); mend: papers index rebuild")
        store = self._stores.open(folder, writable=self._writable)
        snapshot = Snapshot(manifest, store, LexicalIndex(folder / "lexical"))
        weakref.finalize(snapshot, _release, store, lock)
        return snapshot

    def _bring_up_to_date(self) -> None:
        """Publish what is not, or repair damage, unless a writer is at work."""
        usable = self._publisher.usable()
        try:
            with writer_lock(self._home, wait=0.0 if usable else 60.0):
                self._publisher.publish()
        except IndexStateError:
            if usable is None:
                raise


def _release(store: Store, lock: IO[str]) -> None:
    store.close()
    lock.close()
    give_back()


def _pointer(home: Path) -> int | None:
    try:
        return int((home / "CURRENT").read_text())
    except (OSError, ValueError):
        return None

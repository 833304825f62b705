"""Show how far a long command has come, on stderr."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_SECONDS_BETWEEN_LINES = 10.0


class ProgressDisplay:
    """A bar with papers a second and time left; on a pipe, a line now and then."""

    def __init__(self, console: Console, title: str, total: int | None) -> None:
        """Show nothing until the first ``update``."""
        self._console = console
        self._title = title
        self._total = total
        self._started = self._last_line = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Note that ``done`` papers (of ``total``) are through ``stage``; "done" ends it."""
        if stage in ("publishing", "done"):
            self._stop()
            return
        rate = done / max(1e-6, time.monotonic() - self._started)
        if self._console.is_terminal:
            self._show(stage, done, total or self._total, rate)
        elif time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self._console.print(f"{self._title}: {stage} {done} papers, {rate:.0f}/s")

    def _show(self, stage: str, done: int, total: int | None, rate: float) -> None:
        if self._bar is None:
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
                console=self._console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=total, rate="")
        if self._task is not None:
            self._bar.update(
                self._task, completed=done, total=total, rate=f"{rate:.0f}/s",
                description=f"{self._title}: {stage}",
            )  # fmt: skip

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __enter__(self) -> "ProgressDisplay":
        """Nothing to do on entering."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Clear the bar."""
        self._stop()

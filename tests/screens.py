"""Screens of the real chat: ``papers chat`` in a tmux pane of its own, typed into, captured.

What the pane shows is returned as text, the typed lines included. Needs tmux.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

COLUMNS = 80
ROWS = 600  # so that nothing scrolls away
WAIT = 60.0
PROMPT = ">"
INSTALLED = shutil.which("tmux") is not None


class Pane:
    """One tmux server with one pane, running one command; ``close`` ends both."""

    def __init__(
        self, command: Sequence[str], *, columns: int = COLUMNS, rows: int = ROWS, **environ: str
    ) -> None:
        """``environ`` is set for the command on top of this process's own."""
        self._socket = f"papers-{uuid.uuid4().hex[:12]}"
        variables = {"PROMPT_TOOLKIT_NO_CPR": "1", **environ}
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        line = f"exec env -u COLUMNS {given} {shlex.join(command)}"
        outside = {k: v for k, v in os.environ.items() if k not in ("TMUX", "COLUMNS")}
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), line,
            env={**outside, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    def _tmux(self, *words: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", self._socket, *words],
            capture_output=True, text=True, check=True, env=env,
        )  # fmt: skip
        return done.stdout

    def shown(self) -> str:
        """Return what the pane shows, without the empty rest."""
        lines = [line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines()]
        return "\n".join(lines).rstrip()

    def type(self, text: str) -> None:
        """Type text literally."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, e.g. ``Enter`` or ``C-c``."""
        self._tmux("send-keys", *keys)

    def wait_for(self, text: str, *, beyond: int = 0) -> str:
        """Return what is shown once ``text`` occurs in it after ``beyond`` characters."""
        end = time.monotonic() + WAIT
        while text not in (shown := self.shown())[beyond:]:
            if time.monotonic() > end:
                raise TimeoutError(f"{text!r} was not shown, but:\n{shown}")
            time.sleep(0.05)
        return shown

    def wait_for_prompt(self) -> str:
        """Return what is shown once an empty prompt is its last line."""
        end = time.monotonic() + WAIT
        while not (shown := self.shown()).endswith(f"\n{PROMPT}"):
            if time.monotonic() > end:
                raise TimeoutError(f"no prompt came back, but:\n{shown}")
            time.sleep(0.05)
        return shown

    def enter(self, line: str) -> str:
        """Type a line at the prompt; return what is shown when the next prompt has come."""
        before = self.wait_for_prompt()
        self.type(line)
        self.wait_for(line[: COLUMNS // 4], beyond=len(before) - len(PROMPT))
        self.press("Enter")
        return self.wait_for_prompt()

    def close(self) -> None:
        """End the command and the server."""
        subprocess.run(
            ["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False
        )


def chat_pane(home: Path, *options: str, columns: int = COLUMNS, **environ: str) -> Pane:
    """Return a pane with a chat on ``home``."""
    command = [sys.executable, "-m", "rag", "--home", str(home), "chat", *options]
    return Pane(command, columns=columns, **{"PAPERS_MODEL": "none", **environ})  # type: ignore[arg-type]


def captured(lines: Sequence[str], home: Path) -> str:
    """Return the screen of a chat in which these lines were typed, without the last prompt."""
    pane = chat_pane(home, "--no-transcripts", NO_COLOR="1")
    try:
        for line in lines:
            pane.enter(line)
        shown = pane.wait_for_prompt()
    finally:
        pane.close()
    return shown.removesuffix(PROMPT).rstrip() + "\n"

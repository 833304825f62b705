"""The chat as a user meets it: in a pseudo-terminal, interrupted, killed, resumed, piped."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WAIT = 40.0


def _take_terminal() -> None:
    """Make the pseudo-terminal the one whose Ctrl-C reaches this process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A chat in a pseudo-terminal: type into it, wait for what it shows."""

    def __init__(
        self, home: Path, *more: str, pause: float = 0.0, columns: int = 80, **environ: str
    ):
        self.shown = ""
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        given = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": str(columns), **environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chat_driver", str(home), str(pause), *more],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env={**os.environ, **given},
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - no thread runs here
        )  # fmt: skip
        os.close(slave)
        self.wait_for("Ctrl-D to leave")

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def wait_for(self, text: str) -> str:
        """Return what was shown up to and with ``text``; fail with all of it otherwise."""
        deadline = time.monotonic() + WAIT
        while (at := _plain(self.shown).find(text)) < 0:
            if not select.select([self._fd], [], [], max(0, deadline - time.monotonic()))[0]:
                pytest.fail(f"{text!r} was not shown, but:\n{_plain(self.shown)}")
            try:
                self.shown += os.read(self._fd, 65536).decode(errors="replace")
            except OSError:  # the process has left
                if text not in _plain(self.shown):
                    pytest.fail(f"{text!r} was not shown, but:\n{_plain(self.shown)}")
        before = _plain(self.shown)[: at + len(text)]
        self.shown = _plain(self.shown)[at + len(text) :]
        return before

    def leave(self) -> int:
        """Press Ctrl-D at the prompt; return the exit code."""
        self.wait_for("\n>")
        self.type("\x04")
        return self.process.wait(WAIT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._fd)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def test_ctrl_c_stops_the_answer_and_not_the_chat(
    tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path, pause=5.0)
    terminals.append(terminal)
    terminal.type("what grows networks?\r")
    terminal.wait_for("[1]")
    terminal.type("\x03")
    terminal.wait_for("stopped")
    terminal.type("/sources\r")
    terminal.wait_for("[1] ")
    assert terminal.leave() == 0


def test_a_chat_killed_in_the_middle_of_an_answer_resumes_with_what_was_shown(
    tmp_path: Path, terminals: list[Terminal]
) -> None:
    killed = Terminal(tmp_path, pause=30.0)
    terminals.append(killed)
    killed.type("what grows networks?\r")
    killed.wait_for("[1]")
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    resumed = Terminal(tmp_path, "--resume", pause=0.0)
    terminals.append(resumed)
    resumed.wait_for("1 questions so far")
    resumed.wait_for("grows networks")
    resumed.wait_for("cut short")
    resumed.type("/open 1\r")
    resumed.wait_for("GrowNet")
    assert resumed.leave() == 0


def test_commands_are_completed_and_the_nearest_is_suggested(
    tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path)
    terminals.append(terminal)
    terminal.type("/sourc\t\r")
    terminal.wait_for("No source yet")
    terminal.type("/fliter\r")
    terminal.wait_for("did you mean /filter?")
    assert terminal.leave() == 0


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_forty_columns_without_colour_show_everything_in_plain_order(
    term: str, tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path, columns=40, TERM=term, NO_COLOR="1")
    terminals.append(terminal)
    terminal.type("what grows networks?\r")
    terminal.wait_for("[1] ")
    terminal.type("/compare 1 2\r")
    terminal.wait_for("problem")
    terminal.wait_for("not stated")
    assert not re.search(r"\x1b\[[0-9;]*3[1-7]m", terminal.shown)
    assert terminal.leave() == 0


def test_in_a_pipe_every_line_is_answered_and_the_exit_code_tells_a_failure(
    tmp_path: Path,
) -> None:
    def piped(text: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tests.chat_driver", str(tmp_path), "0"],
            input=text, capture_output=True, text=True, cwd=ROOT, timeout=WAIT, check=False,
        )  # fmt: skip

    good = piped("what grows networks?\ndoes it save compute?\n")
    assert good.returncode == 0
    assert "\x1b" not in good.stdout
    assert "asked as: does GrowNet save compute" in good.stderr
    assert piped("/nonsense\nwhat grows networks?\n").returncode == 2

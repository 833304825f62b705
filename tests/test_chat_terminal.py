"""The chat as a user meets it: in a pseudo-terminal, interrupted, killed, resumed, piped."""

import contextlib
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

from tests.chat_driver import open_slow_app

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
    resumed.wait_for("1 question so far")
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


@pytest.mark.parametrize("word", ["exit", "QUIT", "/q"])
def test_words_that_leave_other_programs_leave_the_chat(
    word: str, tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path)
    terminals.append(terminal)
    terminal.type(f"{word}\r")
    assert terminal.process.wait(WAIT) == 0


def test_another_process_changes_the_corpus_and_the_next_line_says_so_within_two_seconds(
    tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path)
    terminals.append(terminal)
    script = (
        "import sys; from pathlib import Path; from rag.records import Paper;"
        "from tests.chat_driver import open_slow_app; app = open_slow_app(Path(sys.argv[1]), 0.0);"
        "app.index.add_papers([Paper('p4', 'On Otters', 'Otters swim. We study otters.')])"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=ROOT)
    published = time.monotonic()
    terminal.type("/sources\r")
    terminal.wait_for("it holds 4 papers now")
    assert time.monotonic() - published < 2.0
    terminal.type("how do otters swim?\r")
    terminal.wait_for("On Otters")
    assert terminal.leave() == 0


def test_several_lines_are_one_question_and_history_brings_it_back(
    tmp_path: Path, terminals: list[Terminal]
) -> None:
    terminal = Terminal(tmp_path)
    terminals.append(terminal)
    terminal.wait_for("\n>")  # before the editor is there, a terminal reads line by line
    terminal.type("what grows\x1b\rnetworks?\r")
    terminal.wait_for("[1] ")
    terminal.wait_for("\n>")
    terminal.type("\x1b[A\r")  # up
    terminal.wait_for("what grows")
    terminal.wait_for("[1] ")
    assert terminal.leave() == 0
    assert (tmp_path / "chat_history").stat().st_mode & 0o777 == 0o600


def test_plain_lines_hold_no_escape_sequence_and_no_frame(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_slow_app(home, 0.0).index.close()
    fd, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PLAIN, str(home)],
        stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(slave)
    os.write(fd, b"what grows networks?\n/similar 1\n/compare 1 2\n/quit\n")
    shown = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while piece := os.read(fd, 65536):
            shown += piece
    os.close(fd)
    assert process.wait(WAIT) == 0
    assert b"not stated" in shown
    assert b"\x1b" not in shown
    assert "┃".encode() not in shown


PLAIN = """
import sys
import rag.app
from tests.fakes import HashedEmbedder
make = rag.app.open_app
rag.app.open_app = lambda **given: make(**{**given, "embedder": HashedEmbedder()})
from rag.cli.main import main
sys.argv = ["papers", "--home", sys.argv[1], "chat", "--plain", "--no-transcripts"]
main()
"""


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

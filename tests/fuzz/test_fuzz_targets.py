"""The promises that are fuzzed, held by tests: nothing foreign is raised, time is linear."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.bounded_toml import parse_toml, read_toml
from rag.errors import ConfigError
from rag.pricing import load_prices
from tests.fuzz.__main__ import main
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

relaxed = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
CASES = [(name, i) for name, seeds in SEEDS.items() for i in range(len(seeds))]
SIGNS = (
    "[", "]", "[1", "[1]", "[1, 2]", "[1-", "{", "}", "$", "<", ">", "</think>", "<think>", "\\", "\\\\{", "`", "```\n",
    "9", "1,", "1.", "1e", "-", "%", " %", "1/", "10^", "twenty-", "million ", "\u0301", "\u200d", "\xad", "'", '"',
    "=", "\n", "\r", " ", "\t", "#", "@", "@a{", "&amp;", "]]>", "<!--", "TY  - ", "title = {", "- ", "* ", "1. ",
    "| ", "> ", "(", ")", "()", "\x1b[", "\x1b]", "\x9d", "://", "www.", "![", "](", "<a ", "and ", "papers by ",
    "2025-", "since ", "not ", "The ", "ü", "中", "\ud800",
)  # fmt: skip
RUNS = (
    "[",
    "{",
    "{a=",
    "$",
    "<",
    "\\",
    "\u0301",
    "9",
    "1,",
    "1/",
    " ",
    "\t",
    "\x9d",
    "\x1b]",
    "`",
    "- ",
    "a.",
)
LEAST = 0.1  # seconds below which nothing is to be told


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert set(SEEDS) == set(TARGETS)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_seed_breaks_nothing_cut_anywhere(name: str, number: int) -> None:
    data = SEEDS[name][number].encode()
    for stop in range(0, len(data) + 1, max(1, len(data) // 12)):
        TARGETS[name](data[:stop])


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "readers"])
@given(text=st.text(max_size=200) | st.lists(st.sampled_from(SIGNS), max_size=60).map("".join))
@relaxed
def test_no_text_breaks_a_promise(name: str, text: str) -> None:
    TARGETS[name](text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=200))
@relaxed
def test_no_bytes_break_a_promise(name: str, data: bytes) -> None:
    TARGETS[name](data)


def seconds(work: Callable[[bytes], None], data: bytes) -> float:
    """Return the seconds of this thread's own time that a run takes."""
    start = time.thread_time()
    work(data)
    return time.thread_time() - start


@pytest.mark.parametrize("name", TARGETS)
def test_twice_the_input_takes_about_twice_the_time(name: str) -> None:
    """Four times the time for twice the input would be quadratic; less than that may be noise."""
    size = 10_000 if name == "citations" else 6_000  # claims are cut at 4,000 characters
    slow = {}
    for sign in RUNS:
        data = (sign * size).encode("utf-8", "surrogatepass")[:size]
        for _attempt in range(3):
            half, full = seconds(TARGETS[name], data[: size // 2]), seconds(TARGETS[name], data)
            if full < max(LEAST, 3.3 * half):
                break
        else:
            slow[sign] = f"{half:.3f} s, twice as much {full:.3f} s"
    assert slow == {}


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "9" * 5000,
        "[model]\ntimeout = " + "9" * 5000,
        "a = " + "[" * 900,
        "a = [\n" * 5000,
        "a" + ".a" * 50_000 + " = 1",
        "x = 1\n" * 100_000,
        "a = " + "{a=" * 300,
    ],
    ids=["long number", "long timeout", "deep", "deep lines", "dotted", "large", "tables"],
)
def test_toml_that_would_take_for_ever_is_one_line_at_once(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        parse_toml(text, "papers.toml")
    assert time.monotonic() - started < 1
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith("papers.toml:")


def test_a_file_of_prices_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").mkdir()
    with pytest.raises(ConfigError, match="not a regular file"):
        load_prices(tmp_path)
    with pytest.raises(ConfigError, match="not a regular file"):
        read_toml(Path("/dev/zero"), "papers.toml")


def test_an_unknown_target_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("atheris", reason="atheris is not installed; make fuzz says so")
    assert main(["pigeons"]) == 2
    assert "no such target: pigeons; known: readers, citations" in capsys.readouterr().out

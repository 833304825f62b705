"""Whatever a paper, question, file name or model says: no command prints it raw.

Every command of the command line has its cases here; a new one without a case fails.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer.main
from defusedxml import ElementTree

from rag.app import App
from rag.cli.main import app as command_line
from rag.cli.main import main
from rag.corpus import read_papers, to_bibtex, to_markdown_references, to_ris
from rag.records import Paper
from tests.fakes import HashedEmbedder
from tests.faults.conftest import command
from tests.hostile_home import (
    FORMULA,
    NAME,
    NASTY,
    Page,
    active_markdown,
    attacks,
    write_corpus,
    write_questions,
)
from tests.servers import lying as lies
from tests.servers.lying import lying

QUESTION = f"How much do glaciers grow? {NASTY}"
ANSWER = (
    f"The glaciers grow by 07.5% {NASTY} [1]. Violins {NASTY} grow [2][99{NASTY}]. {FORMULA} [1]."
)


@dataclass
class Place:
    """A home of its own, with the files that a case needs, and a model that lies."""

    folder: Path
    url: str
    files: dict[str, Path] = field(default_factory=dict)

    def run(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """Run the command line; return its exit code and all that it printed."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setattr(App, "embedder", HashedEmbedder())
            with pytest.raises(SystemExit) as ended:
                main(["--home", str(self.folder / "home"), *words])
        return int(ended.value.code or 0), out.getvalue() + err.getvalue()

    def path(self, name: str) -> str:
        """Return a path in the folder, its name beginning with an attack."""
        return str(self.folder / f"{NAME}{name}")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the hostile corpus, indexed, a conversation, and two runs over it."""
    place = Place(tmp_path_factory.mktemp("hostile"), "")
    corpus = write_corpus(Path(place.path(".jsonl")))
    assert place.run("index", "add", str(corpus))[0] == 0
    _, found = place.run("search", "glaciers", "-k", "1", "--json")
    title = json.loads(found.partition("\n")[0])["hits"][0]["title"]
    write_questions(Path(place.path("-questions.jsonl")), title)
    place.run("chat", stdin=f"{QUESTION}\n/save {NAME}\n")
    for name in ("before", "after"):
        questions, run = place.path("-questions.jsonl"), place.path(f"-{name}")
        code, said = place.run("eval", "answers", questions, "--out", run, "--allow-missing")
        assert code == 0, said
    ranked = ("eval", "retrieval", questions, "--out", place.path("-ranked"), "--allow-missing")
    code, said = place.run(*ranked)
    assert code == 0, said
    assert place.run("ask", QUESTION, "--save", place.path("-saved.json"))[0] == 0
    return place.folder


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Iterator[Place]:
    """Return a copy of it, to be changed at will."""
    shutil.copytree(built, tmp_path / "copy")
    with lying(lies.honest(ANSWER, model=f"m{NASTY}"), models=(f"m{NASTY}",)) as server:
        yield Place(tmp_path / "copy", server.url)


Case = Callable[[Place], list[str]]
MODEL = ("--model", "small-model", "--timeout", "20", "--base-url")
CHAT = "\n".join(
    [QUESTION, "/sources", "/why 1", "/open 1", "/similar 1", "/compare 1 2", "/themes", "/cost",
     f"/filter org={NASTY}", f"/{NASTY}", f"/load {NASTY}", f"/save {NASTY}", f"/model {NASTY}", "/help"]
)  # fmt: skip
CASES: Mapping[str, list[Case]] = {
    "ask": [
        lambda p: ["ask", QUESTION],
        lambda p: ["ask", QUESTION, "--explain"],
        lambda p: ["ask", QUESTION, "--json"],
        lambda p: [*MODEL, p.url, "ask", QUESTION],
        lambda p: [*MODEL, p.url, "ask", QUESTION, "--json"],
        lambda p: ["ask", QUESTION, "--filter", NASTY],
        lambda p: ["ask", QUESTION, "--since", NASTY],
        lambda p: ["ask", "--batch", p.path("-questions.jsonl")],
        lambda p: ["ask", "--batch", p.path("-no-such.jsonl")],
        lambda p: ["ask", NASTY * 300],
        lambda p: ["ask", QUESTION, f"--{NASTY}"],
        lambda p: ["ask", QUESTION, "--save", p.path("-again.json")],
    ],
    "search": [
        lambda p: ["search", QUESTION, "--explain"],
        lambda p: ["search", QUESTION, "--json"],
        lambda p: ["search", QUESTION, "--filter", f"org={NASTY}"],
        lambda p: ["search", "--batch", p.path("-questions.jsonl")],
    ],
    "explain": [
        lambda p: ["explain", QUESTION],
        lambda p: ["explain", p.path("-saved.json")],
        lambda p: ["explain", p.path("-saved.json"), "--json"],
    ],
    "replay": [
        lambda p: ["replay", p.path("-saved.json")],
        lambda p: [*MODEL, p.url, "replay", p.path("-saved.json")],
        lambda p: ["replay", p.path("-none.json")],
    ],
    "chat": [
        lambda p: ["chat", "--load", NAME],
        lambda p: ["chat", "--json"],
        lambda p: [*MODEL, p.url, "chat"],
        lambda p: ["chat", "--resume", "--filter", f"org={NASTY}"],
    ],
    "themes": [
        lambda p: ["themes"],
        lambda p: ["themes", QUESTION],
        lambda p: ["themes", "--md"],
        lambda p: ["themes", "--json"],
        lambda p: ["themes", "--html", p.path("-map.html")],
        lambda p: ["themes", "--html", p.path("-no/map.html")],
    ],
    "config": [
        lambda p: ["--model", NASTY, "--base-url", f"http://h/{NASTY}", "config"],
        lambda p: ["--set", NASTY, "config"],
        lambda p: ["--set", f"{NASTY}={NASTY}", "config"],
        lambda p: ["--config", p.path("-questions.jsonl"), "config"],
        lambda p: ["--preset", NASTY, "config"],
    ],
    "doctor": [
        lambda p: ["doctor"],
        lambda p: ["--base-url", p.url, "--model", NASTY, "doctor"],
        lambda p: ["--base-url", p.url, "--model", NASTY, "doctor", "--json"],
    ],
    "models": [
        lambda p: ["--base-url", p.url, "models"],
        lambda p: ["--base-url", p.url, "models", "--json"],
        lambda p: ["--base-url", f"http://{NASTY}", "models"],
    ],
    "index add": [
        lambda p: ["index", "add", p.path(".jsonl")],
        lambda p: ["index", "add", p.path("-none.jsonl")],
        lambda p: ["index", "add", p.path("-questions.jsonl"), "--column", f"title={NASTY}"],
        lambda p: ["index", "add", str(p.folder)],
    ],
    "index remove": [
        lambda p: ["index", "remove", NASTY],
        lambda p: ["index", "remove", "x001", NASTY, "--json"],
    ],
    "index status": [lambda p: ["index", "status"], lambda p: ["index", "status", "--json"]],
    "index verify": [lambda p: ["index", "verify"]],
    "index rebuild": [lambda p: ["index", "rebuild"]],
    "index export": [
        lambda p: ["index", "export"],
        lambda p: ["index", "export", p.path("-no/such.jsonl")],
    ],
    "index dedupe": [
        lambda p: ["index", "dedupe", "--explain"],
        lambda p: ["index", "dedupe", p.path(".jsonl"), "--explain"],
        lambda p: ["index", "dedupe", p.path("-none.jsonl")],
    ],
    "eval retrieval": [lambda p: ["eval", "retrieval", p.path("-questions.jsonl"), "--out", p.path("-r")]],
    "eval answers": [lambda p: ["eval", "answers", p.path("-questions.jsonl"), "--fresh"]],
    "eval judge": [
        lambda p: ["eval", "judge", NASTY, "--claims", p.path("-questions.jsonl")],
        lambda p: ["--base-url", p.url, "eval", "judge", "small-model", "--sample", "2"],
    ],
    "eval score": [lambda p: ["eval", "score", p.path("-before")]],
    "eval report": [
        lambda p: ["eval", "report", p.path("-before")],
        lambda p: ["eval", "report", p.path("-before"), "--html", p.path("-r.html")],
    ],
    "eval compare": [lambda p: ["eval", "compare", p.path("-before"), p.path("-after")]],
    "eval gate": [lambda p: ["eval", "gate", p.path("-before"), p.path("-after"), "--margin", "0.5"]],
    "eval lint": [lambda p: ["eval", "lint", p.path("-questions.jsonl")]],
    "eval pool": [lambda p: ["eval", "pool", p.path("-ranked")]],
    "log list": [lambda p: ["log", "list"], lambda p: ["log", "list", "--json"]],
    "log show": [lambda p: ["log", "show"], lambda p: ["log", "show", "--json"], lambda p: ["log", "show", NASTY]],
    "log search": [lambda p: ["log", "search", "glaciers"], lambda p: ["log", "search", NASTY]],
    "log export": [
        lambda p: ["log", "export", "1", p.path("-notes.md")],
        lambda p: ["log", "export", NASTY, p.path("-notes.md")],
        lambda p: ["log", "export", "1", p.path(f"-notes.{NAME}")],
    ],
    "log delete": [lambda p: ["log", "delete", NASTY]],
}  # fmt: skip


def commands() -> Iterator[str]:
    """Yield every command as it is typed."""

    def walk(group: object, typed: tuple[str, ...]) -> Iterator[str]:
        for name, deeper in getattr(group, "commands", {}).items():
            found = list(walk(deeper, (*typed, name)))
            yield from found or [" ".join((*typed, name))]

    yield from walk(typer.main.get_command(command_line), ())


def test_every_command_has_a_case() -> None:
    assert sorted(commands()) == sorted(CASES)


@pytest.mark.parametrize(
    ("name", "number"), [(name, i) for name, cases in CASES.items() for i in range(len(cases))]
)
def test_no_command_prints_anything_that_acts(name: str, number: int, place: Place) -> None:
    code, printed = place.run(*CASES[name][number](place), stdin=CHAT)
    assert attacks(printed) == []
    assert printed.strip()
    assert "Traceback" not in printed
    assert code in (0, 1, 2, 3, 4), printed


EXPORTS: Mapping[str, Case] = {
    "themes.html": lambda p: ["themes", "--html", p.path("-out")],
    "report.html": lambda p: ["eval", "report", p.path("-before"), "--html", p.path("-out")],
    "report.md": lambda p: ["eval", "report", p.path("-before"), "--markdown", p.path("-out")],
    "report.xml": lambda p: ["eval", "report", p.path("-before"), "--junit", p.path("-out")],
    "compare.md": lambda p: [
        "eval", "compare", p.path("-before"), p.path("-after"), "--markdown", p.path("-out")
    ],
    "gate.xml": lambda p: [
        "eval", "gate", p.path("-before"), p.path("-after"), "--margin", "0.5", "--junit", p.path("-out")
    ],
    "chat.md": lambda p: ["log", "export", "1", p.path("-out.md")],
    "chat.bib": lambda p: ["log", "export", "1", p.path("-out.bib")],
    "chat.json": lambda p: ["log", "export", "1", p.path("-out.json")],
    "answer.json": lambda p: ["ask", QUESTION, "--save", p.path("-out.json")],
    "corpus.jsonl": lambda p: ["index", "export", p.path("-out")],
    "pool.jsonl": lambda p: ["eval", "pool", p.path("-ranked"), "--out", p.path("-out")],
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_no_exported_file_acts_on_its_reader(name: str, place: Place) -> None:
    code, printed = place.run(*EXPORTS[name](place))
    assert code in (0, 3), printed
    (written,) = place.folder.glob("*-out*")
    text = written.read_text(encoding="utf-8")
    kind = name.partition(".")[2]
    assert attacks(text) == []
    if kind == "html":
        assert Page(text).active == []
    elif kind == "md":
        assert active_markdown(text) == []
    elif kind == "xml":
        ElementTree.fromstring(text)
    elif kind == "bib":
        assert [type(item) for item in read_papers(written)].count(Paper) >= 1
    else:
        rows = text.splitlines() if kind == "jsonl" else [text]
        assert all(isinstance(json.loads(row), dict) for row in rows)


def test_the_library_s_exports_do_not_act_either(built: Path) -> None:
    papers = [p for p in read_papers(built / f"{NAME}.jsonl") if isinstance(p, Paper)]
    for write in (to_bibtex, to_ris, to_markdown_references):
        assert attacks(write(papers)) == []
    assert active_markdown(to_markdown_references(papers)) == []


def test_a_colourful_terminal_gets_no_sequence_but_those_of_our_own_colours(place: Place) -> None:
    coloured = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "120"}
    coloured.pop("NO_COLOR", None)
    done = subprocess.run(
        command(place.folder / "home", "ask", QUESTION, "--explain"),
        capture_output=True, text=True, env=coloured, timeout=60, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    colours = re.findall(r"\x1b\[[0-9;]*m", printed)
    assert colours
    assert attacks(re.sub(r"\x1b\[[0-9;]*m", "", printed)) == []

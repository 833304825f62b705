"""What the documentation shows is what happens."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main
from langchain_core.language_models import BaseChatModel

from rag.app import App
from tests import pages, reference
from tests.sessions import FILES, ROOT, printed, sessions
from tests.test_langchain import ScriptedAgentModel

SHOWN = [pair for file in FILES for pair in sessions(file.read_text(encoding="utf-8"))]


def home_of(app: App) -> Path:
    app.search("warm", k=1)
    return app.settings.index.folder


@pytest.mark.parametrize(("words", "lines", "shown"), SHOWN, ids=[case[0] for case in SHOWN])
def test_captured_sessions_are_what_the_commands_print(
    words: str, lines: int | None, shown: str, sample_app: App
) -> None:
    now = printed(words, home_of(sample_app), lines)
    if lines is None:  # papers that tie to the fourth digit may change places
        assert sorted(now.split()) == sorted(shown.split())
    else:  # of the head only its first words: near-ties may fall out otherwise elsewhere
        assert len(now.splitlines()) > 2
        assert now.splitlines()[0].split(" = ")[0] == shown.splitlines()[0].split(" = ")[0]


@pytest.mark.slow
@pytest.mark.parametrize("page", pages.with_commands(), ids=lambda page: page.name)
def test_every_command_on_a_page_runs(page: Path, sample_app: App, tmp_path: Path) -> None:
    pages.run_commands(page, tmp_path, home_of(sample_app))


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_a_command_that_is_not_run_says_why(page: Path) -> None:
    for block in pages.blocks(page):
        if block.language == "console":
            assert block.commands, block.body
            assert block.runs or len(block.about) > len("not run: because")
        elif block.language in ("sh", "bash", "shell"):
            assert page.name in pages.RUN_ELSEWHERE


@pytest.mark.parametrize(("page", "test"), pages.RUN_ELSEWHERE.items())
def test_commands_that_are_run_elsewhere_are(page: str, test: str) -> None:
    assert f'"{page}"' in (ROOT / "tests" / test).read_text(encoding="utf-8")


def model() -> BaseChatModel:
    """Return what stands for ``model`` on the pages: it calls the tool of an agent once."""
    return ScriptedAgentModel(arguments={"question": "Which methods reduce overthinking?"})


@pytest.mark.parametrize("page", pages.with_python(), ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, sample_app: App) -> None:
    home = str(home_of(sample_app))
    scope: dict[str, Any] = {"model": model()}
    for block in pages.blocks(page):
        if block.language == "python" and block.runs:
            code = block.body.replace('"my-corpus"', repr(home))
            exec(code, scope)  # noqa: S102 - our own documentation
    answer = scope.get("answer")
    assert answer is None or answer.claims


def test_the_reference_is_what_the_code_says_now() -> None:
    """If this fails: make docs."""
    assert {p.name for p in reference.FOLDER.iterdir()} == set(reference.pages())
    for name, text in reference.pages().items():
        assert (reference.FOLDER / name).read_text(encoding="utf-8") == text, name


def test_the_reference_lists_every_public_name_and_command() -> None:
    import rag

    library = (reference.FOLDER / "library.md").read_text(encoding="utf-8")
    assert all(f"## rag.{name}\n" in library for name in rag.__all__ if name != "__version__")
    commands = (reference.FOLDER / "cli.md").read_text(encoding="utf-8")
    assert all(f"## papers {name}\n" in commands for name in command_line().commands)


def command_line() -> Any:
    return typer.main.get_command(import_module("rag.cli.main").app)


def test_every_papers_command_in_the_documentation_is_one() -> None:
    shown: set[tuple[str, str]] = set()
    for page in pages.PAGES:
        text = page.read_text(encoding="utf-8")
        options = r"(?:--(?:json|quiet) |--[a-z-]+ [^\s`]+ )*"
        called = rf"(?:`|\$ )papers {options}([a-z]+)(?: ([a-z]+))?"
        shown |= set(re.findall(called, text))
    assert shown
    known = command_line().commands
    for word, then in shown:
        assert word in known, word
        inner = getattr(known[word], "commands", None)
        assert not inner or not then or then in inner, f"{word} {then}"


def test_every_make_target_in_the_documentation_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in pages.PAGES:
        called = re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text(encoding="utf-8"))
        assert set(called) <= targets, page.name


def test_every_test_named_in_the_reliability_table_exists() -> None:
    table = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", table):
        assert (ROOT / file).is_file(), file
        assert name in (ROOT / file).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target, _, anchor in re.findall(
        r"\]\((?!https?:)([^)#\s]*)(#([^)\s]+))?\)", page.read_text(encoding="utf-8")
    ):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_the_index_of_the_documentation_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").as_posix()
        if name != "README.md" and not name.startswith("decisions/"):
            assert f"({name})" in index, name

"""The examples run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.app import App
from rag.corpus import read_papers
from rag.records import Paper
from tests.sessions import ROOT


def run(name: str, *words: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *words],
        capture_output=True, text=True, cwd=cwd, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONHASHSEED": "0", "HOME": str(cwd)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def home(sample_app: App) -> str:
    sample_app.search("warm", k=1)
    return str(sample_app.settings.index.folder)


def test_from_a_file_to_a_cited_answer_in_ten_lines(tmp_path: Path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "title,abstract\nQuiet Bees,We study bees. Smoke calms bees within 30 seconds.\n"
        "Loud Owls,We study owls. Owls hoot at dusk.\n"
    )
    out = run("ask.py", str(file), "How fast does smoke calm bees?", cwd=tmp_path)
    assert "within 30 seconds [1]." in out
    assert "[1] Quiet Bees" in out
    lines = (ROOT / "examples" / "ask.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith('"""')]) <= 10


def test_bibtex_in_and_bibtex_of_the_cited_papers_out(tmp_path: Path):
    (tmp_path / "library.bib").write_text(
        "@article{lee, title = {{Quiet Bees}}, author = {Lee, Ann and Ray, Bob}, year = 2024,\n"
        "  doi = {10.1000/bees}, abstract = {We study bees. Smoke calms bees within 30 seconds.}}\n"
        "@misc{poe, title = {Loud Owls}, abstract = {We study owls. Owls hoot at dusk.}}\n"
    )
    words = ("library.bib", "How fast does smoke calm bees?")
    out = run("bibliography.py", *words, cwd=tmp_path)
    assert re.match(r"% .*Smoke calms bees within 30 seconds \[1\]\.\n", out)
    cited = tmp_path / "cited.bib"
    cited.write_text(out)
    (paper,) = read_papers(cited)
    assert isinstance(paper, Paper)
    assert (paper.title, paper.doi, paper.authors) == (
        "Quiet Bees", "10.1000/bees", ("Ann Lee", "Bob Ray"),
    )  # fmt: skip


def test_our_retriever_in_somebody_s_chain(home: str, tmp_path: Path):
    question = "How much does certainty-guided reflection suppression save?"
    out = run("langchain_chain.py", home, question, cwd=tmp_path)
    assert out.startswith("[1] Efficient Reasoning for Large Reasoning Language Models")


def test_an_agent_asks_our_corpus(home: str, tmp_path: Path):
    question = "How much does CGRS shorten reasoning, and on which benchmarks?"
    out = run("langchain_agent.py", home, question, cwd=tmp_path)
    assert "18.5% to 41.9% while preserving accuracy [1]." in out
    assert "[1] Efficient Reasoning for Large Reasoning Language Models via" in out


@pytest.mark.slow
def test_a_notebook_of_answers_and_themes(home: str, tmp_path: Path):
    page = tmp_path / "page.html"
    out = run("notebook.py", home, str(page), cwd=tmp_path)
    assert out.startswith("supported · ")
    shown = page.read_text("utf-8")
    assert "Which methods reduce overthinking?" in shown
    assert "<b>283 papers</b> = " in shown


def test_every_example_is_tested():
    tests = Path(__file__).read_text("utf-8")
    names = [path.name for path in (ROOT / "examples").glob("*.py")]
    assert names
    assert [name for name in names if f'run("{name}"' not in tests] == []

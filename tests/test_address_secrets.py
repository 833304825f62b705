"""A password in the address of a server is used, and neither printed nor written anywhere."""

import base64
import io
import sys
from pathlib import Path

import pytest

from rag.app import App
from rag.cli.main import main
from tests.fakes import HashedEmbedder
from tests.faults.conftest import write_corpus
from tests.servers import lying as lies
from tests.servers.lying import Exchange, Lie, lying

PASSWORD = "hunter2-SECRET0WORD"
SENT = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
QUESTION = "What is the effect of case7?"


def papers(home: Path, url: str, *words: str) -> int:
    address = url.replace("//", f"//me:{PASSWORD}@")
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), "--base-url", address, "--timeout", "5", *words])
    return int(ended.value.code or 0)


def written(folder: Path) -> list[str]:
    """Return the files that hold the password, or what is sent for it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [p for p in files if any(s.encode() in p.read_bytes() for s in (PASSWORD, SENT))]
    return [str(path.relative_to(folder)) for path in found]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(App, "embedder", HashedEmbedder())
    corpus = write_corpus(tmp_path / "corpus.jsonl", 20)
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path / "home"), "index", "add", str(corpus)])
    return tmp_path / "home"


def echo(exchange: Exchange) -> None:
    """Answer with the header that came, as debugging proxies do."""
    sent = exchange.headers.get("Authorization", "")
    lies.honest(f"The effect of case7 is 7 percent {sent} {PASSWORD} [1].")(exchange)


def refuse(exchange: Exchange) -> None:
    sent = exchange.headers.get("Authorization", "")
    exchange.reply(401, lies.error(f"bad credentials {sent} {PASSWORD}"), X_Echo=sent)


@pytest.mark.parametrize("lie", [echo, refuse])
@pytest.mark.parametrize(
    "words",
    [
        ("config",),
        ("config", "--json"),
        ("models",),
        ("models", "--json"),
        ("doctor",),
        ("doctor", "--json"),
        ("ask", QUESTION),
        ("ask", QUESTION, "--json"),
        ("ask", QUESTION, "--save", "FOLDER/saved.json"),
        ("index", "status"),
        ("index", "verify"),
    ],
    ids=" ".join,
)
def test_no_command_prints_or_keeps_it(
    words: tuple[str, ...], lie: Lie, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.replace("FOLDER", str(home)) for word in words]
    with lying(lie, lies_of_models=lie is refuse) as server:
        papers(home, server.url, *given)
    shown = capsys.readouterr()
    assert PASSWORD not in shown.out + shown.err
    assert SENT not in shown.out + shown.err
    assert written(home.parent) == []


def test_no_conversation_keeps_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\n/model m\n/save x\n"))
    with lying(echo) as server:
        papers(home, server.url, "chat")
    assert written(home.parent) == []


def test_no_index_keeps_that_of_an_embedding_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def embed(exchange: Exchange) -> None:
        rows = [
            {"object": "embedding", "index": i, "embedding": [float(len(text)), 1.0]}
            for i, text in enumerate(exchange.body["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        exchange.reply(200, {"object": "list", "model": "e", "data": rows, "usage": usage})

    corpus = write_corpus(tmp_path / "corpus.jsonl", 5)
    with lying(embed) as server:
        options = ("--set", "embedding.model=e", "--model", "none")
        assert papers(tmp_path / "home", server.url, *options, "index", "add", str(corpus)) == 0
        papers(tmp_path / "home", server.url, *options, "index", "status")
        papers(tmp_path / "home", server.url, *options, "doctor")
    shown = capsys.readouterr()
    assert PASSWORD not in shown.out + shown.err
    assert written(tmp_path) == []

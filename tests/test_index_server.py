"""A Chroma server is used like Chroma in process, and mistrusted like any foreign server."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.app import App, open_app
from rag.embedding import MiniLM
from rag.errors import ConfigError, MismatchError, StorageError
from rag.index.chroma_server import MOST_BYTES, ChromaServer, Collection
from rag.index.index import Index
from rag.index.server_store import ServerStores
from rag.records import Paper
from tests.fakes import HashedEmbedder
from tests.index_stores import opened
from tests.servers import chroma
from tests.servers import lying as lies
from tests.servers.lying import Exchange, Lie, lying

TOKEN = "token-SECRET0SECRET0"


def paper(number: int) -> Paper:
    topic = ("glaciers", "violins", "bees", "taxes")[number % 4]
    text = f"We look at {topic} in case{number}. The effect is {number} percent."
    return Paper(f"p{number}", f"Study {number} of {topic}", text, sources=("made",))


@pytest.fixture
def address() -> str:
    return chroma.address_of("server")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[chroma.ChromaRun]:
    """Return a server that a test may kill and empty."""
    chroma.address_of("server")
    server = chroma.ChromaRun(tmp_path / "server")
    server.start()
    yield server
    server.kill()


def filled(home: Path, address: str, n: int = 40) -> Index:
    index = opened(home, address)
    index.add_papers([paper(i) for i in range(n)])
    return index


def nearest(index: Index, number: int, n: int = 3) -> list[str]:
    """Return the ids of the papers nearest to one that is searched by its own text."""
    wanted = paper(number)
    hits = index.dense(index.embed_query(f"{wanted.title} {wanted.abstract}"), n)
    found = index.catalogue.papers(hit.chunk.paper_num for hit in hits)
    return [found[hit.chunk.paper_num].paper_id for hit in hits]


# -- the same answers ----------------------------------------------------------


def test_the_sample_questions_get_the_same_answers_as_in_process(
    sample_app: App, address: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    sample_app.index.catalogue.close()  # folds the write-ahead log into the file
    shutil.copy(sample_app.index.home / "catalogue.sqlite", home)
    served = open_app(home=home, overrides={"index.store": address})
    assert served.index.rebuild() == 0
    assert served.index.verify() == []
    file = Path(__file__).parents[1] / "evals" / "questions" / "sample.jsonl"
    questions = [json.loads(line)["question"] for line in file.read_text().splitlines()]
    assert len(questions) > 200
    shared, differing = 0, 0
    for number, question in enumerate(questions):
        vector = sample_app.index.embed_query(question)
        ours, theirs = (app.index.dense(vector, 10) for app in (sample_app, served))
        assert len(ours) == len(theirs) == 10
        shared += len({hit.chunk.key for hit in ours} & {hit.chunk.key for hit in theirs})
        if number % 25 == 0:
            found = (app.search(question, k=10).hits for app in (sample_app, served))
            first, second = ([hit.paper.paper_id for hit in hits] for hits in found)
            differing += first != second
    served.index.close()
    # Chroma searches graphs that are built with chance: now and then one hides a neighbour.
    assert shared >= 0.995 * 10 * len(questions)
    assert differing <= 1


# -- generations in a shared collection ----------------------------------------


def test_a_reader_of_an_older_generation_sees_neither_additions_nor_removals(
    address: str, tmp_path: Path
) -> None:
    writer = filled(tmp_path / "home", address)
    reader = opened(tmp_path / "home", address)
    snapshot = reader._snapshots.current()
    writer.remove(["p7", "p8"])
    writer.add_papers([paper(i) for i in range(40, 60)])
    vector = reader.embed_query(paper(7).title)
    numbers = {hit.chunk_num for hit in snapshot.store.query(vector, 100)}
    assert len(numbers) == 40
    assert "p7" not in nearest(reader, 7, 58)
    assert len(nearest(reader, 7, 100)) == 58


def test_rows_and_collections_go_when_no_reader_needs_them(
    own: chroma.ChromaRun, tmp_path: Path
) -> None:
    writer = filled(tmp_path / "home", own.address)
    server = ChromaServer(own.address)
    (folder,) = (tmp_path / "home" / "generations").iterdir()
    first = json.loads((folder / "collection.json").read_text())["collection"]
    reader = opened(tmp_path / "home", own.address)
    assert nearest(reader, 7)[0] == "p7"
    writer.remove(["p7"])
    assert server.count(server.find(first)) == 40  # the reader may still want it
    reader.close()
    writer.remove(["p8"])
    assert server.count(server.find(first)) == 38
    writer.rebuild()
    writer.add_papers([paper(50)])
    with pytest.raises(StorageError, match="does not hold"):
        server.find(first)
    assert writer.verify() == []


def test_what_a_killed_rebuild_began_is_given_up(own: chroma.ChromaRun, tmp_path: Path) -> None:
    index = filled(tmp_path / "home", own.address)
    stores = ServerStores(own.address)
    folder = index.generations.create(7)
    stores.create(folder, None)
    begun = json.loads((folder / "collection.json").read_text())["collection"]
    assert ChromaServer(own.address).find(begun).dimension is None
    index.add_papers([paper(41)])
    with pytest.raises(StorageError, match="does not hold"):
        ChromaServer(own.address).find(begun)
    assert index.verify() == []


def test_a_copied_home_leaves_the_original_s_collection_alone(address: str, tmp_path: Path) -> None:
    original = filled(tmp_path / "home", address)
    original.close()
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    copy = opened(tmp_path / "copy", address)
    assert nearest(copy, 7)[0] == "p7"
    copy.remove([f"p{i}" for i in range(20)])
    copy.add_papers([paper(i) for i in range(100, 120)])
    copy.rebuild()
    original = opened(tmp_path / "home", address)
    assert original.verify() == []
    assert nearest(original, 7)[0] == "p7"
    assert copy.verify() == []


def test_moving_to_a_server_and_back_is_a_rebuild(address: str, tmp_path: Path) -> None:
    filled(tmp_path / "home", "").close()
    served = opened(tmp_path / "home", address)
    with pytest.raises(MismatchError, match="papers index rebuild"):
        nearest(served, 7)
    with pytest.raises(MismatchError, match=r"index\.store"):
        served.add_papers([paper(50)])
    assert "configured is server" in served.verify()[0]
    assert served.rebuild() == 0
    assert nearest(served, 7)[0] == "p7"
    served.close()
    embedded = opened(tmp_path / "home", "")
    assert embedded.rebuild() == 0
    assert nearest(embedded, 7)[0] == "p7"
    assert embedded.verify() == []


# -- a server that fails -------------------------------------------------------


def test_a_restarted_server_goes_on_answering(own: chroma.ChromaRun, tmp_path: Path) -> None:
    index = filled(tmp_path / "home", own.address)
    assert nearest(index, 7)[0] == "p7"
    own.kill()
    with pytest.raises(StorageError, match=r"cannot be reached.*chroma run") as caught:
        nearest(index, 7)
    assert len(str(caught.value).splitlines()) == 1
    own.start()
    assert nearest(index, 7)[0] == "p7"
    assert index.verify() == []


def test_an_emptied_server_is_named_and_mended(own: chroma.ChromaRun, tmp_path: Path) -> None:
    index = filled(tmp_path / "home", own.address)
    assert nearest(index, 7)[0] == "p7"
    own.empty()
    for failing in (lambda: nearest(index, 7), lambda: index.add_papers([paper(40)])):
        with pytest.raises(StorageError, match=r"does not hold this index.*papers index rebuild"):
            failing()
    assert any("papers index rebuild" in finding for finding in index.verify())
    assert index.rebuild() == 0
    assert nearest(index, 7)[0] == "p7"
    assert nearest(index, 40)[0] == "p40"
    assert index.verify() == []


def test_an_empty_corpus_is_sound_on_a_server(address: str, tmp_path: Path) -> None:
    index = opened(tmp_path / "home", address)
    index.add_papers([])
    assert index.dense(index.embed_query("bees"), 3) == []
    assert index.verify() == []


def test_lost_and_foreign_rows_are_found(address: str, tmp_path: Path) -> None:
    index = filled(tmp_path / "home", address)
    folder = index.generations.path(index.generation)
    server = ChromaServer(address)
    rows = server.find(json.loads((folder / "collection.json").read_text())["collection"])
    server.remove(rows, [3, 4])
    assert "Chroma lacks 2 and has 0 stale" in index.verify()[0]
    index.close()
    with pytest.raises(StorageError, match=r"holds 38 of 40 chunks.*papers index rebuild"):
        nearest(opened(tmp_path / "home", address), 7)


def test_vectors_that_somebody_altered_are_found(address: str, tmp_path: Path) -> None:
    index = filled(tmp_path / "home", address)
    folder = index.generations.path(index.generation)
    server = ChromaServer(address)
    rows = server.find(json.loads((folder / "collection.json").read_text())["collection"])
    server.upsert(rows, {3: index.embed_query("something else altogether")})
    assert index.verify() == ["1 of 40 vectors looked at are others; mend: papers index rebuild"]
    index.rebuild()
    assert index.verify() == []


def test_vectors_of_another_length_are_named(address: str, tmp_path: Path) -> None:
    class Longer(HashedEmbedder):
        dimension = 65

    filled(tmp_path / "home", address).close()
    index = opened(tmp_path / "home", address, Longer())  # of the same fingerprint
    with pytest.raises(StorageError, match=r"another length.*papers index rebuild"):
        index.dense(index.embed_query("bees"), 3)


# -- a server that lies --------------------------------------------------------


def asked(lie: Lie, *, timeout: float = 5.0) -> tuple[str, list[dict[str, Any]]]:
    """Return what a query of a lying server ends with, and what it was sent."""
    with lying(lie) as server:
        client = ChromaServer(server.url.removesuffix("/v1"), token=TOKEN, timeout=timeout)
        with pytest.raises(StorageError) as caught:
            client.query(Collection("c", 3), np.ones(3, dtype=np.float32), 2)
        return str(caught.value), server.bodies


def saying(reply: Any, status: int = 200) -> Lie:
    return lambda exchange: exchange.reply(status, reply)


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (saying({"ids": [["1", "2"]], "distances": [[0.1]]}), "sent no hits"),
        (saying({"ids": [["one"]], "distances": [[0.1]]}), "sent no hits"),
        (saying({"ids": [], "distances": []}), "sent no hits"),
        (saying({"ids": [["1"]], "distances": None}), "sent no hits"),
        (saying([1, 2]), "sent no hits"),
        (saying(None), "sent no hits"),
        (saying(b'{"ids": [["1"]], "distances": [[NaN]]}'), "distances that are none"),
        (saying(b"<html>hello</html>"), "malformed reply"),
        (saying(b'{"ids": [["1"'), "malformed reply"),
        (saying({"message": f"no {TOKEN}"}, 401), "PAPERS_STORE_TOKEN"),
        (saying({"message": "gone"}, 404), "does not hold this index"),
        (saying({"message": f"key {TOKEN} failed"}, 400), "HTTP 400: key [key] failed"),
        (saying({"message": "overloaded"}, 503), "HTTP 503: overloaded"),
        (saying(b"", 302), "HTTP 302"),
        (lambda exchange: exchange.reset(), "cannot be reached"),
    ],
)
def test_what_is_no_answer_is_one_line_without_the_token(lie: Lie, said: str) -> None:
    line, _ = asked(lie)
    assert said in line
    assert TOKEN not in line
    assert len(line.splitlines()) == 1


def test_a_hanging_server_is_left_at_the_deadline() -> None:
    began = time.monotonic()
    line, _ = asked(lies.hang, timeout=0.6)
    assert "did not answer within 0.6 s" in line
    assert time.monotonic() - began < 1.6


def test_a_passing_failure_is_tried_again() -> None:
    good = saying({"ids": [["2", "1"]], "distances": [[0.5, 0.25]]})
    with lying(lies.first_then(lies.failing(503), good)) as server:
        client = ChromaServer(server.url.removesuffix("/v1"))
        hits = client.query(Collection("c", 3), np.ones(3, dtype=np.float32), 2)
    assert [(hit.chunk_num, hit.score) for hit in hits] == [(1, 0.75), (2, 0.5)]


@pytest.mark.parametrize(("dimension", "limit", "most"), [(8, 100, 100), (3072, 5000, 217)])
def test_vectors_go_in_bounded_batches(dimension: int, limit: int, most: int) -> None:
    sizes, lock = [], threading.Lock()

    def lie(exchange: Exchange) -> None:
        if exchange.path.endswith("pre-flight-checks"):
            exchange.reply(200, {"max_batch_size": limit, "supports_base64_encoding": True})
            return
        with lock:
            sizes.append((len(exchange.body["ids"]), len(json.dumps(exchange.body))))
        exchange.reply(200, {})

    with lying(lie, lies_of_models=True) as server:
        client = ChromaServer(server.url.removesuffix("/v1"), token=TOKEN)
        vector = np.ones(dimension, dtype=np.float32)
        client.upsert(Collection("c", dimension), dict.fromkeys(range(250), vector))
    assert sum(rows for rows, _ in sizes) == 250
    assert max(rows for rows, _ in sizes) == most
    assert max(size for _, size in sizes) < 1.1 * MOST_BYTES


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:8000", "whole address"),
        ("http://", "whole address"),
        ("ftp://127.0.0.1", "whole address"),
        ("http://127.0.0.1:port", "no address"),
        ("http://chroma.example.com:8000", "unencrypted"),
        ("https://me:pa55word@chroma.example.com", "PAPERS_STORE_TOKEN"),
    ],
)
def test_addresses_that_cannot_be_right_are_said(address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        ServerStores(address)
    assert "pa55word" not in str(caught.value)


def test_the_token_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAPERS_STORE_TOKEN", TOKEN)
    heard: list[dict[str, str]] = []

    def lie(exchange: Exchange) -> None:
        heard.append({name.lower(): value for name, value in exchange.headers.items()})
        exchange.reply(401, {"message": TOKEN})

    with lying(lie, lies_of_models=True) as server:
        store = server.url.removesuffix("/v1")
        app = open_app(home=tmp_path, overrides={"index.store": store}, embedder=HashedEmbedder())
        with pytest.raises(StorageError) as caught:
            app.index.add_papers([paper(1)])
    assert heard[0]["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in f"{caught.value} {app.settings} {app.settings.model_dump()}"
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)


def test_the_preset_names_a_server_on_this_machine() -> None:
    app = open_app(preset="server", embedder=MiniLM())
    assert app.settings.index.store == "http://127.0.0.1:8000"

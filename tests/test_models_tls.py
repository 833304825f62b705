"""A server whose certificate is not to be trusted gets neither question nor key."""

import socket
import threading
import time
from pathlib import Path

import pytest

from rag.cli.main import main
from rag.embedding import RemoteEmbedder
from rag.errors import ConfigError, EmbeddingError, ModelRefusedError, ModelUnavailableError
from rag.models import connect, list_models
from rag.settings import ModelSettings
from tests.servers import lying as lies
from tests.servers.asking import (
    KEY,
    final,
    model_of,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
    settings_of,
)
from tests.servers.certificates import server_context, write_authority
from tests.servers.lying import lying


@pytest.fixture(autouse=True)
def _usual_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_an_unknown_authority_is_refused_in_one_line_and_sent_nothing() -> None:
    with lying(lies.honest(), tls=server_context()) as server:
        with pytest.raises(ModelRefusedError) as caught:
            final(model_of(server))
        assert server.hits == 0
    said = str(caught.value)
    assert said.startswith("no secure connection to the server of small-model (")
    assert said.endswith("; mend: check --base-url and SSL_CERT_FILE")
    assert "\n" not in said


def test_the_mend_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path / "authority.pem")))
    with lying(lies.honest(), tls=server_context()) as server:
        assert list_models(settings_of(server)) == ["small-model"]
        assert final(model_of(server)).complete


@pytest.mark.parametrize(
    ("host", "expired", "why"),
    [("elsewhere.example", False, "IP address mismatch"), ("127.0.0.1", True, "expired")],
)
def test_a_certificate_for_another_host_or_time_is_refused(
    host: str, expired: bool, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path / "authority.pem")))
    with lying(lies.honest(), tls=server_context(host, expired=expired)) as server:
        with pytest.raises(ModelRefusedError, match=why):
            final(model_of(server))
        assert server.hits == 0


def test_an_embedding_server_is_held_to_the_same() -> None:
    with lying(lies.honest(), tls=server_context()) as server:
        with pytest.raises(EmbeddingError, match="no secure connection") as caught:
            RemoteEmbedder("e", server.url, KEY, 5).embed_query("x")
        assert server.hits == 0
    assert len(str(caught.value).splitlines()) == 1


def test_users_see_one_line_and_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lying(lies.honest(), tls=server_context()) as server, pytest.raises(SystemExit) as ended:
        main(["--home", str(tmp_path), "--base-url", server.url, "models"])
    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert "no secure connection" in shown.err


def test_a_handshake_that_never_comes_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        taken: list[socket.socket] = []
        waiter = threading.Thread(target=lambda: taken.append(silent.accept()[0]))
        waiter.start()
        started = time.monotonic()
        with pytest.raises(ModelUnavailableError, match=r"did not finish within 0\.8 s"):
            final(connect(ModelSettings(name="m", base_url=url, timeout=0.8)))
        assert time.monotonic() - started < 2
        waiter.join()
        taken[0].close()


def test_a_certificate_file_that_is_missing_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match="mend: check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE"):
        connect(ModelSettings(name="m", base_url="https://127.0.0.1:1/v1"))

"""Addresses and proxies: what keeps a connection from working is said in one line."""

import base64
import os
import traceback

import pytest

from rag.errors import (
    ConfigError,
    ModelRefusedError,
    ModelUnavailableError,
)
from rag.models import connect
from rag.outside.address import check_address, is_loopback, is_private, secrets_of, shown
from rag.settings import ModelSettings
from tests.servers import lying as lies
from tests.servers.asking import (
    asked,
    final,
    no_thread_outlives_its_request,  # noqa: F401 - used by all tests
)
from tests.servers.lying import lying

DEAD = "http://127.0.0.1:9"  # where nobody listens


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"])
def test_a_server_on_this_machine_is_not_asked_through_a_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, DEAD)
    reply, _ = asked(lies.honest())
    assert reply.complete


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("HTTP_PROXY", "http://models.test/v1"),
        ("https_proxy", "https://models.example.com/v1"),
        ("ALL_PROXY", "https://models.example.com/v1"),
    ],
)
def test_a_dead_proxy_is_named_with_its_variable_and_without_its_password(
    variable: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, DEAD.replace("//", "//me:SECRET0WORD@"))
    with pytest.raises(ModelUnavailableError, match="NO_PROXY") as caught:
        final(connect(ModelSettings(name="m", base_url=url, timeout=3)))
    said = str(caught.value)
    assert f"through the proxy http://[key]@127.0.0.1:9 ({variable.upper()})" in said
    assert "SECRET0WORD" not in "".join(traceback.format_exception(caught.value))


def test_a_server_elsewhere_is_asked_through_the_proxy_unless_no_proxy_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = ModelSettings(name="m", base_url="http://models.test/v1", timeout=3)
    with lying(lies.honest()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert final(connect(settings)).complete
        assert proxy.paths == ["http://models.test/v1/chat/completions"]
        monkeypatch.setenv("NO_PROXY", "models.test")
        with pytest.raises(ModelUnavailableError, match="mend: check --base-url"):
            final(connect(settings))
        assert proxy.hits == 1


def test_a_proxy_that_is_none_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "carrier-pigeon://coop")
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        connect(ModelSettings(name="m", base_url="http://no-such-host.invalid/v1"))


def test_a_server_that_speaks_no_tls_is_not_asked_twice() -> None:
    with lying(lies.honest()) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(ModelRefusedError, match="no secure connection"):
            final(connect(ModelSettings(name="m", base_url=url, timeout=5)))


@pytest.mark.parametrize("url", ["https://h/v1?key=SECRET", "https://h/v1#SECRET"])
def test_an_address_with_a_query_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigError, match="must end with its path") as caught:
        connect(ModelSettings(name="m", base_url=url))
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["localhost:8080/v1", "ftp://127.0.0.1/v1", "http://", "http://[::1/v1", "http://h:x/"]
)
def test_an_address_that_is_none_is_said_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="--base-url"):
        connect(ModelSettings(name="m", base_url=url))


def test_a_key_does_not_travel_unencrypted_through_the_internet() -> None:
    with pytest.raises(ConfigError, match=r"unencrypted to models\.example\.com"):
        check_address("http://models.example.com/v1", has_key=True)
    check_address("https://models.example.com/v1", has_key=True)
    check_address("http://models.example.com/v1", has_key=False)
    with pytest.raises(ConfigError, match="unencrypted"):
        check_address("http://me:word@models.example.com/v1", has_key=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.7", "ollama", "gpu.lan", "fe80::1%eth0"]
)
def test_private_hosts(host: str) -> None:
    assert is_private(host)


def test_loopback_addresses() -> None:
    assert is_loopback("http://localhost:1/v1")
    assert is_loopback("http://[::1]:1/v1")
    assert not is_loopback("http://localhost.example.com/v1")
    assert not is_loopback("http://10.0.0.1/v1")


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("https://me:word@host/v1", "https://[key]@host/v1"),
        ("https://me:w@rd@host/v1", "https://[key]@host/v1"),
        ("https://word@host", "https://[key]@host"),
        ("me:word@host/v1", "[key]@host/v1"),
        ("https://host/v1?key=word", "https://host/v1?[key]"),
        ("https://me:word@[::1/v1", "https://[key]@[::1/v1"),
        ("https://host/@v1", "https://host/@v1"),
        ("", ""),
    ],
)
def test_an_address_is_printed_without_its_secrets(url: str, printed: str) -> None:
    assert shown(url) == printed


def test_the_secrets_of_an_address_include_what_is_sent_for_them() -> None:
    sent = base64.b64encode(b"me:w/rd").decode()
    assert set(secrets_of("https://me:w%2Frd@host/v1")) == {"w/rd", "w%2Frd", sent}
    assert secrets_of("https://host/v1") == ()

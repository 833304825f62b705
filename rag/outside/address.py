"""Addresses of servers: which are sound, which lie on this machine, which are private."""

import ipaddress
from urllib.parse import urlsplit

from rag.errors import ConfigError

_PRIVATE_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".intranet", ".home.arpa", ".test")


def check_address(base_url: str, *, has_key: bool) -> None:
    """Raise ConfigError for an address that is none, or that would give away a key.

    A key may travel unencrypted on this machine and in a private network, nowhere else.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        _ = parts.port  # a port that is no number raises
    except ValueError as exc:
        raise ConfigError(f"--base-url is no address ({exc})") from exc
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError("--base-url must be a whole address, e.g. http://127.0.0.1:8080/v1")
    if has_key and parts.scheme == "http" and not is_private(host):
        raise ConfigError(
            f"the key would travel unencrypted to {host}; "
            "mend: an https address, or unset OPENAI_API_KEY"
        )


def is_loopback(base_url: str) -> bool:
    """Return whether the address lies on this machine, so that no proxy is to be asked."""
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False
    address = _ip(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def is_private(host: str) -> bool:
    """Return whether a host name or IP address belongs to this machine or a private network."""
    address = _ip(host)
    if address is not None:
        return address.is_private or address.is_loopback or address.is_link_local
    return "." not in host or host.endswith(_PRIVATE_ENDINGS)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None

"""Addresses of servers: which are sound, where they lie, what of them may be shown.

An address can carry secrets, ``http://user:word@host``: whoever prints one prints ``shown``.
"""

import base64
import ipaddress
import re
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from rag.errors import ConfigError

# Up to the last @, as those do who read addresses; also of addresses that are none.
_USER = re.compile(r"(\A[^/?#]*//|\A(?=[^/]*@))([^/?#]*)@")
_QUERY = re.compile(r"([?#])(.+)\Z", re.DOTALL)
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
    if parts.query or parts.fragment:
        raise ConfigError("--base-url must end with its path; mend: leave out what follows the ?")
    secret = has_key or bool(parts.password)
    if secret and parts.scheme == "http" and not is_private(host):
        raise ConfigError(
            f"the key would travel unencrypted to {host}; "
            "mend: an https address, or unset OPENAI_API_KEY"
        )


def shown(base_url: str) -> str:
    """Return the address as it may be printed: user, password and query replaced."""
    return _QUERY.sub(r"\1[key]", _USER.sub(r"\1[key]@", base_url))


def secrets_of(base_url: str) -> tuple[str, ...]:
    """Return what of an address must not be shown: password, query, and both as they are sent."""
    authority = _USER.match(base_url)
    found = [match[2] for match in [_QUERY.search(base_url)] if match]
    if authority and ":" in authority[2]:
        user, _, password = (unquote(part) for part in authority[2].partition(":"))
        sent = base64.b64encode(f"{user}:{password}".encode()).decode()
        found += [password, authority[2].partition(":")[2], sent]
    return tuple(found)


def proxy_of(base_url: str) -> str:
    """Return the proxy that the environment sets for an address, without secrets, or nothing."""
    proxies = getproxies_environment()
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or is_loopback(base_url) or proxy_bypass(host):
        return ""
    variable = "ALL_PROXY" if parts.scheme not in proxies else f"{parts.scheme.upper()}_PROXY"
    return f"{shown(proxy)} ({variable})"


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

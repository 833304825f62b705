"""Certificates for servers on loopback, good ones and bad ones, made anew for each run."""

import datetime as dt
import ssl
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@cache
def _authority() -> Any:
    trustme = pytest.importorskip("trustme", reason="trustme, which makes certificates, is missing")
    return trustme.CA()


def write_authority(path: Path) -> Path:
    """Write the certificate of the authority that signs the good ones; return ``path``."""
    _authority().cert_pem.write_to_path(str(path))
    return path


def server_context(host: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
    """Return what a server for ``host`` presents. Skips the test without trustme."""
    until = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) if expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert(host, not_after=until).configure_cert(context)
    return context

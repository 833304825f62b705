"""What is fuzzed: each target takes bytes and fails when one of our promises is broken.

A target lets through the errors of ``rag.errors`` where they are promised, and nothing
else. ``__main__`` drives the targets with atheris, the tests with hypothesis and seeds.
"""

import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from rag.answering.citations import ClaimStream, parse_claims
from rag.answering.support import verify
from rag.answering.support.quantities import quantities
from rag.corpus import merge_all, read_papers, to_bibtex, to_jsonl, to_markdown_references, to_ris
from rag.errors import ConfigError, PapersError
from rag.pricing import load_prices
from rag.records import Paper, Reject
from rag.retrieval.filter_expressions import parse_filters
from rag.retrieval.query import CorpusFacts, understand
from rag.settings import load_settings
from rag.text.safe import for_csv, for_html, for_markdown, for_terminal, strip_links

Target = Callable[[bytes], None]

OFFERED = (1, 2, 3, 12)
_ABSTRACT = (
    "Zipper reduces token usage by 18.5% to 41.9% on AIME24 and GPQA without retraining. "
    "It outperforms Best-of-N by up to 6.1% and needs twice the memory of 12,000 runs."
)
_CORPUS = CorpusFacts(283, "2025-10-03", ("Google", "Tencent", "MIT"), 283, 283, 283, 283)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def readers(data: bytes) -> None:
    """Read the bytes as a file and put what comes of them through merging and export."""
    path = _scratch() / "file"
    path.write_bytes(data)
    try:
        items = list(read_papers(path))
    except PapersError as exc:
        items = [Reject("", 0, str(exc))]
    papers = [item for item in items if isinstance(item, Paper)]
    assert all(p.title or p.abstract for p in papers)
    assert all(r.reason and "\n" not in str(r) for r in items if isinstance(r, Reject))
    merged = merge_all(papers).papers
    for write in (to_bibtex, to_ris, to_jsonl, to_markdown_references):
        write(merged).encode()


def citations(data: bytes) -> None:
    """Parse the bytes as a model's answer, whole and in pieces: the claims are the same."""
    text = _text(data)
    whole = parse_claims(text, OFFERED)
    assert all(set(claim.numbers) <= set(OFFERED) for claim in whole)
    size = 1 + len(data) % 7
    stream = ClaimStream(OFFERED)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    streamed = [claim for piece in pieces for claim in stream.feed(piece)]
    assert [*streamed, *stream.close()] == whole


def numbers(data: bytes) -> None:
    """Read quantities out of the bytes, and hold them against an abstract both ways."""
    text = _text(data)
    for quantity in quantities(text):
        assert quantity.value == quantity.value, "NaN is no quantity"
    verify(text, "Zipper", _ABSTRACT)
    verify("It reduces token usage by 18.5%.", "Zipper", text)


def config(data: bytes) -> None:
    """Load the bytes as a config file, as prices and as settings of the environment."""
    home = _scratch()
    for name in ("papers.toml", "prices.toml"):
        (home / name).write_bytes(data)
    for load in (
        lambda: load_settings(config=home / "papers.toml", environ={}),
        lambda: load_prices(home),
        lambda: load_settings(environ=_environment(_text(data))),
    ):
        with suppress(ConfigError):
            load()


def questions(data: bytes) -> None:
    """Read the bytes as a question and as filters."""
    text = _text(data)
    understand(text, _CORPUS)
    with suppress(PapersError):
        parse_filters(text.split("\n")[:5])


def output(data: bytes) -> None:
    """Make the bytes safe for every kind of output."""
    text = _text(data)
    for shown in (for_terminal(text), for_html(text), for_markdown(text), for_csv(text)):
        assert not _UNSAFE.search(shown)
    assert not re.search(r"\]\(|!\[|://", strip_links(text))


TARGETS: Mapping[str, Target] = {
    function.__name__: function
    for function in (readers, citations, numbers, config, questions, output)
}


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="papers-fuzz-"))


def _text(data: bytes) -> str:
    """Return any text, odd characters made likely: lone surrogates and combining marks too."""
    text = data.decode("utf-8", "surrogateescape")
    return unicodedata.normalize("NFD", text) if data[:1] == b"\xcc" else text


def _environment(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.split("\n"))
    return {f"PAPERS_{name}": value for name, _, value in lines if name}

"""Ask a corpus of paper abstracts, and check every word of the answer.

The public names are loaded on first use, so that ``import rag`` stays cheap::

    from pathlib import Path
    from rag import open_app

    app = open_app(home="my-index")
    app.index.add([Path("papers.bib")])
    print(app.ask("What shortens reasoning?").text)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "Answer": "rag.records",
    "App": "rag.app",
    "Filters": "rag.retrieval.filters",
    "Paper": "rag.records",
    "PaperRetriever": "rag.retrieval.retriever",
    "PapersError": "rag.errors",
    "Settings": "rag.settings",
    "load_settings": "rag.settings",
    "open_app": "rag.app",
    "papers_tool": "rag.tool",
    "parse_filters": "rag.retrieval.filter_expressions",
    "read_papers": "rag.corpus",
    "to_bibtex": "rag.corpus",
    "to_jsonl": "rag.corpus",
    "to_ris": "rag.corpus",
}

__all__ = [
    "Answer",
    "App",
    "Filters",
    "Paper",
    "PaperRetriever",
    "PapersError",
    "Settings",
    "__version__",
    "load_settings",
    "open_app",
    "papers_tool",
    "parse_filters",
    "read_papers",
    "to_bibtex",
    "to_jsonl",
    "to_ris",
]

if TYPE_CHECKING:
    from rag.app import App, open_app
    from rag.corpus import read_papers, to_bibtex, to_jsonl, to_ris
    from rag.errors import PapersError
    from rag.records import Answer, Paper
    from rag.retrieval.filter_expressions import parse_filters
    from rag.retrieval.filters import Filters
    from rag.retrieval.retriever import PaperRetriever
    from rag.settings import Settings, load_settings
    from rag.tool import papers_tool


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return list(__all__)

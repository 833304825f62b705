"""One turn of our side of ``benchmarks.pipeline``: prints a line of JSON."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hashed import HashedEmbedder
from benchmarks.workers.turn import SAMPLE, ask_and_report
from rag.app import App, open_app
from rag.embedding import MiniLM, Passage
from rag.text.sentences import sentence_spans


def main() -> None:
    """Take the papers in when there are none, then ask."""
    collection, home = map(Path, sys.argv[1:])
    embedder = HashedEmbedder()
    app = open_app(home=home, embedder=embedder)
    ingested: dict[str, float] = {}
    if app.index.is_empty():
        start = time.perf_counter()
        app.index.add([collection])
        ingested["ingest"] = time.perf_counter() - start - embedder.seconds
        ingested["seconds_a_paper"] = _seconds_a_paper(app)
    ask_and_report(collection, app.search, ingested, app.index.catalogue.counts().papers)


def _seconds_a_paper(app: App) -> float:
    papers = [paper for _, paper in app.index.catalogue.iter_papers()][:SAMPLE]
    passages = [Passage(p.title, p.abstract, tuple(sentence_spans(p.abstract))) for p in papers]
    model = MiniLM()
    model.embed_query("warm")
    start = time.perf_counter()
    model.embed_passages(passages)
    return (time.perf_counter() - start) / len(passages)


if __name__ == "__main__":
    main()

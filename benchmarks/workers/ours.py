"""One turn of our side of ``benchmarks.pipeline``: prints a line of JSON."""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hashed import HashedEmbedder
from rag.app import App, open_app
from rag.embedding import MiniLM, Passage
from rag.text.sentences import sentence_spans

SAMPLE, QUESTIONS = 64, 60


def main() -> None:
    """Take the papers in when there are none, then ask."""
    collection, home = map(Path, sys.argv[1:])
    embedder = HashedEmbedder()
    app = open_app(home=home, embedder=embedder)
    result: dict[str, object] = {}
    if app.index.is_empty():
        start = time.perf_counter()
        app.index.add([collection])
        result["ingest"] = time.perf_counter() - start - embedder.seconds
        result["seconds_a_paper"] = _seconds_a_paper(app)
    questions = [
        json.loads(line)["text"] for line in (collection / "queries.jsonl").read_text().splitlines()
    ]
    app.search(questions[0])
    asked = []
    for question in questions[1 : QUESTIONS + 1]:
        start = time.perf_counter()
        app.search(question)
        asked.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    papers = app.index.catalogue.counts().papers
    print(json.dumps({**result, "papers": papers, "asked": asked, "memory": memory}))


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

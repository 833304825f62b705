"""The two kinds of process of a soak: a reader that lives long, writers that may be killed.

``serve`` answers requests, one JSON object a line; ``write`` adds a file or removes
papers, and prints a line for each batch of papers that is acknowledged. Which of them run
when, and what is expected of them, is the business of ``soak``.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.app import App, open_app
from rag.errors import LockedError
from rag.records import answer_to_dict
from rag.resources import sample_corpus
from tests.fakes import HashedEmbedder

NEAR = 40  # what each side of a search proposes
TOPICS = ("glaciers", "violins", "bees", "taxes", "proteins", "volcanoes", "bridges", "opals")


def opened(home: Path) -> App:
    """Return an app whose embedder hashes words: embedding is not what is soaked."""
    return open_app(home=home, embedder=HashedEmbedder())


def build(home: Path, numbers: Sequence[int]) -> int:
    """Fill a home with the sample corpus and made-up papers; return how many there are."""
    app = opened(home)
    made = write_papers(home.with_suffix(".jsonl"), numbers)
    app.index.add([*sample_corpus(), made])
    papers = app.index.catalogue.counts().papers
    app.index.close()
    return papers


def made_id(number: int) -> str:
    """Return the id of a made-up paper."""
    return f"soak-{number}"


def made_title(number: int) -> str:
    """Return the title of a made-up paper, which no other paper has.

    The number is part of a word: "Study 1935 of …" asks for the papers of a year.
    """
    return f"Study of {TOPICS[number % 8]} number{number}"


def write_papers(path: Path, numbers: Sequence[int]) -> Path:
    """Write made-up papers as JSON Lines; return ``path``."""
    with path.open("w", encoding="utf-8") as stream:
        for n in numbers:
            text = (
                f"We look at {TOPICS[n % 8]} in case{n}. The effect of case{n} is {n % 97} percent."
            )
            row = {"id": made_id(n), "title": made_title(n), "abstract": text}
            stream.write(json.dumps(row) + "\n")
    return path


def serve(home: Path) -> None:
    """Answer the requests on standard input until it ends."""
    app = opened(home)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_reply(app, request)), flush=True)


def _reply(app: App, request: dict[str, Any]) -> dict[str, Any]:
    if "ask" in request:
        answer = answer_to_dict(app.ask(request["ask"]))
        told = {key: answer[key] for key in ("answer", "claims", "sources", "abstained")}
        return {"answer": told, "generation": app.index.generation}
    if "find" in request:
        return _find(app, request["find"], request["id"])
    if "count" in request:
        return {"count": app.index.catalogue.counts().papers}
    if "papers" in request:
        return {"papers": [paper.paper_id for _, paper in app.index.catalogue.iter_papers()]}
    return {"findings": app.index.verify()}


def _find(app: App, title: str, paper_id: str) -> dict[str, Any]:
    """Search for a paper; where it is missing, tell what each side of the search makes of it."""
    found = app.search(title, k=5)
    if paper_id in (hit.paper.paper_id for hit in found.hits):
        return {"found": True}
    index, known = app.index, app.index.catalogue.find(paper_id)
    told = {
        "found": False, "generation": index.generation, "up_to_date": index.status()["up_to_date"],
        "in_catalogue": known is not None, "filters": found.filters, "notes": found.notes,
        "hits": [hit.paper.paper_id for hit in found.hits],
    }  # fmt: skip
    if known is not None:
        vector, num = index.embed_query(title), known[0]
        near = index.dense(vector, NEAR)
        exact = index.dense(vector, 1, allowed=np.asarray([num]))  # few: read, not searched
        told["near"] = num in (hit.chunk.paper_num for hit in near)
        told["cosine"] = [hit.score for hit in exact]
        told["farthest_of_near"] = near[-1].score if near else None
        told["lexical"] = num in (hit.paper_num for hit in index.lexical(title, NEAR))
    return told


def write(home: Path, action: str, words: Sequence[str]) -> None:
    """Add a file or remove papers, telling after each commit how many are acknowledged."""
    app = opened(home)
    print(f"opened with {app.index.catalogue.counts().papers} papers", flush=True)
    if action == "remove":
        app.index.remove(words)
        print("done", flush=True)
        return

    def tell(stage: str, done: int, _total: int | None) -> None:
        if stage == "reading":
            print(f"acknowledged {done}", flush=True)

    app.index.add([Path(words[0])], progress=tell)
    print("done", flush=True)


def resources(pid: int) -> tuple[float, int]:
    """Return the resident memory of a process in MB, and its number of open files."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def generations(home: Path) -> int:
    """Return how many generations of the index lie on disk."""
    return len([p for p in (home / "generations").iterdir() if p.name.isdecimal()])


def acknowledged(lines: Iterator[str]) -> int:
    """Return how many papers a writer had acknowledged by the end of its output."""
    counts = [int(line.split()[1]) for line in lines if line.startswith("acknowledged")]
    return max(counts, default=0)


if __name__ == "__main__":
    _command, place, *rest = sys.argv[1:]
    if _command == "serve":
        serve(Path(place))
    else:
        try:
            write(Path(place), _command, rest)
        except LockedError as exc:
            sys.exit(exc.exit_code)

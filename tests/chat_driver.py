"""A chat over three papers whose answers come slowly: ``python -m tests.chat_driver HOME``.

Tests run it in a pseudo-terminal of its own, interrupt it and kill it. ``--resume`` goes
on with the latest conversation.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rag.answering.answering import Answerer
from rag.answering.drafts import Draft, Reference
from rag.answering.writing import AnswerOptions, Written
from rag.app import App, open_app
from rag.chat.budget import Budget
from rag.chat.commands import complete
from rag.chat.conversation import Chat
from rag.chat.lines import Titles, open_lines
from rag.chat.loop import greet, run
from rag.chat.steering import show_resumed
from rag.chat.transcripts import FILE, Transcripts
from rag.cli.chat import TerminalScreen
from rag.pricing import load_prices
from rag.records import Paper, Retrieval, Verdict
from tests.fakes import HashedEmbedder

PAPERS = [
    Paper(
        "p1",
        "GrowNet: Growing Networks While Training",
        "Networks are wasteful. We propose GrowNet, which grows networks. It saves 40% of compute.",
        "2025-03-01",
    ),
    Paper(
        "p2",
        "Pruning Networks After Training",
        "Pruning removes weights from networks. We prune on CIFAR-10. Accuracy drops by 2%.",
        "2024-05-01",
    ),
    Paper(
        "p3", "A Survey of Whales", "Whales are large. We count whales in the ocean.", "2025-06-01"
    ),
]


class SlowWriter:
    """Quotes the best sentence of each paper, one every ``pause`` seconds."""

    def __init__(self, pause: float) -> None:
        self.pause = pause

    def write(
        self, question: str, retrieval: Retrieval, options: AnswerOptions
    ) -> Iterator[Written]:
        drafts: list[Draft] = []
        for hit in retrieval.hits:
            best = hit.evidence[0]
            drafts.append(Draft(best.text, (Reference(hit.paper, best, Verdict.SUPPORTED),)))
            yield Written(tuple(drafts), complete=False)
            time.sleep(self.pause)
        yield Written(tuple(drafts))


def open_slow_app(home: Path, pause: float) -> App:
    app = open_app(home=home, embedder=HashedEmbedder())
    if app.index.is_empty():
        app.index.add_papers(PAPERS)
    app.answerer = Answerer(app.searcher, SlowWriter(pause), AnswerOptions(threshold=0.0))
    return app


def main(home: Path, *, pause: float, resume: bool) -> int:
    app = open_slow_app(home, pause)
    chat = Chat(
        app,
        TerminalScreen(),
        budget=Budget(load_prices(home)),
        transcripts=Transcripts(home / FILE),
    )
    greet(chat)
    if resume:
        chat.resume()
        show_resumed(chat)
    titles = Titles(lambda: (paper.title for paper in PAPERS))
    return run(chat, open_lines(lambda line: complete(chat, line), titles, home / "chat_history"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), pause=float(sys.argv[2]), resume="--resume" in sys.argv))

"""From a file to a cited answer: ``python examples/ask.py FILE "question"``."""

import sys
from pathlib import Path

from rag import open_app

app = open_app(home=Path("my-corpus"))
app.index.add([Path(sys.argv[1])])
answer = app.ask(sys.argv[2])
print(answer.text)
for source in answer.sources:
    print(f"[{source.n}] {source.paper.title}")

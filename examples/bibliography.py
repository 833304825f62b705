"""BibTeX in, BibTeX of the cited papers out: ``bibliography.py LIBRARY.bib "question"``."""

import sys
from pathlib import Path

from rag import open_app, to_bibtex

app = open_app(home=Path("my-corpus"))
app.index.add([Path(sys.argv[1])])
answer = app.ask(sys.argv[2])
print(f"% {answer.text}")
print(to_bibtex(source.paper for source in answer.sources))

"""What a notebook shows: each ``show`` is a cell's last line.

In Jupyter the records are shown as HTML by themselves; here a page is written, so that
the example runs anywhere: ``notebook.py HOME PAGE.html``.
"""

import sys
from pathlib import Path
from typing import Protocol

from rag import open_app
from rag.themes import build_themes
from rag.themes.gather import gather


class Showable(Protocol):
    """What notebooks show as HTML."""

    def _repr_html_(self) -> str: ...


page = Path(sys.argv[2])
cells: list[str] = []


def show(value: Showable) -> None:
    """Add to the page what Jupyter would show for ``value``."""
    cells.append(value._repr_html_())


# %% Open a corpus
app = open_app(home=Path(sys.argv[1]))
app.ensure_corpus()

# %% Ask
answer = app.ask("Which methods reduce overthinking?")
show(answer)

# %% Every claim can be looked at
for claim in answer.claims:
    print(claim.verdict, "·", claim.citations[0].title)

# %% What is the corpus about?
papers, vectors = gather(app.index)
show(build_themes(papers, vectors))

page.write_text(f"<!doctype html><meta charset=utf-8>{'<hr>'.join(cells)}", encoding="utf-8")

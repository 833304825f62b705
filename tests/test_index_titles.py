"""Whoever types a paper's title finds the paper, whatever the title seems to ask for."""

from pathlib import Path

import pytest

from rag.app import App, open_app
from rag.records import Paper
from tests.fakes import HashedEmbedder

TITLES = (
    "The global burden of dengue: an analysis from the Global Burden of Disease Study 2013.",
    "Seroepidemiological survey of feline retrovirus infections in cats in Taiwan in 1993 and 1994",
    "Recent studies on the effect of cooling on boundary layer transition at Mach 4",
    "Natural Language Question-Answering Systems: 1969",
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = open_app(home=tmp_path / "home", embedder=HashedEmbedder())
    app.index.add_papers(
        Paper(f"p{n}", title, f"Abstract number {n}. It tells of what was done.", published="2016")
        for n, title in enumerate((*TITLES, "Dengue in other studies"))
    )
    return app


@pytest.mark.parametrize("title", [*TITLES, TITLES[0].upper(), TITLES[2].replace(" on", "  on")])
def test_a_title_is_searched_for_as_it_stands(app: App, title: str) -> None:
    found = app.search(title, k=1)
    assert found.hits[0].paper.title.casefold() == " ".join(title.split()).casefold()
    assert not found.filters
    app.index.close()


def test_what_is_no_title_still_sets_conditions(app: App) -> None:
    assert app.search("studies on dengue from 2013", k=1).filters["date_from"] == "2013-01-01"
    app.index.close()

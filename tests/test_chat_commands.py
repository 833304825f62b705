"""Every slash command, on a real small corpus; and the files that a conversation leaves."""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rag.app import open_app
from rag.chat.budget import Budget
from rag.chat.commands import COMMANDS, complete, run_command
from rag.chat.compare import NOT_STATED, points_of
from rag.chat.conversation import Chat
from rag.chat.exports import to_markdown
from rag.chat.lines import Titles, completions
from rag.chat.transcripts import Transcripts
from rag.cli.chat import TerminalScreen
from rag.errors import BudgetError, PapersError, UsageError
from rag.pricing import load_prices
from rag.records import Answer, Paper
from tests.chat_driver import open_slow_app
from tests.fakes import HashedEmbedder


class Listening:
    """A screen that keeps what it was asked to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show_answer(self, states: Iterator[Answer]) -> Answer:
        last = list(states)[-1]
        self.lines.append(last.text)
        return last

    def show_text(self, text: str, style: str = "") -> None:
        self.lines.append(text)

    def show_papers(self, numbered: Sequence[tuple[int, Paper]]) -> None:
        self.lines += [f"[{n}] {paper.title}" for n, paper in numbered]

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.lines += [" | ".join(row) for row in rows]

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    app = open_slow_app(tmp_path / "home", 0.0)

    def reopen(changes: dict[str, Any]) -> Any:
        return open_app(home=tmp_path / "home", overrides=changes, embedder=HashedEmbedder())

    talk = Chat(
        app,
        Listening(),
        budget=Budget(load_prices()),
        transcripts=Transcripts(tmp_path / "t.sqlite"),
        reopen=reopen,
    )
    yield talk
    talk.close()
    talk.app.index.close()


def said(chat: Chat, line: str) -> str:
    """Return what a line makes the chat show."""
    screen = chat.screen
    assert isinstance(screen, Listening)
    screen.lines.clear()
    if line.startswith("/"):
        run_command(chat, line)
    else:
        chat.ask(line)
    return "\n".join(screen.lines)


ASKED = "what grows networks while training?"


def test_sources_lists_what_was_cited_by_number(chat: Chat) -> None:
    assert "No source yet" in said(chat, "/sources")
    said(chat, ASKED)
    assert said(chat, "/sources").startswith("[1] ")


def test_why_shows_verdict_ranks_weights_and_the_effect_of_filters(chat: Chat) -> None:
    said(chat, "/filter since=2025")
    said(chat, ASKED)
    shown = said(chat, "/why 1")
    for part in ("verdict: supported", "rank: 1", "dense: rank", "weight", "2 of 3 papers pass"):
        assert part in shown


def test_open_shows_the_abstract(chat: Chat) -> None:
    said(chat, ASKED)
    n = chat.session.number("p1")
    assert "It saves 40% of compute." in said(chat, f"/open {n}")


@pytest.mark.parametrize("line", ["/open 99", "/open", "/why x", "/compare 1", "/similar 0"])
def test_a_wrong_number_is_told_with_the_right_ones(line: str, chat: Chat) -> None:
    said(chat, ASKED)
    with pytest.raises(UsageError, match="1 to 3"):
        said(chat, line)


def test_similar_lists_neighbours_and_not_the_paper_itself(chat: Chat) -> None:
    said(chat, ASKED)
    n = chat.session.number("p1")
    _header, *nearest = said(chat, f"/similar {n}").splitlines()
    assert len(nearest) == 2
    assert not any("GrowNet" in line for line in nearest)


def test_compare_puts_what_is_not_stated_into_words(chat: Chat) -> None:
    said(chat, ASKED)
    one, two = chat.session.number("p1"), chat.session.number("p2")
    shown = said(chat, f"/compare {one} {two}")
    assert "numbers | 40% | 2%" in shown
    assert f"data | {NOT_STATED}" in shown


def test_comparing_a_source_with_itself_is_a_slip(chat: Chat) -> None:
    said(chat, ASKED)
    with pytest.raises(UsageError, match="each source once"):
        said(chat, "/compare 1 1")


def test_the_numbers_of_a_list_are_no_figures() -> None:
    points = points_of(Paper("p", "T", "We make: 1) a tool, (ii) a test. 3) It saves 9% of time."))
    assert points["numbers"] == "9%"


def test_a_compared_cell_is_a_sentence_of_its_abstract() -> None:
    abstract = "However, X is slow. We propose Y. Y achieves 9% on the Z benchmark."
    points = points_of(Paper("p", "T", abstract))
    assert all(points[p] in abstract for p in ("problem", "method", "result", "data"))
    assert points["numbers"] == "9%"


def test_filters_hold_for_what_follows_are_shown_and_undone(chat: Chat) -> None:
    assert "since=2025" in said(chat, "/filter since=2025")
    assert "only papers: published since 2025" in said(chat, ASKED)
    assert chat.session.number("p2") is None
    said(chat, "/undo")
    assert "change of filters" in said(chat, "/undo")
    said(chat, ASKED)
    assert chat.session.number("p2") is not None


def test_an_unknown_filter_changes_nothing(chat: Chat) -> None:
    with pytest.raises(UsageError, match="did you mean org"):
        said(chat, "/filter orgg=x")
    assert chat.session.filters == ()


def test_a_rewritten_question_is_shown_and_can_be_asked_as_typed(chat: Chat) -> None:
    said(chat, ASKED)
    first = chat.session.turns[-1].papers[0].title.partition(":")[0]
    assert f"asked as: does {first} save compute" in said(chat, "does it save compute?")
    assert "asked as" not in said(chat, "/retry asis")
    assert [turn.typed for turn in chat.session.turns] == [ASKED, "does it save compute?"]


def test_retry_asks_again_with_the_filters_that_hold_now(chat: Chat) -> None:
    said(chat, ASKED)
    said(chat, "/filter since=2025")
    assert "only papers: published since 2025" in said(chat, "/retry")
    assert len(chat.session.turns) == 1
    assert chat.session.filters == ("since=2025",)


def test_strict_and_model_go_on_with_other_settings(chat: Chat) -> None:
    said(chat, "/strict on")
    assert chat.app.settings.answer.strict
    assert "No model" in said(chat, "/model none")
    assert chat.app.settings.answer.strict


def test_cost_tells_tokens_of_the_last_answer_and_of_all(chat: Chat) -> None:
    assert "Nothing has been asked" in said(chat, "/cost")
    said(chat, ASKED)
    assert "this chat, 1 answer: 0 tokens read" in said(chat, "/cost")


def test_a_saved_conversation_is_loaded_with_its_numbers(chat: Chat) -> None:
    said(chat, ASKED)
    before = chat.session.papers
    said(chat, "/save whales and nets")
    assert "1 question so far" in said(chat, "/load whales and nets")
    assert chat.session.papers == before


def test_themes_number_the_papers_they_show(chat: Chat) -> None:
    assert "papers are in a theme" in said(chat, "/themes")
    assert said(chat, "/sources").startswith("[1] ")


def test_export_writes_what_the_suffix_says_and_never_overwrites(
    chat: Chat, tmp_path: Path
) -> None:
    said(chat, ASKED)
    path = tmp_path / "talk.json"
    said(chat, f"/export {path}")
    assert json.loads(path.read_text())["turns"][0]["typed"] == ASKED
    with pytest.raises(UsageError, match="exists"):
        said(chat, f"/export {path}")
    with pytest.raises(UsageError, match=r"\.md, \.bib, \.json"):
        said(chat, "/export talk.doc")


def test_exported_bibtex_is_read_by_a_library(chat: Chat, tmp_path: Path) -> None:
    from bibtexparser.entrypoint import parse_string

    said(chat, ASKED)
    said(chat, f"/export {tmp_path / 'talk.bib'}")
    library = parse_string((tmp_path / "talk.bib").read_text(encoding="utf-8"))
    assert not library.failed_blocks
    titles = {entry["title"].strip("{}") for entry in library.entries}
    assert titles == {paper.title for paper in chat.session.papers}


def test_every_footnote_of_the_markdown_is_defined_once(chat: Chat) -> None:
    said(chat, ASKED)
    text = to_markdown(chat.session)
    used = {part.split("]")[0] for part in text.split("[^")[1:]}
    for n in used:
        assert text.count(f"\n[^{n}]: ") == 1


def test_every_command_has_help_and_an_unknown_one_a_suggestion(chat: Chat) -> None:
    for name, command in COMMANDS.items():
        assert command.summary in said(chat, f"/help {name}")
    with pytest.raises(UsageError, match="did you mean /sources"):
        said(chat, "/source5")


def test_a_beginning_that_several_commands_share_lists_them(chat: Chat) -> None:
    with pytest.raises(UsageError, match="/sources, /similar, /strict, /save"):
        said(chat, "/s")
    assert "No source yet" in said(chat, "/sou")


def test_commands_arguments_and_titles_are_completed(chat: Chat) -> None:
    said(chat, ASKED)
    assert complete(chat, "/so") == ["/sources"]
    assert complete(chat, "/open ") == ["1", "2", "3"]
    assert "org=" in complete(chat, "/filter since=2025 o")
    chat.app.index.add_papers([Paper("p5", "X", "Y is Z.", organisations=("Google", "TU Wien"))])
    assert complete(chat, "/filter org=") == ["org=", "org=google", 'org="tu wien"']
    assert "org=google" not in complete(chat, "/filter o")
    titles = Titles(lambda: [paper.title for paper in chat.session.papers])
    offered = list(completions("how does Prun", lambda _line: [], titles))
    assert offered == [("“Pruning Networks After Training”", 4)]


def test_a_question_over_the_limit_is_not_asked_and_not_noted(chat: Chat) -> None:
    chat.app = open_app(
        home=chat.app.index.home, overrides={"model.name": "gpt-5"}, embedder=HashedEmbedder()
    )
    chat.budget = Budget(load_prices(), 0.0001)
    with pytest.raises(BudgetError, match="max-cost"):
        chat.ask(ASKED)
    assert chat.session.turns == ()
    assert chat.number is None


def test_a_question_that_may_cost_much_says_so_before_it_is_asked(chat: Chat) -> None:
    asked = chat.app.answerer
    chat.app = open_app(
        home=chat.app.index.home,
        overrides={"model.name": "gpt-5", "model.context_tokens": 100_000},
        embedder=HashedEmbedder(),
    )
    chat.app.answerer = asked
    assert "this may cost up to $0." in said(chat, ASKED)


def test_a_new_generation_is_noticed_while_chatting(chat: Chat) -> None:
    said(chat, ASKED)
    chat.app.index.add_papers([Paper("p4", "On Otters", "Otters swim. We study otters.")])
    assert "it holds 4 papers now" in said(chat, "how do otters swim in rivers?")


def test_a_chat_without_transcripts_leaves_no_trace(tmp_path: Path) -> None:
    app = open_slow_app(tmp_path / "home", 0.0)
    before = {path.name for path in app.index.home.iterdir()}
    talk = Chat(app, Listening(), budget=Budget(load_prices()))
    talk.ask(ASKED)
    assert {path.name for path in app.index.home.iterdir()} == before
    with pytest.raises(PapersError, match="transcripts"):
        run_command(talk, "/load 1")
    app.index.close()


def test_markup_and_control_sequences_in_a_title_are_literal_or_gone() -> None:
    screen = TerminalScreen()
    out = io.StringIO()
    screen._console = Console(file=out, markup=False, highlight=False, force_terminal=False)
    screen.show_papers([(1, Paper("p", "A [/b] title \x1b]52;c;aGk=\x07 of \x9b31m", ""))])
    shown = out.getvalue()
    assert "[/b]" in shown
    assert not any(ord(sign) < 0x20 and sign not in "\n\t" for sign in shown)
    assert not any(0x7F <= ord(sign) <= 0x9F for sign in shown)

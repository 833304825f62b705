"""A session is a value: stable numbers, undo, and a way back from the transcript."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from rag.chat.exports import to_markdown
from rag.chat.followup import Context, rewrite
from rag.chat.restoring import question_body, restore
from rag.chat.session import Session, Turn, renumbered
from rag.chat.transcripts import Transcripts
from rag.errors import InputError, NewerVersionError
from rag.records import Answer, Citation, Claim, Paper, Source, Verdict, answer_to_dict

ONE, TWO, THREE = (Paper(name, f"Title of {name}", "Abstract.") for name in ("one", "two", "three"))


def answer(*papers: Paper) -> Answer:
    """Return an answer that cites each paper once, numbered from 1 as answers are."""
    claims = tuple(
        Claim(
            f"About {paper.paper_id}.",
            (Citation(n, paper.paper_id, paper.title, "Abstract.", 0, 9, Verdict.SUPPORTED),),
            Verdict.SUPPORTED,
        )
        for n, paper in enumerate(papers, 1)
    )
    sources = tuple(Source(n, paper) for n, paper in enumerate(papers, 1))
    return Answer("q", claims, sources)


def after(session: Session, typed: str, given: Answer) -> Session:
    numbered, papers = renumbered(given, session.papers)
    return session.with_turn(Turn(typed, rewrite(typed, session.context), numbered), papers)


def test_a_source_keeps_its_number_over_the_whole_conversation() -> None:
    session = after(after(Session(), "a", answer(ONE, TWO)), "b", answer(THREE, TWO))
    assert [session.number(p.paper_id) for p in (ONE, TWO, THREE)] == [1, 2, 3]
    cited = [c.n for claim in session.turns[-1].answer.claims for c in claim.citations]
    assert cited == [3, 2]


def test_the_papers_near_an_abstention_are_numbered_too() -> None:
    session = after(Session(), "a", Answer("q", abstained=True, nearest=(TWO,)))
    assert session.paper(1) == TWO


def test_undo_takes_back_a_turn_and_keeps_the_numbers() -> None:
    session = after(after(Session(), "a", answer(ONE)), "b", answer(TWO))
    undone = session.undone()
    assert undone is not None
    assert [turn.typed for turn in undone.turns] == ["a"]
    assert after(undone, "c", answer(THREE)).number("three") == 3


def test_undo_takes_back_a_change_of_filters() -> None:
    session = after(Session(), "a", answer(ONE)).with_filters(["since=2025"])
    undone = session.undone()
    assert undone is not None
    assert undone.filters == ()
    assert len(undone.turns) == 1


def test_markdown_of_hostile_text_renders_no_link_image_or_html() -> None:
    hostile = Paper(
        "h", "![x](http://e.vil/p.png) <script>[y](http://e.vil)", "A.", url="javascript:x"
    )
    markdown = to_markdown(after(Session(), "<b>see</b> [z](http://e.vil)", answer(hostile)))
    html = MarkdownIt().render(markdown)
    assert not any(tag in html for tag in ("<img", "<a ", "<script", "<b>"))
    assert "[^1]:" in markdown


def find(paper_id: str) -> Paper | None:
    return {p.paper_id: p for p in (ONE, TWO)}.get(paper_id)


def note_turn(log: Transcripts, number: int, typed: str, given: Answer, *, whole: bool) -> None:
    log.note(number, "question", question_body(typed, rewrite(typed, Context()), ()))
    for claim in answer_to_dict(given)["claims"]:
        log.note(number, "claim", claim)
    if whole:
        log.note(number, "answer", answer_to_dict(given))


def test_a_transcript_restores_turns_filters_undo_and_numbers(tmp_path: Path) -> None:
    log = Transcripts(tmp_path / "t.sqlite")
    number = log.begin()
    note_turn(log, number, "first question about networks", answer(ONE), whole=True)
    log.note(number, "filters", {"filters": ["since=2025"]})
    note_turn(log, number, "second question about whales", answer(THREE), whole=True)
    log.note(number, "undo", {})
    session = restore(log.events(number), find)
    assert [turn.typed for turn in session.turns] == ["first question about networks"]
    assert session.filters == ("since=2025",)
    assert session.turns[0].papers == (ONE,)
    assert session.number("three") == 2  # numbers outlive an undo
    log.close()


def test_an_answer_that_was_cut_short_keeps_the_claims_that_were_shown(tmp_path: Path) -> None:
    log = Transcripts(tmp_path / "t.sqlite")
    number = log.begin()
    note_turn(log, number, "a question about networks", answer(ONE, TWO), whole=False)
    last = restore(log.events(number), find).turns[-1].answer
    assert [claim.text for claim in last.claims] == ["About one.", "About two."]
    assert not last.complete
    log.close()


def test_a_process_killed_after_a_note_loses_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from rag.chat.transcripts import Transcripts;"
        "log = Transcripts(Path(sys.argv[1])); n = log.begin();"
        "log.note(n, 'question', {'typed': 'kept'}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "t.sqlite"
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    log = Transcripts(path)
    assert [c.first for c in log.conversations()] == ["kept"]
    log.close()


def test_the_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    log = Transcripts(path, secrets=["hunter2hunter2"])
    log.note(log.begin(), "question", {"typed": "sk-abcdefghijkl and hunter2hunter2"})
    log.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = path.read_bytes()
    assert b"hunter2" not in written
    assert b"sk-abcdef" not in written


def test_deleted_text_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    log = Transcripts(path)
    number = log.begin()
    log.note(number, "question", {"typed": "a very secret wish"})
    log.delete([number])
    log.close()
    assert b"secret wish" not in path.read_bytes()


def test_conversations_are_found_by_number_name_and_as_the_latest(tmp_path: Path) -> None:
    log = Transcripts(tmp_path / "t.sqlite")
    for typed in ("first", "second"):
        log.note(log.begin(), "question", {"typed": typed})
    log.rename(1, "my notes")
    assert (log.find(), log.find("1"), log.find("my notes")) == (2, 1, 1)
    with pytest.raises(InputError, match="there are 2, my notes"):
        log.find("other")
    log.close()


def test_search_finds_text_whatever_its_case(tmp_path: Path) -> None:
    log = Transcripts(tmp_path / "t.sqlite")
    log.note(log.begin(), "question", {"typed": "What is GRPO?", "question": "What is GRPO?"})
    assert [number for number, _ in log.search("grpo")] == [1]
    assert log.search("100%_") == []
    log.close()


def test_transcripts_of_a_newer_release_are_left_alone(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "t.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(NewerVersionError, match="newer release"):
        Transcripts(path)

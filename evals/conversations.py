"""Measure whether rewritten follow-ups find what questions written by hand find.

Each conversation is held as the chat would hold it. For every turn after the first, the
rewritten question and the self-contained one written by hand are searched; Success@5 is
1 when a relevant paper is among the first five. First questions of other conversations,
asked in the middle of this one, must be left as typed. The rules were tuned on the
conversations whose crc32(id) is even; the others are held out.
"""

import argparse
import json
import sys
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.binding import TitleResolver
from rag.app import App, open_app
from rag.chat.followup import Rewrite, rewrite
from rag.chat.session import Session, Turn, renumbered
from rag.errors import InputError
from rag.records import Answer, Retrieval

DEPTH = 5
FILE = "conversations.jsonl"
TUNING, HELD_OUT = "tuning", "held_out"


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a conversation as its writer noted it; ``relevant`` are paper ids."""

    question: str
    standalone: str
    kind: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A written conversation, and the half it belongs to."""

    name: str
    half: str
    turns: tuple[Said, ...]


def read_conversations(path: Path, resolver: TitleResolver) -> list[Scripted]:
    """Return the conversations of a file. Raises InputError with file:line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            turns = tuple(_said(turn, resolver) for turn in row["turns"])
            half = HELD_OUT if zlib.crc32(row["id"].encode()) % 2 else TUNING
            found.append(Scripted(row["id"], half, turns))
        except (ValueError, KeyError, TypeError) as exc:
            raise InputError(f"{path.name}:{number}: not a conversation: {exc!r}") from exc
    return found


def _said(turn: Mapping[str, Any], resolver: TitleResolver) -> Said:
    relevant = {resolver.find(r["title"]) for r in turn["relevant"] if r.get("grade", 2) > 0}
    known = frozenset(paper_id for paper_id in relevant if paper_id is not None)
    return Said(turn["question"], turn["standalone"], turn.get("kind", ""), known)


class _Corpus:
    """Searches and answers of an app, each made once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[str, Retrieval] = {}
        self._answers: dict[str, Answer] = {}

    def search(self, question: str) -> Retrieval:
        if question not in self._known:
            self._known[question] = self._app.search(question, k=10)
        return self._known[question]

    def finds(self, question: str, said: Said) -> int:
        hits = self.search(question).hits[:DEPTH]
        return int(any(hit.paper.paper_id in said.relevant for hit in hits))

    def after(self, session: Session, plan: Rewrite) -> Session:
        if plan.question not in self._answers:
            *_, answer = self._app.answerer.answer(self.search(plan.question), {})
            self._answers[plan.question] = answer
        numbered, papers = renumbered(self._answers[plan.question], session.papers)
        return session.with_turn(Turn(plan.question, plan, numbered), papers)


def evaluate_conversations(app: App, path: Path) -> dict[str, Any]:
    """Return Success@5 of rewritten and of hand-written questions, by half and by kind.

    ``app`` should quote rather than ask a model: its answers only supply what follow-ups
    point at. Raises InputError.
    """
    papers = (paper for _, paper in app.index.catalogue.iter_papers())
    conversations = read_conversations(path, TitleResolver(papers))
    corpus = _Corpus(app)
    rows = [row for scripted in conversations for row in _held(corpus, scripted)]
    kinds = dict.fromkeys(str(row["kind"]) for row in rows)
    halves = {half: [c for c in conversations if c.half == half] for half in (TUNING, HELD_OUT)}
    return {
        "schema": 1,
        "kind": "conversations",
        "conversations": len(conversations),
        "halves": {
            half: {
                **_scores([row for row in rows if row["half"] == half]),
                "left_alone": _left_alone(corpus, some),
            }
            for half, some in halves.items()
        },
        "by_kind": {kind: _scores([r for r in rows if r["kind"] == kind]) for kind in kinds},
        "turns": rows,
    }


def _held(corpus: _Corpus, scripted: Scripted) -> Iterable[dict[str, Any]]:
    session = Session()
    for position, said in enumerate(scripted.turns):
        plan = rewrite(said.question, session.context)
        if position:
            yield {
                "id": f"{scripted.name}-{position + 1}",
                "half": scripted.half,
                "kind": said.kind,
                "typed": said.question,
                "asked": plan.question,
                "rewritten": corpus.finds(plan.question, said),
                "by_hand": corpus.finds(said.standalone, said),
            }
        session = corpus.after(session, plan)


def _left_alone(corpus: _Corpus, conversations: Sequence[Scripted]) -> dict[str, int]:
    """Count first questions that stay as typed after the first question of another."""
    kept = 0
    firsts = [c.turns[0].question for c in conversations]
    for before, question in zip(firsts, firsts[1:] + firsts[:1], strict=True):
        session = corpus.after(Session(), rewrite(before, Session().context))
        kept += not rewrite(question, session.context).changed
    return {"n": len(firsts), "kept": kept}


def _scores(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    n = len(rows)
    ours, by_hand = (sum(int(row[key]) for row in rows) for key in ("rewritten", "by_hand"))
    return {
        "n": n,
        "rewritten": ours / n if n else None,
        "by_hand": by_hand / n if n else None,
        "ratio": ours / by_hand if by_hand else None,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report on the shipped conversations over the sample corpus, turns left out."""
    parser = argparse.ArgumentParser(prog="python -m evals.conversations")
    parser.add_argument("--home", type=Path, help="a built home; the sample corpus when left out")
    parser.add_argument("--turns", action="store_true", help="print every turn, too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        app = open_app(home=given.home or folder, overrides={"model.name": "none"})
        app.ensure_corpus()
        report = evaluate_conversations(app, Path(__file__).parent / "questions" / FILE)
        app.index.close()
    turns = report.pop("turns")
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    for turn in turns if given.turns else ():
        sys.stdout.write(json.dumps(turn, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

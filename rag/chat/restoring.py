"""Turn the events of a transcript back into a session, as far as the chat had come.

The inverse of what ``conversation`` notes. Papers come from the catalogue; one that has
gone since is shown by its title alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rag.chat.followup import Kind, Rewrite
from rag.chat.session import Session, Turn, renumbered
from rag.chat.transcripts import Event
from rag.records import Answer, Citation, Claim, Paper, Reason, Source, Usage, Verdict

FindPaper = Callable[[str], Paper | None]


def question_body(turn_typed: str, rewrite: Rewrite, filters: Sequence[str]) -> dict[str, Any]:
    """Return the body of a "question" event."""
    return {
        "typed": turn_typed,
        "question": rewrite.question,
        "kind": rewrite.kind.value,
        "topic": rewrite.topic,
        "narrowings": list(rewrite.narrowings),
        "worded_by": rewrite.worded_by,
        "filters": list(filters),
    }


def restore(events: Iterable[Event], find: FindPaper) -> Session:
    """Return the session that the events led to; a turn cut short is kept as incomplete."""
    replay = _Replay(find)
    for event in events:
        replay.take(event)
    replay.cut_short()
    return replay.session


class _Replay:
    """A conversation on its way back: the session so far, and the question under way."""

    def __init__(self, find: FindPaper) -> None:
        self.session = Session()
        self._find = find
        self._asked: Mapping[str, Any] | None = None
        self._claims: list[Claim] = []

    def take(self, event: Event) -> None:
        if event.kind == "claim":
            self._claims.append(claim_from_dict(event.body))
        elif event.kind == "answer":
            self._end(answer_from_dict(event.body, self._find))
        elif event.kind == "failed" and not self._claims:
            self._asked = None  # nothing was shown
        else:
            self.cut_short()
            self._change(event)

    def cut_short(self) -> None:
        """End the question under way, if there is one, with the claims that were shown."""
        if self._asked:
            self._end(_cut_short(self._asked["question"], self._claims, self._find))

    def _change(self, event: Event) -> None:
        if event.kind == "question":
            self._asked, self._claims = event.body, []
        elif event.kind == "filters":
            self.session = self.session.with_filters(event.body["filters"])
        elif event.kind == "numbered":
            papers = [_paper(p["paper_id"], p["title"], self._find) for p in event.body["papers"]]
            self.session = self.session.with_papers(papers)
        elif event.kind == "undo":
            self.session = self.session.undone() or self.session

    def _end(self, answer: Answer) -> None:
        if self._asked:
            self.session = _with_turn(self.session, self._asked, answer)
        self._asked, self._claims = None, []


def _with_turn(session: Session, asked: Mapping[str, Any], answer: Answer) -> Session:
    rewrite = Rewrite(
        asked["question"], Kind(asked["kind"]), asked["topic"], tuple(asked["narrowings"]),
        asked.get("worded_by", ""),
    )  # fmt: skip
    numbered, papers = renumbered(answer, session.papers)
    turn = Turn(asked["typed"], rewrite, numbered, tuple(asked["filters"]))
    return session.with_turn(turn, papers)


def _cut_short(question: str, claims: Sequence[Claim], find: FindPaper) -> Answer:
    cited = {c.paper_id: c for claim in claims for c in claim.citations}
    sources = tuple(Source(c.n, _paper(c.paper_id, c.title, find)) for c in cited.values())
    return Answer(question, tuple(claims), sources, complete=False)


def answer_from_dict(values: Mapping[str, Any], find: FindPaper) -> Answer:
    """Return the answer that ``answer_to_dict`` described."""
    usage = values["usage"]
    return Answer(
        question=values["question"],
        claims=tuple(claim_from_dict(claim) for claim in values["claims"]),
        sources=tuple(
            Source(s["n"], _paper(s["paper_id"], s["title"], find)) for s in values["sources"]
        ),
        abstained=values["abstained"],
        reason=Reason(values["reason"]) if values["reason"] else None,
        explanation=values["answer"] if values["abstained"] else "",
        nearest=tuple(_paper(p["paper_id"], p["title"], find) for p in values["nearest"]),
        confidence=values["confidence"],
        invalid_citations=tuple(values["invalid_citations"]),
        dropped=tuple(claim_from_dict(claim) for claim in values["dropped"]),
        complete=values["complete"],
        usage=Usage(
            usage["input_tokens"], usage["output_tokens"], usage["cost_usd"], usage["seconds"]
        ),
        trace=values["trace"],
    )


def claim_from_dict(values: Mapping[str, Any]) -> Claim:
    """Return the claim that stands in the machine form of an answer."""
    citations = tuple(
        Citation(**{**citation, "verdict": Verdict(citation["verdict"])})
        for citation in values["citations"]
    )
    return Claim(values["text"], citations, Verdict(values["verdict"]), values["why"])


def _paper(paper_id: str, title: str, find: FindPaper) -> Paper:
    return find(paper_id) or Paper(paper_id, title, "")

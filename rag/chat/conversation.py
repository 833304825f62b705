"""The chat at work: one question through rewriting, budget, answer, transcript and screen.

What can be typed besides questions stands in ``commands``; reading lines in ``loop``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.chat.budget import Budget
from rag.chat.followup import Kind, Rewrite, rewrite
from rag.chat.restoring import question_body, restore
from rag.chat.screen import Screen
from rag.chat.session import Session, Turn, renumbered
from rag.chat.transcripts import Transcripts
from rag.errors import PapersError, StorageError
from rag.records import Answer, Paper, answer_to_dict

if TYPE_CHECKING:
    from rag.app import App

Reopen = Callable[[dict[str, Any]], "App"]


class Chat:
    """One conversation with one corpus, shown on one screen."""

    def __init__(
        self,
        app: "App",
        screen: Screen,
        *,
        budget: Budget,
        transcripts: Transcripts | None = None,
        reopen: Reopen | None = None,
    ) -> None:
        """``reopen`` makes an app with other settings, for /model and /strict."""
        self.app = app
        self.screen = screen
        self.budget = budget
        self.transcripts = transcripts
        self.reopen = reopen
        self.session = Session()
        self.number: int | None = None  # of the conversation in the transcripts
        self.leaving = False
        self._generation = app.index.generation
        self._changes: dict[str, Any] = {}  # of settings, made in this chat

    def ask(self, typed: str, *, as_typed: bool = False) -> Answer | None:
        """Answer what was typed; None when it was stopped. Raises PapersError."""
        self._notice_changes()
        plan = self._plan(typed, as_typed)
        self.budget.check(self.app.settings.model, question_tokens=len(plan.question))
        filters = self.session.filters
        if plan.changed:
            self.screen.note(f"asked as: {plan.question}")
        self.record("question", question_body(typed, plan, filters))
        return self._answered(Turn(typed, plan, Answer(plan.question, complete=False), filters))

    def _plan(self, typed: str, as_typed: bool) -> Rewrite:
        if as_typed:
            return Rewrite(typed, Kind.NEW, typed)
        return rewrite(typed, self.session.context)

    def _answered(self, turn: Turn) -> Answer | None:
        """Show the answer; keep as much of it as was shown, whatever ends it."""
        growing = _Growing(self, turn)
        try:
            answer = self.screen.show_answer(growing.states())
        except KeyboardInterrupt:
            self.record("stopped", {})
            growing.keep()
            self.screen.note("stopped; the next question may follow")
            return None
        except PapersError as exc:
            self.record("failed", {"error": str(exc)})
            growing.keep()
            raise
        self.record("answer", answer_to_dict(answer))
        growing.keep()
        self.budget = self.budget.after(answer, self.app.settings.model)
        if answer.abstained and answer.nearest:
            self.screen.show_text("Nearest papers:", "dim")
            self.screen.show_papers(self.number_papers(answer.nearest))
        return answer

    def _notice_changes(self) -> None:
        now = self.app.index.generation
        if now != self._generation:
            self._generation = now
            papers = self.app.index.catalogue.counts().papers
            self.screen.note(f"the index has changed: it holds {papers} papers now")

    def filters_of(self, expressions: Sequence[str]) -> Any:
        """Return the filters that expressions set, None for none. Raises UsageError."""
        if not expressions:
            return None
        from rag.retrieval.filter_expressions import parse_filters

        return parse_filters(list(expressions))

    def set_filters(self, expressions: Sequence[str]) -> None:
        """Let these filters hold from now on. Raises UsageError."""
        self.filters_of(expressions)
        self.session = self.session.with_filters(expressions)
        self.record("filters", {"filters": list(expressions)})

    def undo(self) -> Turn | None:
        """Take back the last turn or change of filters; return the turn if it was one."""
        before = self.session.undone()
        if before is None:
            return None
        gone = self.session.turns[len(before.turns) :]
        self.session = before
        self.record("undo", {})
        return gone[0] if gone else None

    def number_papers(self, papers: Sequence[Paper]) -> list[tuple[int, Paper]]:
        """Give the papers numbers of this conversation, for good; return them numbered."""
        before = len(self.session.papers)
        self.session = self.session.with_papers(papers)
        fresh = self.session.papers[before:]
        if fresh and self.number is not None:
            listed = [{"paper_id": p.paper_id, "title": p.title} for p in fresh]
            self.record("numbered", {"papers": listed})
        numbers = [(self.session.number(p.paper_id), p) for p in papers]
        return [(n, paper) for n, paper in numbers if n is not None]

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Go on with other settings, e.g. ``{"answer.strict": True}``. Raises PapersError."""
        if self.reopen is None:
            raise PapersError("the settings of this chat cannot be changed")
        changes = {**self._changes, **changes}
        app = self.reopen(changes)
        _ = app.answerer  # connects: a wrong name is told now, and nothing has changed
        self.app, self._changes = app, changes

    def record(self, kind: str, body: dict[str, Any]) -> None:
        """Write an event to the transcript, if there is one; a full disk ends it with a note."""
        if self.transcripts is None:
            return
        try:
            if self.number is None:
                self.number = self.transcripts.begin()
            self.transcripts.note(self.number, kind, body)
        except StorageError as exc:
            self.transcripts = None
            self.screen.note(f"{exc}; this chat is no longer written down")

    def resume(self, wanted: str = "") -> None:
        """Go on with a conversation by number or name, "" being the latest. Raises PapersError."""
        if self.transcripts is None:
            raise PapersError("transcripts are off in this chat; start it without --no-transcript")
        number = self.transcripts.find(wanted)
        self.session = restore(self.transcripts.events(number), self._find)
        self.number = number

    def _find(self, paper_id: str) -> Paper | None:
        found = self.app.index.catalogue.find(paper_id)
        return found[1] if found else None

    def close(self) -> None:
        """Close the transcript."""
        if self.transcripts is not None:
            with suppress(PapersError):
                self.transcripts.close()


class _Growing:
    """An answer under way: numbered for this conversation, and noted before it is shown."""

    def __init__(self, chat: Chat, turn: Turn) -> None:
        self._chat = chat
        self._turn = turn
        self._papers = chat.session.papers
        self._noted = 0

    def states(self) -> Iterator[Answer]:
        """Yield the states of the answer with the conversation's numbers."""
        chat, turn = self._chat, self._turn
        states = chat.app.stream(turn.rewrite.question, filters=chat.filters_of(turn.filters))
        for first, state in enumerate(states):
            if not first and (read := state.trace.get("filters")):
                chat.screen.note(f"only papers: {in_words(read)}")
            answer, self._papers = renumbered(state, chat.session.papers)
            # Until the answer is known to be whole, what is kept of it is incomplete.
            self._turn = replace(turn, answer=replace(answer, complete=False))
            self._note_claims(answer)
            yield answer
            self._turn = replace(turn, answer=answer)

    def _note_claims(self, answer: Answer) -> None:
        for claim in answer_to_dict(answer)["claims"][self._noted :]:
            self._chat.record("claim", claim)
        self._noted = max(self._noted, len(answer.claims))

    def keep(self) -> None:
        """Make what was shown the last turn of the session."""
        if self._turn.answer.claims or self._turn.answer.abstained:
            self._chat.session = self._chat.session.with_turn(self._turn, self._papers)


def in_words(filters: Mapping[str, Any]) -> str:
    """Return the filters of a retrieval as people say them."""
    from rag.retrieval.filters import Filters, describe

    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in filters.items()}
    return describe(Filters(**values))

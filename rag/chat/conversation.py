"""The chat at work: one question through rewriting, budget, answer, transcript and screen.

What can be typed besides questions stands in ``commands``; reading lines in ``loop``.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rag.chat.budget import EXPENSIVE, Budget, dollars
from rag.chat.followup import Kind, Rewrite, rewrite
from rag.chat.growing import Growing
from rag.chat.restoring import question_body, restore
from rag.chat.rewording import Reworded, Reworder, Wording, request_for
from rag.chat.screen import Screen
from rag.chat.session import Session, Turn
from rag.chat.transcripts import Transcripts
from rag.errors import ModelError, ModelRefusedError, PapersError, StorageError
from rag.records import Answer, Paper, Usage, answer_to_dict

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
        self._reworder: Reworder | None = None
        self._reworder_of: App | None = None

    def ask(self, typed: str, *, wording: Wording = Wording.MODEL) -> Answer | None:
        """Answer what was typed; None when it was stopped. Raises PapersError."""
        self.notice_changes()
        made = self._planned(typed, wording)
        plan, filters = made.plan, self.session.filters
        self._warn_of_cost(plan)
        if made.note:
            self.screen.note(made.note)
        if plan.changed:
            by = " (in the model's words)" if plan.worded_by else ""
            self.screen.note(f"asked as{by}: {plan.question}")
        self.record("question", question_body(typed, plan, filters))
        begun = Answer(plan.question, complete=False, usage=made.usage)
        turn = Turn(typed, plan, begun, filters)
        return self._answered(turn, made)

    def _warn_of_cost(self, plan: Rewrite) -> None:
        most = self.budget.most(self.app.settings.model, question_tokens=len(plan.question))
        if most is not None and most >= EXPENSIVE:
            self.screen.note(f"this may cost up to {dollars(most)}; Ctrl-C stops it")

    def _planned(self, typed: str, wording: Wording) -> Reworded:
        """Return what to ask; nothing is sent before the budget allows all of it."""
        settings = self.app.settings.model
        if wording is Wording.AS_TYPED:
            plan = Rewrite(typed, Kind.NEW, typed)
        else:
            plan = rewrite(typed, self.session.context)
        reworder = self._reworder_now() if plan.changed and wording is Wording.MODEL else None
        if reworder is None:
            self.budget.check(settings, question_tokens=len(plan.question))
            return Reworded(plan)
        request = request_for(typed, plan, self.session)
        self.budget.check(
            settings, question_tokens=len(plan.question), wording_tokens=request.tokens
        )
        try:
            return reworder.reword(typed, plan, self.session, request)
        except KeyboardInterrupt:
            self.budget = self.budget.after_wording(Usage(request.tokens), settings)
            raise

    def _reworder_now(self) -> Reworder | None:
        """Return the model that words follow-ups, None without one or when it keeps failing."""
        if self._reworder_of is not self.app:
            self._reworder_of, model = self.app, self.app.model
            self._reworder = Reworder(model) if model else None
        return self._reworder if self._reworder and self._reworder.willing else None

    def _answered(self, turn: Turn, made: Reworded) -> Answer | None:
        """Show the answer; keep as much of it as was shown, whatever ends it."""
        growing = Growing(self, turn, made)
        try:
            answer = self.screen.show_answer(growing.states())
        except KeyboardInterrupt:
            self.record("stopped", {})
            growing.keep()
            self.budget = self.budget.after_stop(growing.answer, self.app.settings.model)
            self.screen.note(" stopped; the next question may follow")
            return None
        except PapersError as exc:
            self.record("failed", {"error": str(exc)})
            growing.keep()
            if isinstance(exc, ModelError) and not isinstance(exc, ModelRefusedError):
                self.budget = self.budget.after_stop(growing.answer, self.app.settings.model)
            raise
        self.record("answer", answer_to_dict(answer))
        growing.keep()
        self.budget = self.budget.after(answer, self.app.settings.model)
        if answer.abstained and answer.nearest:
            self.screen.show_text("Nearest papers:", "dim")
            self.screen.show_papers(self.number_papers(answer.nearest))
        return answer

    def notice_changes(self) -> None:
        """Say so when another process has changed the corpus. Raises PapersError."""
        now = self.app.index.generation
        if now != self._generation:
            self._generation = now
            papers = self.app.index.catalogue.counts().papers
            self.screen.note(f"the index has changed: it holds {papers:,} papers now")

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
            raise PapersError("transcripts are off in this chat; start it without --no-transcripts")
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

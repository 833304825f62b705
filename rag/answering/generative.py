"""Answer with a model: numbered abstracts in, cited claims out, each checked as it completes.

The model sees numbers, never ids or titles to repeat; code turns its numbers into papers.
What it claims is held against the abstract it cites; what fails is sent back once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.answering.checking import check_claim
from rag.answering.citations import ClaimStream, ParsedClaim, parse_claims
from rag.answering.context import Context, pack_context
from rag.answering.drafts import Draft
from rag.answering.writing import AnswerOptions, Written
from rag.errors import ContextTooLongError, ModelError
from rag.prompts import Prompt, load_prompt
from rag.records import Retrieval, Usage, Verdict
from rag.text.tokens import default_counter

if TYPE_CHECKING:
    from rag.models import GuardedModel
    from rag.outside.replies import Reply

NOT_ANSWERED = "NOT ANSWERED"
MOST_CLAIMS = 60  # a longer answer is no answer; what follows is left out
_SHRINK = 3  # by how much the context shrinks when the model finds it too long
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)])\s+")


@dataclass(slots=True)
class _Progress:
    """An answer under way: what of the reply has been read, and the drafts made of it."""

    context: Context
    stream: ClaimStream
    read: str = ""
    drafts: list[Draft] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)

    def add(self, claims: Sequence[ParsedClaim]) -> bool:
        """Check new claims; return whether there is a draft that was not there before."""
        before = len(self.drafts)
        for claim in claims:
            self.invalid += claim.invalid
            if claim.text and len(self.drafts) < MOST_CLAIMS:
                draft = check_claim(claim, self.context)
                self.drafts += [draft] if draft not in self.drafts else []
        return len(self.drafts) > before


class GenerativeWriter:
    """Asks a chat model."""

    def __init__(
        self, model: "GuardedModel", context_tokens: int, *, prompt: str = "answer.md"
    ) -> None:
        """``context_tokens`` is the most evidence that is sent.

        ``prompt`` is a prompt file with the variables of ``answer.md``.
        """
        self._model = model
        self._budget = context_tokens
        self._prompt_file = prompt

    @cached_property
    def _prompt(self) -> Prompt:
        return load_prompt(self._prompt_file)

    @cached_property
    def _repair(self) -> Prompt:
        return load_prompt("repair.md")

    def write(
        self, question: str, retrieval: Retrieval, options: AnswerOptions
    ) -> Iterator[Written]:
        """Yield the answer claim by claim, each verified; the last state is final.

        One deadline holds for all that is sent. Raises ModelError.
        """
        hits = retrieval.hits[: options.papers]
        counter, deadline = default_counter(), self._model.deadline()
        context = pack_context(hits, counter, self._budget)
        try:
            yield from self._write(question, context, deadline)
        except ContextTooLongError:
            # Less by an abstract or two may be enough, but attempts take time: once, boldly.
            fewer = pack_context(hits, counter, counter.count(context.text) // _SHRINK)
            yield from self._write(question, fewer, deadline)

    def _write(self, question: str, context: Context, deadline: float) -> Iterator[Written]:
        messages = self._prompt.render({"question": question, "context": context.text})
        progress = _Progress(context, ClaimStream(context.offered))
        reply: Reply | None = None
        for reply in self._model.stream(
            _messages(messages), deadline=deadline, numbers=tuple(context.offered)
        ):
            progress = _caught_up(progress, reply.text)
            fresh = progress.stream.feed(reply.text[len(progress.read) :])
            progress.read = reply.text
            if progress.add(fresh):
                yield self._state(progress, reply, complete=False)
        if reply is None:
            return
        if _declined(reply.text):
            empty = _Progress(context, progress.stream)
            yield replace(self._state(empty, reply, complete=True), declined=True)
            return
        progress.add(progress.stream.close())
        state = self._state(progress, reply, complete=reply.complete)
        if reply.complete and any(_failed(draft) for draft in state.drafts):
            yield replace(state, complete=False)
            state = self._repaired(state, context, deadline)
        yield state

    def _state(self, progress: _Progress, reply: "Reply", *, complete: bool) -> Written:
        context = progress.context
        trace: dict[str, Any] = {
            "model": reply.model,
            "model_asked": self._model.name,
            "finish_reason": reply.finish_reason,
            "prompt": {self._prompt.name: self._prompt.sha256},
            "offered": {str(n): hit.paper.paper_id for n, hit in context.offered.items()},
            "instructions_in_abstracts": {k: list(v) for k, v in context.instructions.items()},
            "almost_equal": {k: [p.paper_id for p in v] for k, v in context.twins.items()},
            "tokens_estimated": reply.estimated,
        }
        if reply.failure:
            trace["broke_off"] = reply.failure
        return Written(
            drafts=tuple(progress.drafts),
            invalid=tuple(progress.invalid),
            complete=complete,
            usage=_usage(reply, context),
            trace=tuple(trace.items()),
        )

    def _repaired(self, state: Written, context: Context, deadline: float) -> Written:
        """Send back what failed, with the reasons, once; keep what comes back supported.

        The answer stands without it: a failure here is noted in the trace and no more.
        """
        failed = [draft for draft in state.drafts if _failed(draft)]
        listed = "\n".join(f"{i}. {d.text} ({_reason(d)})" for i, d in enumerate(failed, 1))
        messages = _messages(self._repair.render({"claims": listed, "context": context.text}))
        try:
            *_, reply = self._model.stream(messages, deadline=deadline)
        except ModelError as exc:
            return replace(state, trace=(*state.trace, ("repair", f"failed: {exc}")))
        if not reply.complete:
            return replace(state, trace=(*state.trace, ("repair", "incomplete")))
        better = _corrections(reply.text, failed, context)
        note = {"prompt": {self._repair.name: self._repair.sha256}, "asked": len(failed)}
        return replace(
            state,
            drafts=tuple(dict.fromkeys(better.get(d.text, d) for d in state.drafts)),
            usage=_sum(state.usage, _usage(reply, context)),
            trace=(*state.trace, ("repair", {**note, "repaired": len(better)})),
        )


def _caught_up(progress: _Progress, text: str) -> _Progress:
    """Return the progress to go on with; a new one when the reply took back what it said."""
    if text.startswith(progress.read):
        return progress
    return _Progress(progress.context, ClaimStream(progress.context.offered))


def _corrections(text: str, failed: Sequence[Draft], context: Context) -> dict[str, Draft]:
    """Return the supported corrections by the text of what they correct, line for line.

    A reply with another number of lines cannot be matched and corrects nothing.
    """
    lines = [_LIST_MARK.sub("", line).strip() for line in text.splitlines() if line.strip()]
    if len(lines) != len(failed):
        return {}
    found: dict[str, Draft] = {}
    for line, draft in zip(lines, failed, strict=True):
        claims = [c for c in parse_claims(line, context.offered) if c.text]
        if len(claims) == 1:
            corrected = check_claim(claims[0], context)
            if not _failed(corrected):
                found[draft.text] = corrected
    return found


def _messages(pairs: Sequence[tuple[str, str]]) -> list[Any]:
    from langchain_core.messages import HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage}
    return [kinds[role](text) for role, text in pairs]


def _declined(text: str) -> bool:
    return text.strip().strip(".*\"'").upper().startswith(NOT_ANSWERED)


def _failed(draft: Draft) -> bool:
    return all(ref.verdict is Verdict.UNSUPPORTED for ref in draft.references)


def _reason(draft: Draft) -> str:
    return "; ".join(ref.why for ref in draft.references if ref.why) or "it cites no abstract"


def _usage(reply: "Reply", context: Context) -> Usage:
    if reply.estimated:
        counter = default_counter()
        return Usage(counter.count(context.text), counter.count(reply.text))
    return Usage(reply.input_tokens, reply.output_tokens)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens)

"""Answer with a model: numbered abstracts in, cited claims out, each checked as it completes.

The model sees numbers, never ids or titles to repeat; code turns its numbers into papers.
What it claims is held against the abstract it cites; what fails is sent back once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.answering.citations import ClaimStream, ParsedClaim
from rag.answering.drafts import Draft, Reference
from rag.answering.support import verify
from rag.answering.writing import AnswerOptions, Written
from rag.errors import ContextTooLongError
from rag.prompts import Prompt, load_prompt
from rag.records import Hit, Retrieval, Usage, Verdict
from rag.text.safe import find_instructions, strip_links
from rag.text.tokens import TokenCounter, default_counter

if TYPE_CHECKING:
    from rag.models import GuardedModel, Reply

NOT_ANSWERED = "NOT ANSWERED"


@dataclass(frozen=True, slots=True)
class Context:
    """The evidence of one prompt: the hits by the number they are offered under."""

    offered: Mapping[int, Hit]
    text: str


def pack_context(hits: Sequence[Hit], counter: TokenCounter, budget: int) -> Context:
    """Return as many whole abstracts as fit ``budget`` tokens, best first, at least one."""
    offered: dict[int, Hit] = {}
    blocks: list[str] = []
    spent = 0
    for n, hit in enumerate(hits, 1):
        block = _block(n, hit)
        cost = counter.count(block)
        if offered and spent + cost > budget:
            break
        offered[n] = hit
        blocks.append(block)
        spent += cost
    return Context(offered, "\n\n".join(blocks))


def _block(n: int, hit: Hit) -> str:
    # A closing tag inside an abstract would end the quoted part of the prompt.
    body = f"{hit.paper.title}\n{hit.paper.abstract}".replace("<", "‹").replace(">", "›")
    return f"[{n}] {body}"


class GenerativeWriter:
    """Asks a chat model."""

    def __init__(self, model: "GuardedModel", context_tokens: int) -> None:
        """``context_tokens`` is the most evidence that is sent."""
        self._model = model
        self._budget = context_tokens

    @cached_property
    def _prompt(self) -> Prompt:
        return load_prompt("answer.md")

    @cached_property
    def _repair(self) -> Prompt:
        return load_prompt("repair.md")

    def write(
        self, question: str, retrieval: Retrieval, options: AnswerOptions
    ) -> Iterator[Written]:
        """Yield the answer claim by claim, each verified; the last state is final."""
        hits = retrieval.hits[: options.papers]
        try:
            yield from self._write(question, hits, self._budget)
        except ContextTooLongError:
            yield from self._write(question, hits, self._budget // 3)

    def _write(self, question: str, hits: Sequence[Hit], budget: int) -> Iterator[Written]:
        context = pack_context(hits, default_counter(), budget)
        values = {"question": question, "context": context.text}
        stream = ClaimStream(context.offered)
        claims: list[ParsedClaim] = []
        seen = 0
        reply: Reply | None = None
        for reply in self._model.stream(_messages(self._prompt.render(values))):
            fresh = stream.feed(reply.text[seen:])
            seen = len(reply.text)
            claims += fresh
            if fresh:
                yield self._state(claims, context, reply, complete=False)
        claims += stream.close()
        if reply is None:
            return
        if _declined(reply.text):
            yield self._state([], context, reply, complete=True, declined=True)
            return
        state = self._state(claims, context, reply, complete=reply.complete)
        yield state
        if reply.complete and any(_failed(draft) for draft in state.drafts):
            yield self._repaired(state, context)

    def _state(
        self,
        claims: Sequence[ParsedClaim],
        context: Context,
        reply: "Reply",
        *,
        complete: bool,
        declined: bool = False,
    ) -> Written:
        flagged = {
            hit.paper.paper_id: found
            for hit in context.offered.values()
            if (found := find_instructions(f"{hit.paper.title} {hit.paper.abstract}"))
        }
        trace: dict[str, Any] = {
            "model": reply.model,
            "finish_reason": reply.finish_reason,
            "prompt": {self._prompt.name: self._prompt.sha256},
            "offered": {str(n): hit.paper.paper_id for n, hit in context.offered.items()},
            "instructions_in_abstracts": flagged,
        }
        return Written(
            drafts=tuple(_draft(claim, context) for claim in claims if claim.text),
            invalid=tuple(mark for claim in claims for mark in claim.invalid),
            complete=complete,
            declined=declined,
            usage=_usage(reply, context),
            trace=tuple(trace.items()),
        )

    def _repaired(self, state: Written, context: Context) -> Written:
        """Send back what failed, with the reasons, once; keep what comes back supported."""
        failed = [draft for draft in state.drafts if _failed(draft)]
        listed = "\n".join(f"- {d.text} ({_reason(d)})" for d in failed)
        values = {"claims": listed, "context": context.text}
        states = list(self._model.stream(_messages(self._repair.render(values))))
        if not states or not states[-1].complete:
            return state
        reply = states[-1]
        stream = ClaimStream(context.offered)
        repaired = [*stream.feed(reply.text), *stream.close()]
        better = [d for d in (_draft(c, context) for c in repaired if c.text) if not _failed(d)]
        replacements = dict(zip((d.text for d in failed), better, strict=False))
        drafts = tuple(replacements.get(d.text, d) for d in state.drafts)
        return Written(
            drafts=drafts,
            invalid=state.invalid + tuple(m for c in repaired for m in c.invalid),
            usage=_sum(state.usage, _usage(reply, context)),
            trace=(*state.trace, ("repaired", len(better))),
        )


def _messages(pairs: Sequence[tuple[str, str]]) -> list[Any]:
    from langchain_core.messages import HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage}
    return [kinds[role](text) for role, text in pairs]


def _declined(text: str) -> bool:
    return text.strip().strip(".*\"'").upper().startswith(NOT_ANSWERED)


def _draft(claim: ParsedClaim, context: Context) -> Draft:
    text = strip_links(claim.text)
    references = []
    for n in claim.numbers:
        paper = context.offered[n].paper
        support = verify(text, paper.title, paper.abstract)
        references.append(Reference(paper, support.quote, support.verdict, support.why))
    return Draft(text, tuple(references))


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

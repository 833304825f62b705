"""A model words a follow-up so that it stands alone; code decides whether its words may be used.

The rules of ``followup`` make the proposal. What the model makes of it is one short line
that brings in no name or number of its own and keeps those that were typed; otherwise,
and when the model fails or takes too long, the proposal stands.
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rag.chat.followup import Rewrite
from rag.chat.session import Session, Turn
from rag.errors import ModelError
from rag.prompts import load_prompt
from rag.records import Usage
from rag.text.framing import as_data
from rag.text.terms import terms
from rag.text.tokens import default_counter

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from rag.models import GuardedModel

PROMPT = "followup.md"
SECONDS = 10.0  # that a follow-up waits for its wording
MOST_TOKENS = 120  # of a question: two quoted titles and what is asked of them
TURNS, CLAIMS, PAPERS = 3, 3, 6  # of the conversation that the model is shown
_LONGEST = 300  # characters of each
_PATIENCE = 2  # failures in a row after which the model is left alone


class Wording(StrEnum):
    """Who may word a question."""

    MODEL = "the model when there is one, else the rules"
    RULES = "the rules"
    AS_TYPED = "nobody: it is asked as typed"


@dataclass(frozen=True, slots=True)
class Reworded:
    """The rewrite to ask, what the user should know of its making, and what that took."""

    plan: Rewrite
    note: str = ""
    usage: Usage = field(default_factory=Usage)
    trace: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is to be asked, and how many tokens that is."""

    messages: tuple["BaseMessage", ...]
    tokens: int
    sha256: str


class Reworder:
    """Asks one model; leaves it alone after it has failed twice in a row."""

    def __init__(self, model: "GuardedModel", seconds: float = SECONDS) -> None:
        """``seconds`` is the longest wait for one wording."""
        self._model = model
        self._seconds = seconds
        self._failed = 0

    @property
    def willing(self) -> bool:
        """Whether it is worth asking."""
        return self._failed < _PATIENCE

    def reword(self, typed: str, plan: Rewrite, session: Session, request: Request) -> Reworded:
        """Return the plan in the model's words if they may be used, else as it is."""
        deadline = min(self._model.deadline(), time.monotonic() + self._seconds)
        try:
            *_, reply = self._model.stream(request.messages, deadline=deadline)
        except ModelError as exc:
            self._failed += 1
            late = time.monotonic() >= deadline
            why = f"it took longer than {self._seconds:.0f} s" if late else str(exc)
            return self._refused(plan, request, f"the model did not word the question: {why}")
        self._failed = 0
        line = _line(reply.text)
        flaw = "it breaks off" if not reply.complete else flaw_of(line, typed, plan, session)
        read, written = reply.input_tokens, reply.output_tokens
        if reply.estimated:
            read, written = request.tokens, default_counter().count(reply.text)
        usage = Usage(read, written)
        if flaw:
            note = f"the model's wording is not used: {flaw}"
            return replace(self._refused(plan, request, note), usage=usage)
        same = line.casefold() == plan.question.casefold()
        worded = plan if same else replace(plan, question=line, worded_by=reply.model)
        return Reworded(worded, "", usage, _trace(request, "agreed" if same else "used"))

    def _refused(self, plan: Rewrite, request: Request, note: str) -> Reworded:
        if not self.willing:
            note += "; from now on the rules word follow-ups (/model NAME asks it again)"
        return Reworded(plan, note, Usage(request.tokens), _trace(request, note))


def _trace(request: Request, outcome: str) -> dict[str, Any]:
    return {"prompt": {PROMPT: request.sha256}, "outcome": outcome}


def request_for(typed: str, plan: Rewrite, session: Session) -> Request:
    """Return the prompt for a follow-up: the last turns, what was typed, the rules' proposal."""
    from langchain_core.messages import HumanMessage, SystemMessage

    prompt = load_prompt(PROMPT)
    values = {
        "turns": "\n".join(line for turn in session.turns[-TURNS:] for line in _told(turn)),
        "question": as_data(typed),
        "proposal": as_data(plan.question),
    }
    kinds = {"system": SystemMessage, "user": HumanMessage}
    messages = tuple(kinds[role](text) for role, text in prompt.render(values))
    text = "\n".join(str(message.content) for message in messages)
    return Request(messages, default_counter().count(text), prompt.sha256)


def _told(turn: Turn) -> Iterator[str]:
    """Yield what a turn said, as data: no line of it can frame a prompt."""
    yield f"Asked: {_short(turn.rewrite.question)}"
    for n, paper in enumerate(turn.papers[:PAPERS], 1):
        yield f"Paper {n}: {_short(paper.title)}"
    for claim in turn.answer.claims[:CLAIMS]:
        yield f"Answered: {_short(claim.text)}"
    if turn.answer.abstained:
        yield "Answered: nothing; the papers are those nearest."


def _short(text: str) -> str:
    return as_data(text)[:_LONGEST]


_LABEL = re.compile(r"^(?:rewritten\s+question|question|proposal)\s*:\s*", re.IGNORECASE)
_QUOTED = re.compile(r"^([\"“'])(?P<inner>[^\"“”]*)[\"”']$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TOKEN = re.compile(r"[^\W_]+(?:[-'’.,][^\W_]+)*")


def _line(text: str) -> str:
    line = _LABEL.sub("", text.strip())
    quoted = _QUOTED.match(line)
    return quoted["inner"].strip() if quoted else line


def flaw_of(line: str, typed: str, plan: Rewrite, session: Session) -> str:
    """Return why a model's wording may not be used, "" when it may."""
    if not line or len(line.splitlines()) != 1:
        return "it is not one line"
    if default_counter().count(line) > MOST_TOKENS:
        return f"it is longer than {MOST_TOKENS} tokens"
    known = _atoms(" \n ".join([typed, plan.question, *_texts(session)]))
    for name in named(line):
        if not _atoms(name) <= known:
            return f"“{name[:40]}” stands neither in the conversation nor in its sources"
    said, proposed = _atoms(line), _atoms(plan.question)
    for name in named(typed):
        if _atoms(name) <= proposed and not _atoms(name) <= said:
            return f"it leaves out “{name[:40]}”"
    return "" if said & proposed else "it asks something else"


def _atoms(text: str) -> set[str]:
    """Return what must agree: the stems of the words, and each number as a whole."""
    return {*terms(text), *(f"={number}" for number in _NUMBER.findall(text))}


def named(text: str) -> list[str]:
    """Return the words that may be names or numbers: with a digit, or a capital inside the line."""
    found = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        opening = match.start() == 0 and word[1:].islower()
        if any(sign.isdigit() or sign.isupper() for sign in word) and not opening:
            found.append(word)
    return found


def _texts(session: Session) -> Iterator[str]:
    """Yield all that was said and shown in the conversation."""
    yield from session.filters
    for turn in session.turns:
        yield from (turn.typed, turn.rewrite.question)
        yield from (claim.text for claim in turn.answer.claims)
    for paper in session.papers:
        yield from (paper.title, paper.abstract, paper.published or "")
        yield from (*paper.organisations, *paper.authors)

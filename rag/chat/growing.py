"""An answer under way in a chat: numbered, written down, then shown; kept however it ends."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.chat.rewording import Reworded
from rag.chat.session import Turn, renumbered
from rag.records import Answer, answer_to_dict

if TYPE_CHECKING:
    from rag.chat.conversation import Chat


class Growing:
    """One answer: each state numbered for the conversation, and noted before it is shown."""

    def __init__(self, chat: "Chat", turn: Turn, made: Reworded) -> None:
        """``turn`` is the one to be answered, ``made`` how its question came about."""
        self._chat = chat
        self._turn = turn
        self._made = made
        self._papers = chat.session.papers
        self._noted = 0

    def states(self) -> Iterator[Answer]:
        """Yield the states of the answer with the conversation's numbers."""
        chat, turn = self._chat, self._turn
        states = chat.app.stream(turn.rewrite.question, filters=chat.filters_of(turn.filters))
        for first, state in enumerate(states):
            if not first and (read := state.trace.get("filters")):
                chat.screen.note(f"only papers: {in_words(read)}")
            answer, self._papers = renumbered(self._with_wording(state), chat.session.papers)
            # Until the answer is known to be whole, what is kept of it is incomplete.
            self._turn = replace(turn, answer=replace(answer, complete=False))
            self._note_claims(answer)
            yield answer
            self._turn = replace(turn, answer=answer)

    @property
    def answer(self) -> Answer:
        """The answer as far as it has come."""
        return self._turn.answer

    def _with_wording(self, answer: Answer) -> Answer:
        """Return the answer with what the wording of its question took."""
        if not self._made.trace:
            return answer
        more, usage = self._made.usage, answer.usage
        usage = replace(
            usage,
            input_tokens=usage.input_tokens + more.input_tokens,
            output_tokens=usage.output_tokens + more.output_tokens,
        )
        return replace(answer, usage=usage, trace={**answer.trace, "follow_up": self._made.trace})

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

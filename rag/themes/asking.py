"""The door to the chat model for themes: nothing asked twice, nothing spent beyond the limit.

Wraps a ``GuardedModel``, whose deadlines and errors are its own. What is asked, and what
is made of the replies, is left to ``writing``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from rag.errors import BudgetError, ModelError
from rag.models import GuardedModel
from rag.outside.replies import Reply
from rag.pricing import Price
from rag.settings import ModelSettings
from rag.text.tokens import default_counter
from rag.themes.replies import KeptReplies, digest

_MARGIN = 1.15  # the model's own tokens are not those that are counted here
_FRAME = 16  # tokens around the messages of one request


@dataclass(slots=True)
class Purse:
    """What has been spent, and the most that may be: US dollars, None for no limit.

    ``requests`` were sent, ``reused`` were answered from what is kept.
    """

    price: Price | None
    limit: float | None = None
    requests: int = 0
    reused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def cost(self) -> float | None:
        """What has been spent in US dollars; None when no price is known."""
        if not self.requests:
            return 0.0
        return self.price.of(self.input_tokens, self.output_tokens) if self.price else None

    def check(self, input_tokens: int, output_tokens: int) -> None:
        """Raise BudgetError when a request of this size might pass the limit."""
        if self.limit is None:
            return
        if self.price is None:
            raise BudgetError(
                "--max-cost cannot be kept: no price is known for this model; "
                "mend: add it to prices.toml in the home folder, or leave --max-cost out"
            )
        most = self.price.of(int(_MARGIN * input_tokens), output_tokens)
        spent = self.cost or 0.0
        if spent + most > self.limit:
            raise BudgetError(
                f"the limit of ${self.limit:.4f} is reached: ${spent:.4f} are spent and the next "
                f"request may cost ${most:.4f}; mend: a larger --max-cost"
            )

    def pay(self, input_tokens: int, output_tokens: int) -> None:
        """Note a request that was sent."""
        self.requests += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens


class ThriftyModel(GuardedModel):
    """A guarded model that remembers its replies and keeps within a purse."""

    def __init__(
        self, model: GuardedModel, settings: ModelSettings, kept: KeptReplies, purse: Purse
    ) -> None:
        """Wrap ``model``, which was made with ``settings``: replies depend on both."""
        self._asked = model
        self.kept = kept
        self.name = model.name
        self.purse = purse
        self.settings = settings

    def deadline(self) -> float:
        """Return when an answer that is begun now has to be done, in monotonic seconds."""
        return self._asked.deadline()

    def key(self, texts: Sequence[str]) -> str:
        """Return the key under which the reply to messages of these texts is kept."""
        chosen = self.settings
        made_with = (chosen.base_url, str(chosen.temperature), str(chosen.max_tokens))
        return digest(self.name, *made_with, *texts)

    def known(self, texts: Sequence[str]) -> bool:
        """Tell whether the reply to messages of these texts is kept."""
        return self.kept.find(self.key(texts)) is not None

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        deadline: float | None = None,
        numbers: Sequence[int] = (),
    ) -> Iterator[Reply]:
        """Yield the reply as it grows, or at once the one that is kept.

        Raises BudgetError before anything is sent that the purse may not hold, ModelError.
        """
        texts = [str(message.content) for message in messages]
        key = self.key(texts)
        kept = self.kept.find(key)
        if kept is not None:
            self.purse.reused += 1
            yield kept
            return
        tokens = count_tokens(texts)
        self.purse.check(tokens, self.settings.max_tokens)
        reply = Reply()
        try:
            for reply in self._asked.stream(messages, deadline=deadline, numbers=numbers):
                yield reply
        except ModelError:
            self.purse.pay(tokens, 0)  # it may have been read, and charged for
            raise
        self._pay(reply, tokens)
        self.kept.keep(key, reply)

    def _pay(self, reply: Reply, tokens: int) -> None:
        if reply.estimated:
            self.purse.pay(tokens, default_counter().count(reply.text))
        else:
            self.purse.pay(reply.input_tokens, reply.output_tokens)


def count_tokens(texts: Sequence[str]) -> int:
    """Return the tokens of a request with messages of these texts."""
    counter = default_counter()
    return _FRAME + sum(counter.count(text) for text in texts)

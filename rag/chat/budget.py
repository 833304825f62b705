"""What a conversation has spent, and the limit it must not pass.

Tokens come from the answers, prices from ``rag.pricing``. A limit is held before the
money is gone: a question that might cost more than what is left is not sent.
"""

from dataclasses import dataclass, replace

from rag.errors import BudgetError
from rag.pricing import Prices
from rag.records import Answer, Usage
from rag.settings import ModelSettings

PROMPT_TOKENS = 600  # of instructions around the evidence, rounded up
LOCAL = "local:"  # a model file run in this process, which nobody charges for
EXPENSIVE = 0.05  # US dollars from which a question is announced with what it may cost
REQUESTS = 2  # an answer, and one repair of what it failed to support


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens and US dollars of some turns; ``cost`` is None when a model has no known price."""

    turns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0

    def plus(self, usage: Usage, cost: float | None) -> "Spending":
        """Return the spending with one more turn."""
        return Spending(
            self.turns + 1,
            self.input_tokens + usage.input_tokens,
            self.output_tokens + usage.output_tokens,
            None if cost is None or self.cost is None else self.cost + cost,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """The spending of a conversation, its last turn, and the limit in US dollars if any."""

    prices: Prices
    limit: float | None = None
    spent: Spending = Spending()
    last: Spending = Spending()

    def after(self, answer: Answer, model: ModelSettings) -> "Budget":
        """Return the budget with ``answer`` paid for."""
        cost = self.cost_of(answer, model)
        return replace(
            self,
            spent=self.spent.plus(answer.usage, cost),
            last=Spending().plus(answer.usage, cost),
        )

    def after_wording(self, usage: Usage, model: ModelSettings) -> "Budget":
        """Return the budget after a follow-up was sent to be worded, and no answer came of it."""
        spent = self.spent.plus(usage, self.cost_of(Answer("", usage=usage), model))
        return replace(self, spent=replace(spent, turns=self.spent.turns))

    def after_stop(self, answer: Answer, model: ModelSettings) -> "Budget":
        """Return the budget after an answer that was stopped or failed.

        A request that was sent is paid for whether or not its end is waited for. When
        nothing came back, the whole of what may have been read is counted.
        """
        if model.configured and not answer.trace:
            read = answer.usage.input_tokens + model.context_tokens + PROMPT_TOKENS
            answer = replace(answer, usage=replace(answer.usage, input_tokens=read))
        return self.after(answer, model)

    def cost_of(self, answer: Answer, model: ModelSettings) -> float | None:
        """Return what an answer cost; 0 when no model wrote it, None when nobody can tell."""
        usage = answer.usage
        if usage.cost_usd is not None:
            return usage.cost_usd
        if not usage.input_tokens and not usage.output_tokens:
            return 0.0
        if model.name.startswith(LOCAL):
            return 0.0
        # A server may call the model otherwise than it was asked for, a proxy mostly does.
        for name in (str(answer.trace.get("model") or model.name), model.name):
            cost = self.prices.cost(name, usage.input_tokens, usage.output_tokens)
            if cost is not None:
                return cost
        return None

    def most(
        self, model: ModelSettings, *, question_tokens: int = 0, wording_tokens: int = 0
    ) -> float | None:
        """Return the most that one question can cost, None without a known price.

        ``wording_tokens`` are those of the request that words a follow-up, 0 for none.
        """
        if not model.configured or model.name.startswith(LOCAL):
            return 0.0
        read = REQUESTS * (model.context_tokens + PROMPT_TOKENS + question_tokens)
        # A repair is sent what it is to correct; a wording may be as long as an answer.
        written = (REQUESTS + bool(wording_tokens)) * model.max_tokens
        return self.prices.cost(model.name, read + model.max_tokens + wording_tokens, written)

    def check(
        self, model: ModelSettings, *, question_tokens: int = 0, wording_tokens: int = 0
    ) -> None:
        """Raise BudgetError when the next question might pass the limit."""
        if self.limit is None or not model.configured:
            return
        most = self.most(model, question_tokens=question_tokens, wording_tokens=wording_tokens)
        if most is None or self.spent.cost is None:
            raise BudgetError(
                f"--max-cost cannot be kept: no price is known for {model.name!r}; "
                "mend: add it to prices.toml in the home folder, or leave --max-cost out"
            )
        if self.spent.cost + most > self.limit:
            raise BudgetError(
                f"not asked: it may cost up to {dollars(most)}, and of {dollars(self.limit)} "
                f"{dollars(max(0.0, self.limit - self.spent.cost))} is left; "
                "mend: a larger --max-cost, or /model none"
            )


def dollars(amount: float | None) -> str:
    """Return the amount as shown, to a hundredth of a cent; unknown when None."""
    return "unknown cost" if amount is None else f"${amount:.4f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, e.g. "1 answer", "3 answers"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def describe_spending(spending: Spending) -> str:
    """Return tokens and cost in one line."""
    return (
        f"{spending.input_tokens:,} tokens read, {spending.output_tokens:,} written, "
        f"{dollars(spending.cost)}"
    )

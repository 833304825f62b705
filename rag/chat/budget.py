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

    def cost_of(self, answer: Answer, model: ModelSettings) -> float | None:
        """Return what an answer cost; 0 when no model wrote it, None when nobody can tell."""
        usage = answer.usage
        if usage.cost_usd is not None:
            return usage.cost_usd
        if not usage.input_tokens and not usage.output_tokens:
            return 0.0
        name = str(answer.trace.get("model") or model.name)
        return self.prices.cost(name, usage.input_tokens, usage.output_tokens)

    def most(self, model: ModelSettings, *, question_tokens: int = 0) -> float | None:
        """Return the most that one question can cost, None without a known price."""
        if not model.configured:
            return 0.0
        read = REQUESTS * (model.context_tokens + PROMPT_TOKENS + question_tokens)
        return self.prices.cost(model.name, read + model.max_tokens, REQUESTS * model.max_tokens)

    def check(self, model: ModelSettings, *, question_tokens: int = 0) -> None:
        """Raise BudgetError when the next question might pass the limit."""
        if self.limit is None or not model.configured:
            return
        most = self.most(model, question_tokens=question_tokens)
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


def describe_spending(spending: Spending) -> str:
    """Return tokens and cost in one line."""
    return (
        f"{spending.input_tokens:,} tokens read, {spending.output_tokens:,} written, "
        f"{dollars(spending.cost)}"
    )

"""What it will take to have themes written by a model, told before anything is sent.

Tokens are counted with tiktoken in the very messages that will be sent; what is kept from
an earlier run costs nothing. Only the overview and the labels, which are made of sentences
not yet written, have to be guessed.
"""

from dataclasses import dataclass

from rag.answering.context import pack_context
from rag.errors import BudgetError
from rag.pricing import Price
from rag.prompts import load_prompt
from rag.records import Hit
from rag.text.tokens import default_counter
from rag.themes.asking import ThriftyModel, count_tokens
from rag.themes.naming import label_messages
from rag.themes.records import Theme, ThemeReport
from rag.themes.writing import PAPERS_READ, subject_of

_SENTENCES = 3
_SENTENCE_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests to be made and tokens: to be read, and written at most.

    ``known`` requests more are answered from what is kept. One repair of each theme and of
    the overview, should its sentences not hold, comes on top: see ``most``.
    """

    model: str
    requests: int
    known: int
    input_tokens: int
    output_tokens: int
    price: Price | None
    as_of: str

    @property
    def cost(self) -> float | None:
        """US dollars at most, repairs aside; None when no price is known."""
        return self.price.of(self.input_tokens, self.output_tokens) if self.price else None

    def check(self, limit: float | None) -> None:
        """Raise BudgetError when the limit in US dollars does not suffice."""
        if limit is None or not self.requests:
            return
        if self.cost is None:
            raise BudgetError(
                f"--max-cost cannot be kept: no price is known for {self.model!r}; "
                "mend: add it to prices.toml in the home folder, or leave --max-cost out"
            )
        if self.cost > limit:
            raise BudgetError(
                f"nothing was sent: this may cost ${self.cost:.4f}, more than ${limit:.4f}; mend: "
                "a larger --max-cost, a narrower question, or --model none to quote"
            )

    def __str__(self) -> str:
        """Return the estimate as a sentence."""
        known = f", {self.known} known from before" if self.known else ""
        if not self.requests:
            return f"{self.model}: nothing to ask{known}."
        if self.cost is None:
            cost = "cost unknown"
        elif self.cost:
            cost = (
                f"at most ${self.cost:.4f} at the prices of {self.as_of}, twice that with repairs"
            )
        else:
            cost = "free of charge"
        return (
            f"{self.model}: {self.requests} requests{known}, about {self.input_tokens:,} tokens to "
            f"read and at most {self.output_tokens:,} to write; {cost}."
        )


def estimate(report: ThemeReport, model: ThriftyModel, *, as_of: str) -> Estimate:
    """Return what ``write_themes`` would take; ``as_of`` dates the prices. Sends nothing."""
    asked = [_theme_texts(theme, model) for theme in report.themes]
    new = [texts for texts in asked if not model.known(texts)]
    tokens = sum(count_tokens(texts) for texts in new)
    requests = len(new)
    if new:  # of what is new, labels and an overview are made anew
        requests += 2
        quoted = [[claim.text for claim in theme.claims] for theme in report.themes]
        tokens += count_tokens(label_messages(report.themes, quoted))
        tokens += len(report.themes) * _SENTENCES * _SENTENCE_TOKENS
    return Estimate(
        model=model.name,
        requests=requests,
        known=len(asked) - len(new),
        input_tokens=tokens,
        output_tokens=requests * model.settings.max_tokens,
        price=model.purse.price,
        as_of=as_of,
    )


def _theme_texts(theme: Theme, model: ThriftyModel) -> list[str]:
    """Return the texts of the request for a theme, as its writer will send them."""
    hits = [Hit(rank, paper, 1.0, {}) for rank, paper in enumerate(theme.papers[:PAPERS_READ], 1)]
    context = pack_context(hits, default_counter(), model.settings.context_tokens)
    values = {"question": subject_of(theme), "context": context.text}
    return [text for _role, text in load_prompt("theme.md").render(values)]

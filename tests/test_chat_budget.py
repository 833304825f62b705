"""Prices come from a dated table; a limit is held before the money is spent."""

from pathlib import Path

import pytest

from rag.chat.budget import Budget
from rag.errors import BudgetError, ConfigError
from rag.pricing import load_prices
from rag.records import Answer, Usage
from rag.settings import ModelSettings

PRICED = ModelSettings(name="mine", context_tokens=1000, max_tokens=100)
TABLE = 'as_of = "2026-01-01"\n[models.mine]\ninput = 1.0\noutput = 10.0\n'


def test_the_shipped_prices_are_dated_and_find_dated_releases() -> None:
    prices = load_prices()
    assert prices.as_of[:2] == "20"
    assert prices.find("gpt-5-mini-2025-08-07") == prices.find("gpt-5-mini")
    assert prices.find("openai:gpt-5-mini") is not None
    assert prices.cost("unheard-of", 1, 1) is None


def test_a_users_own_prices_lie_on_top(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(TABLE)
    prices = load_prices(tmp_path)
    assert prices.as_of == "2026-01-01"
    assert prices.cost("mine", 1_000_000, 100_000) == pytest.approx(2.0)
    assert prices.find("gpt-5-mini") is not None


@pytest.mark.parametrize("text", ["models = 3", "[models.x]\ninput = -1\noutput = 2", "x = ["])
def test_a_price_that_cannot_be_right_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"prices\.toml"):
        load_prices(tmp_path)


def budget(tmp_path: Path, limit: float | None) -> Budget:
    (tmp_path / "prices.toml").write_text(TABLE)
    return Budget(load_prices(tmp_path), limit)


def spent(tokens: int) -> Answer:
    return Answer("q", usage=Usage(tokens, 0), trace={"model": "mine"})


def test_spending_adds_up_and_the_last_turn_is_told_apart(tmp_path: Path) -> None:
    after = budget(tmp_path, None).after(spent(1000), PRICED).after(spent(3000), PRICED)
    assert after.spent.cost == pytest.approx(0.004)
    assert after.last.cost == pytest.approx(0.003)


def test_a_question_that_might_pass_the_limit_is_not_asked(tmp_path: Path) -> None:
    most = budget(tmp_path, None).most(PRICED)
    assert most is not None
    budget(tmp_path, most).check(PRICED)
    with pytest.raises(BudgetError, match="not asked"):
        budget(tmp_path, most).after(spent(1), PRICED).check(PRICED)


def test_a_limit_with_a_model_of_unknown_price_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no price is known for 'other'"):
        budget(tmp_path, 1.0).check(ModelSettings(name="other"))


def test_without_a_model_nothing_costs_anything(tmp_path: Path) -> None:
    free = budget(tmp_path, 0.0)
    free.check(ModelSettings())
    assert free.after(Answer("q"), ModelSettings()).spent.cost == 0.0

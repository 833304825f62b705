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


def test_a_server_that_calls_the_model_otherwise_is_priced_as_the_model_asked_for(
    tmp_path: Path,
) -> None:
    answer = Answer("q", usage=Usage(1000, 0), trace={"model": "proxy/other"})
    assert budget(tmp_path, None).cost_of(answer, PRICED) == pytest.approx(0.001)


def test_a_question_that_might_pass_the_limit_is_not_asked(tmp_path: Path) -> None:
    most = budget(tmp_path, None).most(PRICED)
    assert most is not None
    budget(tmp_path, most).check(PRICED)
    with pytest.raises(BudgetError, match="not asked"):
        budget(tmp_path, most).after(spent(1), PRICED).check(PRICED)


def test_an_answer_that_was_stopped_before_it_began_counts_what_may_have_been_sent(
    tmp_path: Path,
) -> None:
    after = budget(tmp_path, None).after_stop(Answer("q"), PRICED)
    assert after.spent.input_tokens >= PRICED.context_tokens
    begun = Answer("q", usage=Usage(50, 5), trace={"model": "mine"})
    assert budget(tmp_path, None).after_stop(begun, PRICED).spent.input_tokens == 50
    free = budget(tmp_path, None).after_stop(Answer("q"), ModelSettings())
    assert free.spent.input_tokens == 0


def test_a_wording_that_led_to_no_answer_is_paid_for_and_is_none(tmp_path: Path) -> None:
    after = budget(tmp_path, None).after_wording(Usage(1000), PRICED)
    assert after.spent.turns == 0
    assert after.spent.cost == pytest.approx(0.001)


def test_a_wording_makes_the_most_that_a_question_can_cost_larger(tmp_path: Path) -> None:
    plain = budget(tmp_path, None).most(PRICED)
    worded = budget(tmp_path, None).most(PRICED, wording_tokens=500)
    assert plain is not None
    assert worded == pytest.approx(plain + 500e-6 + PRICED.max_tokens * 10e-6)


def test_a_limit_with_a_model_of_unknown_price_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="no price is known for 'other'"):
        budget(tmp_path, 1.0).check(ModelSettings(name="other"))


def test_a_model_file_on_this_machine_costs_nothing(tmp_path: Path) -> None:
    local = ModelSettings(name="local:/models/small.gguf")
    budget(tmp_path, 0.0).check(local)
    assert budget(tmp_path, 0.0).after(spent(1000), local).spent.cost == 0.0


def test_without_a_model_nothing_costs_anything(tmp_path: Path) -> None:
    free = budget(tmp_path, 0.0)
    free.check(ModelSettings())
    assert free.after(Answer("q"), ModelSettings()).spent.cost == 0.0

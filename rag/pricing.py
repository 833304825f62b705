"""What a model's tokens cost, from a dated table that users may edit.

Only arithmetic and the reading of ``prices.toml``; who may spend how much is decided
where the spending happens.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.bounded_toml import parse_toml, read_toml
from rag.errors import ConfigError
from rag.resources import read_text

PRICES_FILE = "prices.toml"
_DATED_RELEASE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Return the cost in US dollars."""
        return (self.input * input_tokens + self.output * output_tokens) / 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by model name, and the date on which they held."""

    as_of: str
    models: Mapping[str, Price] = field(default_factory=dict)

    def find(self, model: str) -> Price | None:
        """Return the price of ``model``, of a dated release of it or with a provider before it."""
        name = model.rpartition(":")[2]
        return self.models.get(name) or self.models.get(_DATED_RELEASE.sub("", name))

    def cost(self, model: str, input_tokens: int, output_tokens: int) -> float | None:
        """Return the cost in US dollars, None for a model that is not listed."""
        price = self.find(model)
        return None if price is None else price.of(input_tokens, output_tokens)


def load_prices(home: Path | None = None) -> Prices:
    """Return the shipped prices, those of ``home/prices.toml`` on top. Raises ConfigError."""
    shipped = f"config/{PRICES_FILE}"
    prices = _priced(parse_toml(read_text("config", PRICES_FILE), shipped), shipped)
    own = home / PRICES_FILE if home else None
    if own is None or not own.exists():
        return prices
    origin = f"{PRICES_FILE} of the home folder"
    mine = _priced(read_toml(own, origin), origin)
    return Prices(mine.as_of, {**prices.models, **mine.models})


def _priced(tree: Mapping[str, Any], origin: str) -> Prices:
    models = tree.get("models", {})
    if not isinstance(models, dict):
        raise ConfigError(f"{origin}: 'models' must be a table of model names")
    priced = {name: _price(name, row, origin) for name, row in models.items()}
    return Prices(str(tree.get("as_of", "unknown date")), priced)


def _price(name: str, row: Any, origin: str) -> Price:
    values = [
        float(row[key])
        for key in ("input", "output")
        if isinstance(row, dict) and type(row.get(key)) in (int, float) and 0 <= row[key] < 1e6
    ]
    if len(values) != 2:
        raise ConfigError(
            f"{origin}: the price of {name!r} needs input and output, each a number of "
            "US dollars per million tokens"
        )
    return Price(*values)

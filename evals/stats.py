"""Paired statistics over topics: intervals, p values, and what a sample could have shown.

All resampling is seeded: the same differences give the same numbers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

RESAMPLES = 10_000
CONFIDENCE = 0.95
_Z_BOTH_SIDES = 1.959964  # of 5 % in two tails
_Z_POWER = 0.841621  # of 80 % power
_BLOCK = 500  # resamples drawn at a time, to bound memory

Floats = npt.NDArray[np.float64]


def bootstrap_interval(
    differences: Sequence[float], *, seed: int = 0, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Return the percentile interval of the mean difference, topics drawn with replacement.

    None for fewer than two topics: one topic says nothing of another.
    """
    if len(differences) < 2:
        return None
    values = np.asarray(differences, dtype=np.float64)
    generator = np.random.default_rng(seed)
    means = np.concatenate([_resampled(values, generator) for _ in range(RESAMPLES // _BLOCK)])
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _resampled(values: Floats, generator: np.random.Generator) -> Floats:
    drawn = generator.integers(0, len(values), size=(_BLOCK, len(values)))
    means: Floats = values[drawn].mean(axis=1)
    return means


def sign_flip_p(differences: Sequence[float], *, seed: int = 0) -> float | None:
    """Return the two-sided p value of the mean difference under random signs.

    The Monte Carlo estimate counts the sample itself, so that it is never 0
    (Phipson & Smyth 2010). None for fewer than two topics.
    """
    if len(differences) < 2:
        return None
    values = np.asarray(differences, dtype=np.float64)
    observed = abs(values.sum())
    generator = np.random.default_rng(seed)
    extreme = 0
    for _ in range(RESAMPLES // _BLOCK):
        signs = generator.choice(np.array([-1.0, 1.0]), size=(_BLOCK, len(values)))
        # A hair of slack: sums of the same numbers in another order differ by rounding.
        extreme += int((np.abs(signs @ values) >= observed - 1e-12).sum())
    return (extreme + 1) / (RESAMPLES + 1)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p values adjusted for their number by Holm's step-down method."""
    adjusted: dict[str, float] = {}
    largest = 0.0
    ordered = sorted(p_values, key=lambda name: p_values[name])
    for place, name in enumerate(ordered):
        largest = max(largest, min(1.0, p_values[name] * (len(ordered) - place)))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def detectable_effect(differences: Sequence[float]) -> float | None:
    """Return the smallest true mean difference that this many topics would show.

    At 5 % two-sided and 80 % power, by the normal approximation; None for fewer than two.
    """
    if len(differences) < 2:
        return None
    spread = float(np.std(np.asarray(differences), ddof=1))
    return float((_Z_BOTH_SIDES + _Z_POWER) * spread / np.sqrt(len(differences)))

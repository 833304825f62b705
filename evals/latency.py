"""Seconds a stage takes: the median and the 95th percentile, None where nothing was timed."""

from collections.abc import Sequence


def percentiles(seconds: Sequence[float]) -> dict[str, float | int | None]:
    """Return n, p50 and p95 of the seconds, interpolated between neighbours."""
    return {
        "n": len(seconds),
        "p50": _quantile(sorted(seconds), 0.50),
        "p95": _quantile(sorted(seconds), 0.95),
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 5)

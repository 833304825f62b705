"""What the samples of a soak come to: whether memory grows, and what the table says of it.

Memory is sampled after every action, so that neighbouring samples are alike; one median is
taken of every ten seconds, and the slope through these is the median of the slopes between
any two (Theil and Sen), which neither a jump nor an unlucky last sample moves. Sampling is
left to ``soak``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import theilslopes

SPAN = 10.0  # seconds of one median
WARM_UP = 0.3  # of the time, in which caches fill

Floats = npt.NDArray[np.float64]


class Sample(NamedTuple):
    """The state of things at ``time`` [s]: ``memory`` [MB] and ``files`` of the reader."""

    time: float
    memory: float
    files: int
    generations: int
    papers: int


class Growth(NamedTuple):
    """MB a minute with their 95 % interval, over so many spans of time."""

    slope: float
    low: float
    high: float
    spans: int


def growth(samples: Sequence[Sample]) -> Growth:
    """Return how fast memory grew after warm-up; infinite where samples are too few to tell."""
    times, memory = _medians(_warm(samples))
    if len(times) < 3:
        return Growth(float("inf"), float("-inf"), float("inf"), len(times))
    slope, _, low, high = theilslopes(memory, times / 60)
    return Growth(float(slope), float(low), float(high), len(times))


def _warm(samples: Sequence[Sample]) -> list[Sample]:
    begin = WARM_UP * samples[-1].time if samples else 0.0
    return [sample for sample in samples if sample.time >= begin]


def _medians(samples: Sequence[Sample]) -> tuple[Floats, Floats]:
    """Return the medians of time and memory of each span that has samples."""
    spans: dict[int, list[Sample]] = {}
    for sample in samples:
        spans.setdefault(int(sample.time // SPAN), []).append(sample)
    both = [np.median([(s.time, s.memory) for s in some], axis=0) for some in spans.values()]
    times, memory = np.asarray(both, dtype=np.float64).reshape(-1, 2).T
    return times, memory


def lines(samples: Sequence[Sample]) -> list[str]:
    """Return the rows of the table that tell of the samples."""
    warm, grown = _warm(samples), growth(samples)
    at = [warm[0], warm[len(warm) // 2], warm[-1]]
    slope = f"{grown.slope:.2f} [{grown.low:.2f}, {grown.high:.2f}]"
    return [
        f"| papers after warm-up, middle, end | {_three([s.papers for s in at])} |",
        f"| memory of the reader after warm-up, middle, end [MB] | {_three([s.memory for s in at])} |",
        f"| growth of memory [MB/min], medians of {grown.spans} spans of {SPAN:.0f} s | {slope} |",
        f"| open files of the reader after warm-up, middle, end | {_three([s.files for s in at])} |",
        f"| most generations on disk | {max(s.generations for s in samples)} |",
    ]


def _three(values: Sequence[float]) -> str:
    return ", ".join(f"{value:,.0f}" for value in values)

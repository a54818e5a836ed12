"""Time: `time.perf_counter` with the garbage collector off, after warm-up calls that do not count."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

SAMPLE = 2e-3  # seconds that one sample should last, so that the clock itself does not count
Action = Callable[[], object]


@contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def seconds(action: Action, calls: int = 1) -> float:
    """The time of one call, as the mean of consecutive ones."""
    start = perf_counter()
    for _ in range(calls):
        action()
    return (perf_counter() - start) / calls


def minimum(action: Action, repeat: int, before: Action = lambda: None) -> float:
    """The shortest of several calls, each after an uncounted ``before()``; one more call warms up."""
    with _uncollected():
        times = []
        for _ in range(repeat + 1):
            before()
            times.append(seconds(action))
    return min(times[1:])


@dataclass(frozen=True)
class Ratio:
    """How two actions compare.

    Attributes:
        median: of the ratios of neighbouring samples.
        quartiles: the half of the ratios that lies around it.
        first, second: the shortest time of each.
        samples, calls: pairs that were taken, and calls in each sample.
    """

    median: float
    quartiles: tuple[float, float]
    first: float
    second: float
    samples: int
    calls: int


def ratio(first: Action, second: Action, budget: float) -> Ratio:
    """Both in turn, for about so many seconds; which one begins changes with every pair."""
    once = max(minimum(first, 5), minimum(second, 5))
    calls = max(1, round(SAMPLE / once))
    samples = max(101, round(budget / (2 * calls * once)))
    with _uncollected():
        pairs = [_pair(first, second, calls, turned=bool(k % 2)) for k in range(samples)]
    low, median, high = statistics.quantiles([a / b for a, b in pairs], n=4)
    fastest = [min(times) for times in zip(*pairs, strict=True)]
    return Ratio(median, (low, high), fastest[0], fastest[1], samples, calls)


def _pair(first: Action, second: Action, calls: int, turned: bool) -> tuple[float, float]:
    if turned:
        b, a = seconds(second, calls), seconds(first, calls)
    else:
        a, b = seconds(first, calls), seconds(second, calls)
    return a, b

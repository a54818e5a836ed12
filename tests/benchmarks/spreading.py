"""Work over all cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tests.benchmarks.machine import cores

Result = TypeVar("Result")


def spread(work: Callable[[int], Result], count: int) -> list[Result]:
    """``work(0)``, ``work(1)``, …, in as many processes as there are cores; the results in order.

    Args:
        work: a function of a module, given a place in a list: subjects hold functions, which cannot be sent.
        count: of the places.
    """
    # Started anew, not forked: torch and jax have threads of their own.
    with ProcessPoolExecutor(cores(), multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(work, range(count)))

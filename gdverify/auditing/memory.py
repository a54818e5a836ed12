"""Which arrays lie in the same memory: what is written into one of them changes the other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Pair = tuple[str, str]

# Whether two views with steps of their own meet is hard in general; NumPy gives up after so many candidates. Slices of
# one array, whatever their steps, are decided in far fewer.
MOST_WORK = 10_000


def shared_between(first: Arrays, second: Arrays) -> tuple[Pair, ...]:
    """The pairs, one name of each, that have a byte in common."""
    return tuple((a, b) for a, x in first.items() for b, y in second.items() if overlap(x, y))


def shared_among(arrays: Arrays) -> tuple[Pair, ...]:
    """The pairs of names that have a byte in common."""
    return tuple((a, b) for (a, x), (b, y) in combinations(arrays.items(), 2) if overlap(x, y))


def overlap(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Whether they have a byte in common; False where that is too hard to tell."""
    if not np.may_share_memory(first, second):  # a comparison of addresses, and nearly always enough
        return False
    try:
        return np.shares_memory(first, second, max_work=MOST_WORK)  # type: ignore[arg-type]  # the stubs know two special values only
    except np.exceptions.TooHardError:
        return False

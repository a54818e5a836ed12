"""Combinations of ranked options, the likeliest first, without listing them all."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import TypeVar

Option = TypeVar("Option")


def likeliest(options: Sequence[Sequence[Option]]) -> Iterator[tuple[Option, ...]]:
    """One of each list, in the order of the sum of their places in it."""
    if not all(options):
        return
    if all(len(one) == 1 for one in options):  # as they mostly are: there is nothing to order
        yield tuple(one[0] for one in options)
        return
    first = (0,) * len(options)
    waiting, seen = [(0, first)], {first}
    while waiting:
        total, places = heapq.heappop(waiting)
        yield tuple(one[place] for one, place in zip(options, places, strict=True))
        for k, place in enumerate(places):
            further = (*places[:k], place + 1, *places[k + 1 :])
            if place + 1 < len(options[k]) and further not in seen:
                seen.add(further)
                heapq.heappush(waiting, (total + 1, further))

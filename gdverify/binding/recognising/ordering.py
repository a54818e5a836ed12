"""Combinations of ranked options, the likeliest first, without listing them all; what was listed is kept."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

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


class Kept(Generic[Option]):
    """What an iterator gives, time and again: each item is made once, and only when it is first asked for.

    Args:
        make: the iterator; made anew where it raised something, so that it raises it again.
    """

    def __init__(self, make: Callable[[], Iterator[Option]]) -> None:
        self._make, self._rest = make, make()
        self._made: list[Option] = []

    def __iter__(self) -> Iterator[Option]:
        for place in itertools.count():
            while len(self._made) <= place:
                try:
                    self._made.append(next(self._rest))
                except StopIteration:
                    return
                except BaseException:
                    self._made, self._rest = [], self._make()
                    raise
            yield self._made[place]

"""Conditions on sizes that tell wrong cases from right ones, simplest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Condition:
    """A condition as it is said, and whether sizes meet it."""

    says: str
    holds: Callable[[Sizes], bool]


def fitting(axis: str, wrong: Sequence[int], right: Sequence[int], at: Sizes) -> Iterator[Condition]:
    """Conditions that the sizes of an axis meet which are wrong, and those do not which are right.

    Args:
        axis: whose size was varied.
        wrong, right: its sizes, some of each.
        at: the sizes of all axes, of which the others stayed as they are.
    """
    for condition in _candidates(axis, wrong, right, at):
        met = [[condition.holds({**at, axis: size}) for size in sizes] for sizes in (wrong, right)]
        if all(met[0]) and not any(met[1]):
            yield condition


def exact(
    choices: Sequence[Sequence[Condition]], outcomes: Sequence[tuple[Sizes, bool]]
) -> tuple[Condition, ...] | None:
    """One condition of each, which together hold in the wrong cases alone; None where no choice does.

    Args:
        choices: conditions, for each axis that matters.
        outcomes: the sizes of other cases, and whether they are wrong.
    """
    for chosen in product(*choices):
        if all(all(condition.holds(sizes) for condition in chosen) == wrong for sizes, wrong in outcomes):
            return chosen
    return None


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _candidates(axis: str, wrong: Sequence[int], right: Sequence[int], at: Sizes) -> Iterator[Condition]:
    if min(len(wrong), len(right)) > 1:
        yield Condition(f"{axis} is even", lambda sizes: sizes[axis] % 2 == 0)
        yield Condition(f"{axis} is odd", lambda sizes: sizes[axis] % 2 == 1)
    least, most = min(wrong), max(wrong)
    if least < most:
        yield Condition(f"{axis} ≥ {least}", lambda sizes: sizes[axis] >= least)
        yield Condition(f"{axis} ≤ {most}", lambda sizes: sizes[axis] <= most)
    for other in (other for other in at if other != axis):
        yield from _compared(*sorted((axis, other)))
    yield Condition(f"{axis} is {listed([str(n) for n in sorted(wrong)], 'or')}", lambda sizes: sizes[axis] in wrong)


def _compared(first: str, second: str) -> Iterator[Condition]:
    yield Condition(f"{first} = {second}", lambda sizes: sizes[first] == sizes[second])
    yield Condition(f"{first} and {second} differ", lambda sizes: sizes[first] != sizes[second])

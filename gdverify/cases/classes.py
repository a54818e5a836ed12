"""Classes of sizes: where implementations differ that agree on one shape. A row each, so that a new one is a new row.

A gradient may be right for a batch of one and wrong for two, for square weights only, or only as long as no axis is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdverify.cases.strategies import LARGEST, LARGEST_WIDTH, Space
from gdverify.derivation.steps import Derivation
from gdverify.notation.axes import Extent

Sizes = dict[str, int]
Allowed = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class SizeClass:
    """A class of sizes.

    Attributes:
        kind: ``batch`` or ``shape``.
        name: as the report says it.
        holds: whether sizes are of the class.
        ways: which sizes of which axes make a case one of the class, given those that each axis may have.
    """

    kind: str
    name: str
    holds: Callable[[Derivation, Mapping[str, int]], bool]
    ways: Callable[[Derivation, Allowed], Iterator[Sizes]]


def _batch(name: str, belongs: Callable[[int], bool]) -> SizeClass:
    def holds(derivation: Derivation, sizes: Mapping[str, int]) -> bool:
        return any(belongs(sizes[axis]) for axis in LARGEST if axis in sizes)

    def ways(derivation: Derivation, allowed: Allowed) -> Iterator[Sizes]:
        yield from ({axis: n} for axis in LARGEST if axis in allowed for n in allowed[axis] if belongs(n))

    return SizeClass("batch", name, holds, ways)


def _has_one(derivation: Derivation, sizes: Mapping[str, int]) -> bool:
    return 1 in sizes.values()


def _ones(derivation: Derivation, allowed: Allowed) -> Iterator[Sizes]:
    yield from ({axis: 1} for axis, sizes in allowed.items() if 1 in sizes)


def _matrices(derivation: Derivation) -> list[list[str]]:
    """The axes of the tensors that can be square: those whose gradients are wanted, or else any."""
    for tensors in (derivation.wanted, derivation.arguments):
        chosen = ([a.name for a in tensor.axes if not isinstance(a, Extent)] for tensor in tensors)
        found = [axes for axes in chosen if len(axes) > 1]
        if found:
            return found
    return []


def _is_square(derivation: Derivation, sizes: Mapping[str, int]) -> bool:
    return any(len({sizes[axis] for axis in axes}) == 1 < sizes[axes[0]] for axes in _matrices(derivation))


def _squares(derivation: Derivation, allowed: Allowed) -> Iterator[Sizes]:
    for axes in _matrices(derivation):
        common = set.intersection(*(set(allowed[axis]) for axis in axes)) - {1}
        yield from (dict.fromkeys(axes, n) for n in sorted(common))


def _is_distinct(derivation: Derivation, sizes: Mapping[str, int]) -> bool:
    return len(sizes) > 1 and len(set(sizes.values())) == len(sizes)


def _distinct(derivation: Derivation, allowed: Allowed) -> Iterator[Sizes]:
    """The axes with the fewest sizes choose first, each by turns from another place on."""
    ordered = sorted(allowed, key=lambda axis: len(allowed[axis]))
    for start in range(max(map(len, allowed.values()), default=0)):
        found: Sizes = {}
        for axis in ordered:
            turned = [*allowed[axis][start:], *allowed[axis][:start]]
            free = [n for n in turned if n not in found.values()]
            found |= dict(zip([axis], free, strict=False))
        if len(found) == len(allowed) > 1:
            yield found


CLASSES: tuple[SizeClass, ...] = (
    _batch("1", lambda n: n == 1),
    _batch("2", lambda n: n == 2),
    _batch("odd", lambda n: n > 1 and n % 2 == 1),
    _batch("larger", lambda n: n > 3),
    SizeClass("shape", "size-1", _has_one, _ones),
    SizeClass("shape", "square", _is_square, _squares),
    SizeClass("shape", "distinct", _is_distinct, _distinct),
)


def classes_of(derivation: Derivation, sizes: Mapping[str, int]) -> list[SizeClass]:
    """The classes that sizes belong to."""
    return [row for row in CLASSES if row.holds(derivation, sizes)]


def some_sizes(
    row: SizeClass | None, derivation: Derivation, fixed: Mapping[str, Any], rng: np.random.Generator
) -> Sizes | None:
    """Sizes of a class, or any without one; None where the axes that are fixed allow none.

    Args:
        row: the class.
        derivation: whose axes they are of.
        fixed: axes whose size is fixed, or chosen from a tuple or range.
        rng: says which of the possible ones.
    """
    axes = [axis.name for axis in derivation.composition.axes]
    allowed = {axis: _allowed(fixed.get(axis), LARGEST.get(axis, LARGEST_WIDTH) + _spare(row, axes)) for axis in axes}
    ways = [{}] if row is None else list(row.ways(derivation, allowed))
    if not ways:
        return None
    return {axis: int(rng.choice(sizes)) for axis, sizes in allowed.items()} | ways[int(rng.integers(len(ways)))]


def allowed(space: Space, axis: str) -> list[int]:
    """The sizes that an axis may have in a space, the smallest first."""
    return _allowed(space.sizes.get(axis), LARGEST.get(axis, LARGEST_WIDTH))


def _spare(row: SizeClass | None, axes: Sequence[str]) -> int:
    """More sizes than are usually drawn, where every axis needs one of its own."""
    return len(axes) if row is not None and row.ways is _distinct else 0


def _allowed(fixed: Any, largest: int) -> list[int]:
    if fixed is None:
        return list(range(1, largest + 1))
    return sorted(fixed) if isinstance(fixed, (tuple, list, range)) else [int(fixed)]

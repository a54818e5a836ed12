"""Along which axes an entry is read at positions: those of windows that move alike at the same time.

Several indices in a line are one, the last of which runs fastest: ``r = (a B + b) C + c``.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gdverify.notation.axes import Index, fresh
from gdverify.notation.extents import merged
from gdverify.notation.positions import Position
from gdverify.notation.selectors import Selector
from gdverify.notation.tensors import Entry


def at_once(entry: Entry) -> list[int]:
    """The axes along which an entry is read at the same time: the last, and those before it if windows move alike."""
    axes = [place for place, found in enumerate(entry.at) if isinstance(found, Position)][-1:]
    while axes[0] > 0 and alike(entry.at[axes[0] - 1], entry.at[axes[0]]):
        axes.insert(0, axes[0] - 1)
    return axes


def alike(first: Index | Position, second: Index | Position) -> bool:
    """Whether two positions are those of windows that move in the same way."""
    if not isinstance(first, Position) or not isinstance(second, Position):
        return False
    ways = [_way(found.start, [stride for _, stride in found.steps]) for found in (first, second)]
    return ways[0] is not None and ways[0] == ways[1]


def are_alike(brackets: Sequence[Entry]) -> bool:
    """Whether selectors are those of windows that move in the same way, each along an axis of its own."""
    ways = {_way(one.tensor.start, one.tensor.strides) for one in brackets if isinstance(one.tensor, Selector)}
    return len(ways) == 1 and None not in ways and len({one.indices[0] for one in brackets}) == len(brackets)


def _way(start: sympy.Expr, strides: Sequence[sympy.Expr]) -> tuple[sympy.Expr, ...] | None:
    """How the windows of a position move, that has a place and an entry of the window; None where it is another."""
    return (start, *strides) if len(strides) == 2 and all(stride.is_Integer for stride in strides) else None


def subscripted(entry: Entry, axis: int, indices: Sequence[Index]) -> Entry:
    """The entry with plain indices from one axis on."""
    written = [found.renamed({}) if isinstance(found, Position) else found for found in entry.at]
    return entry.tensor[(*written[:axis], *indices, *written[axis + len(indices) :])]


def in_line(several: Sequence[Index]) -> tuple[Index, sympy.Expr]:
    """One index in the place of several, and the position of theirs along it."""
    axes = [index.axis for index in several]
    steps = [sympy.Mul(*(axis.size for axis in axes[place + 1 :])) for place in range(len(axes))]
    where = sympy.Add(*(step * index for step, index in zip(steps, several, strict=True)))
    return fresh(merged("entries", *axes, letter="r")), where

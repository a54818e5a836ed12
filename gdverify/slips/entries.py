"""Slips in single entries, rows and columns of a gradient, and shifts along an axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gdverify.codegen.nodes import Node, number
from gdverify.derivation.steps import Derivation
from gdverify.slips.editing import afterwards, right, wanted
from gdverify.slips.slip import Change, Slip

ALL = slice(None)


def _spoilt(
    rank: int, index: Callable[[int], tuple[Any, ...]], factor: int
) -> Callable[[Derivation], Iterator[Change]]:
    """Some entries of a gradient of at least a rank multiplied by a factor."""

    def changes(derivation: Derivation) -> Iterator[Change]:
        for tensor, _ in wanted(derivation):
            if len(tensor.axes) >= rank:
                at = index(len(tensor.axes))
                edits = afterwards(derivation, tensor, _put(right(tensor), at, factor))
                yield Change(edits, {"target": f"d{tensor.name}"})

    return changes


def _put(value: Node, at: tuple[Any, ...], factor: int) -> Node:
    return Node("put", (value, Node("mul", (number(factor), value))), at)


def _rolled(derivation: Derivation) -> Iterator[Change]:
    for tensor, _ in wanted(derivation):
        for place, axis in enumerate(tensor.axes):
            edits = afterwards(derivation, tensor, Node("roll", (right(tensor),), place))
            # Where an axis occurs twice, its place tells which one is meant.
            said = axis.name if tensor.axes.count(axis) == 1 else f"{axis.name}, axis {place}"
            yield Change(edits, {"target": f"d{tensor.name}", "axis": said}, said)


ENTRIES: tuple[Slip, ...] = (
    Slip("one entry off", "the last entry of {target} is twice as large", _spoilt(1, lambda rank: (-1,) * rank, 2)),
    Slip("one row off", "the first row of {target} is 0", _spoilt(2, lambda rank: (0,), 0)),
    Slip("one column off", "the last column of {target} is 0", _spoilt(2, lambda rank: (..., -1), 0)),
    Slip("index off by one", "{target} is shifted by one along {axis}", _rolled),
)

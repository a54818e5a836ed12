"""An array expression together with the indices that its axes run over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gdverify.codegen.nodes import Node


@dataclass(frozen=True)
class Value:
    """An array expression; ``places`` are the indices of its axes, in order.

    ``reads_arrays`` is False for what is made of numbers and sizes alone, and so has no dtype of its own.
    """

    node: Node
    places: tuple[int, ...]
    reads_arrays: bool = False


def aligned(value: Value, wanted: tuple[int, ...]) -> Node:
    """The expression with its axes in the wanted order, ready to broadcast against an array that has all of them."""
    present = tuple(place for place in wanted if place in value.places)
    node = value.node
    if present != value.places:
        node = Node("transpose", (node,), tuple(value.places.index(place) for place in present))
    # Broadcasting adds missing axes in front by itself.
    first = next((at for at, place in enumerate(wanted) if place in present), len(wanted))
    pattern = tuple(place in present for place in wanted[first:])
    return node if all(pattern) else Node("expand", (node,), pattern)


def over(operator: str, values: Sequence[Value], detail: Any = None) -> Value:
    """An elementwise operator over values with different indices."""
    orders = {value.places for value in values if value.places}
    every = {place for order in orders for place in order}
    # Arrays stay as the one of them is stored that has every index; where none has, they meet in the order of these.
    whole = [value.places for value in values if {*value.places} == every]
    places = tuple(sorted(every)) if not whole or tuple(sorted(every)) in whole else whole[0]
    arguments = tuple(aligned(value, places) for value in values)
    return Value(Node(operator, arguments, detail), places, any(value.reads_arrays for value in values))

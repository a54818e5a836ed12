"""Terms that read, or add up, along an axis: as array operations that move entries, and make no array of 0 and 1.

``Y[n, p, k] = Σ_h x[n, h] [h = s p + d k + c]`` reads windows of x; the same bracket with h left open, and p and k
summed over, adds up what windows hold. What only cuts an array or gives it another shape: `gdverify.codegen.shaping`.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gdverify.codegen.moves import Move, size_at
from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.shaping import covers, inside, merged, neighbours, put_back, split
from gdverify.codegen.values import Value, aligned
from gdverify.derivation.graph import Definition, Term
from gdverify.notation.selectors import Selector


def lower_moved(definition: Definition, part: Term, found: Sequence[Move]) -> Value:
    """The array of a term that moves a tensor along an axis, or along several in the same way."""
    move = found[0]
    reading = move.read in move.moved.places
    if len(found) == 1:
        if move.selector.found_in is not None:
            return _looked_up(definition, part, move, name(move.selector.found_in.name))
        if covers(definition, part, move):
            return (split if reading else merged)(definition, part, move)
        if (move.steps or not reading) and (first := inside(definition, part, move)) is not None:
            return (neighbours if reading else put_back)(definition, part, move, first)
        if not move.steps and reading and (index := _index(move.selector)) is not None:
            return _taken(move, index)
    return (_windows if reading else _overlapped)(definition, part, found)


def _taken(move: Move, index: int) -> Value:
    places = move.moved.places
    node = Node("take", (name(move.moved.tensor.name),), (places.index(move.read), index))
    return Value(node, tuple(place for place in places if place != move.read), reads_arrays=True)


def _windows(definition: Definition, part: Term, found: Sequence[Move]) -> Value:
    moved, reads = found[0].moved, [move.read for move in found]
    axis = moved.places.index(reads[0])
    behind = tuple(place for place in moved.places[axis:] if place not in reads)
    ordered = (*moved.places[:axis], *reads, *behind)
    value = aligned(Value(name(moved.tensor.name), moved.places, reads_arrays=True), ordered)
    sizes = [_counted(definition, part, move, step) for step in (0, 1) for move in found]
    node = Node("windows", (value, *sizes), (axis, len(found), *_how(found[0].selector)))
    lacking = [axis + at for at, (move, step) in enumerate(_window(found)) if step >= len(move.steps)]
    for at in reversed(lacking):
        node = Node("take", (node,), (at, 0))
    steps = [move.steps[step] for move, step in _window(found) if step < len(move.steps)]
    return Value(node, (*moved.places[:axis], *steps, *behind), reads_arrays=True)


def _overlapped(definition: Definition, part: Term, found: Sequence[Move]) -> Value:
    moved = found[0].moved
    steps = [move.steps[step] for move, step in _window(found) if step < len(move.steps)]
    others = [place for place in moved.places if place not in steps]
    axis = min((moved.places.index(place) for place in steps), default=len(others))
    before = [place for place in moved.places[:axis] if place not in steps]
    behind = [place for place in others if place not in before]
    value = aligned(Value(name(moved.tensor.name), moved.places, reads_arrays=True), (*before, *steps, *behind))
    if len(steps) < 2 * len(found):
        pattern = [step < len(move.steps) for move, step in _window(found)]
        value = Node("expand", (value,), (*[True] * len(before), *pattern, *[True] * len(behind)))
    sizes = (size_at(definition, part, move.read) for move in found)
    node = Node("overlapped", (value, *sizes), (len(before), len(found), *_how(found[0].selector)))
    return Value(node, (*before, *(move.read for move in found), *behind), reads_arrays=True)


def _window(found: Sequence[Move]) -> list[tuple[Move, int]]:
    """The indices of windows in the order of their axes: those within a window, then those of the places."""
    return [(move, step) for step in (1, 0) for move in found]


def _counted(definition: Definition, part: Term, move: Move, step: int) -> Node:
    """How many places, or entries of a window, there are along an axis; 1 where no index stands for them."""
    return size_at(definition, part, move.steps[step]) if step < len(move.steps) else number(1)


def _looked_up(definition: Definition, part: Term, move: Move, at: Node) -> Value:
    """What positions say: one entry of each line, or whole rows; on the way back, to where they came from."""
    moved, read, steps = move.moved, move.read, move.steps
    places = moved.places
    forward = read in places
    lines = tuple(place for place in places if place != read)
    size = size_at(definition, part, read)
    positions = Value(at, steps, reads_arrays=True)
    if forward and set(steps) <= set(lines):
        axis = places.index(read)
        spread = aligned(positions, tuple(place for place in lines if place in steps))
        return Value(
            Node("picked", (name(moved.tensor.name), _on(spread, lines, steps)), axis), lines, reads_arrays=True
        )
    if forward:
        first = aligned(Value(name(moved.tensor.name), places, reads_arrays=True), (read, *lines))
        return Value(Node("rows", (first, at)), (*steps, *lines), reads_arrays=True)
    kept = [place for place in places if place not in steps or place in range(len(definition.tensor.axes))]
    if set(steps) <= set(kept):
        axis = read
        spread = aligned(positions, tuple(place for place in places if place in steps))
        node = Node("placed", (name(moved.tensor.name), _on(spread, places, steps), size), axis)
        return Value(node, (*places[:axis], read, *places[axis:]), reads_arrays=True)
    rest = tuple(place for place in places if place not in steps)
    first = aligned(Value(name(moved.tensor.name), places, reads_arrays=True), (*steps, *rest))
    return Value(Node("added_up", (first, at, size)), (read, *rest), reads_arrays=True)


def _on(positions: Node, lines: Sequence[int], steps: Sequence[int]) -> Node:
    """Positions for each of the lines; those that stand for several lines are repeated by broadcasting."""
    pattern = tuple(place in steps for place in lines)
    return positions if all(pattern) else Node("expand", (positions,), pattern)


def _index(selector: Selector) -> int | None:
    """The position as Python writes it, counted from behind where that is what it says; None where it is neither."""
    from_behind = selector.start - selector.axes[0].size
    if selector.start.is_Integer and selector.start >= 0:
        return int(selector.start)
    return int(from_behind) if from_behind.is_Integer and from_behind < 0 else None


def _how(selector: Selector) -> tuple[sympy.Expr, ...]:
    stride, dilation, *_ = (*selector.strides, sympy.Integer(1), sympy.Integer(1))
    return stride, dilation, selector.start

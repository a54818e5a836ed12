"""Moves that only cut an array, or give it another shape: ``h = columns i + j`` counts every entry of the axis once.

``Y[n, i, j] = Σ_h x[n, h] [h = columns i + j]`` is a reshape, and so is what goes back through it. ``[h = j + c]`` is a
part of the axis, and what goes back through parts that lie side by side is one array behind the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gdverify.codegen.moves import Move, selected, size_at, size_node, written
from gdverify.codegen.nodes import Node, name
from gdverify.codegen.values import Value, aligned
from gdverify.derivation.graph import Definition, Term, axis_at


def covers(definition: Definition, part: Term, move: Move) -> bool:
    """Whether the indices count the entries of the axis, the last one fastest: ``h = (a B + b) C + c``."""
    if len(move.steps) < 2 or move.selector.start != 0:
        return False
    stride: sympy.Expr = sympy.Integer(1)
    for place, own in reversed([*zip(move.steps, move.selector.strides, strict=True)]):
        if written(definition, part, move, own - stride) != 0:
            return False
        stride = stride * axis_at(definition, part, place).size
    return bool(written(definition, part, move, stride - axis_at(definition, part, move.read).size) == 0)


def split(definition: Definition, part: Term, move: Move) -> Value:
    """One axis as several."""
    places = move.moved.places
    axis = places.index(move.read)
    made = (*places[:axis], *move.steps, *places[axis + 1 :])
    return _reshaped(definition, part, name(move.moved.tensor.name), made)


def merged(definition: Definition, part: Term, move: Move) -> Value:
    """Several axes as one; what lacks one of them is repeated along it."""
    moved, steps = move.moved, move.steps
    before, behind = _around(move)
    value = Value(name(moved.tensor.name), moved.places, reads_arrays=True)
    lacking = [place for place in steps if place not in moved.places]
    made = (*before, move.read, *behind)
    if lacking == [steps[-1]] and len(steps) == 2:
        node = aligned(value, (*before, steps[0], *behind))
        times = size_at(definition, part, steps[-1])
        return Value(Node("repeated", (node, times), len(before)), made, reads_arrays=True)
    ordered = (*before, *steps, *behind)
    node = aligned(value, ordered)
    if lacking:
        first = ordered.index(next(place for place in ordered if place in moved.places))
        # Broadcasting adds missing axes in front by itself; repeating needs them.
        node = Node("expand", (node,), (*[False] * first, *[True] * (len(ordered) - first))) if first else node
    for place in lacking:
        node = Node("repeated", (node, size_at(definition, part, place)), ordered.index(place))
    return _reshaped(definition, part, node, made)


def _around(move: Move) -> tuple[list[int], list[int]]:
    """The places that stay, before and behind those that become one; in the order of the result."""
    others = sorted(place for place in move.moved.places if place not in move.steps)
    return [place for place in others if place < move.read], [place for place in others if place > move.read]


def _reshaped(definition: Definition, part: Term, node: Node, places: Sequence[int]) -> Value:
    sizes = (size_at(definition, part, place) for place in places)
    return Value(Node("reshape", (node, *sizes)), tuple(places), reads_arrays=True)


def inside(definition: Definition, part: Term, move: Move) -> sympy.Expr | None:
    """Where neighbouring entries begin, or the one that is read, that all lie inside the axis; None if they do not."""
    if move.selector.strides not in ((1,), ()) or move.selector.found_in is not None:
        return None
    start = move.selector.start
    left = written(
        definition, part, move, axis_at(definition, part, move.read).size - start - _count(definition, part, move)
    )
    return start if start.is_nonnegative and left.is_nonnegative else None


def _count(definition: Definition, part: Term, move: Move) -> sympy.Expr:
    """How many entries are read."""
    return axis_at(definition, part, move.steps[0]).size if move.steps else sympy.Integer(1)


def neighbours(definition: Definition, part: Term, move: Move, first: sympy.Expr) -> Value:
    """Entries that lie side by side: ``x[:, first:end]``."""
    places, (place,) = move.moved.places, move.steps
    axis = places.index(move.read)
    end = first + axis_at(definition, part, place).size
    left = written(definition, part, move, axis_at(definition, part, move.read).size - end)
    ends = [first] if left == 0 else [first, end]
    node = Node("part", (name(move.moved.tensor.name), *map(size_node, ends)), axis)
    return Value(node, (*places[:axis], place, *places[axis + 1 :]), reads_arrays=True)


def put_back(definition: Definition, part: Term, move: Move, first: sympy.Expr) -> Value:
    """Neighbouring entries, or one, where they lie along the axis; zeros around them."""
    moved = move.moved
    ordered = tuple(sorted((*(at for at in moved.places if at not in move.steps), move.read)))
    axis = ordered.index(move.read)
    stored = tuple(move.read if at in move.steps else at for at in moved.places)
    node = aligned(Value(name(moved.tensor.name), stored, reads_arrays=True), ordered)
    left = axis_at(definition, part, move.read).size - first - _count(definition, part, move)
    behind = left if written(definition, part, move, left) != 0 else sympy.Integer(0)
    return Value(
        Node("pad", (node, size_node(first), size_node(behind)), (axis, len(ordered))), ordered, reads_arrays=True
    )


def side_by_side(definition: Definition) -> Node | None:
    """The arrays one behind the other, where the terms of a definition fill an axis; None where they do not."""
    pieces: dict[sympy.Expr, tuple[Term, Move]] = {}
    for part in definition.terms:
        move = selected(part)
        if move is None or not move.steps or move.scale != 1 or move.read in move.moved.places:
            return None
        if (start := inside(definition, part, move)) is None:
            return None
        pieces[start] = (part, move)
    reads = {move.read for _, move in pieces.values()}
    if len(reads) != 1 or len(pieces) != len(definition.terms):
        return None
    (read,) = reads
    return _filled(definition, pieces, read)


def _filled(definition: Definition, pieces: dict[sympy.Expr, tuple[Term, Move]], read: int) -> Node | None:
    free = range(len(definition.tensor.axes))
    at: sympy.Expr = sympy.Integer(0)
    arrays = []
    while at in pieces:
        part, move = pieces.pop(at)
        (step,) = move.steps
        value = Value(name(move.moved.tensor.name), move.moved.places, reads_arrays=True)
        arrays.append(aligned(value, tuple(step if place == read else place for place in free)))
        at = at + axis_at(definition, part, step).size
        left = written(definition, part, move, axis_at(definition, part, read).size - at)
    return Node("concatenate", tuple(arrays), read) if not pieces and left == 0 else None

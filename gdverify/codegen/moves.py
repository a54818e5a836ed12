"""What a term moves along an axis: the tensor, the selector, and which index is which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import sympy

from gdverify.codegen.nodes import Node, name, number
from gdverify.derivation.graph import Definition, Reference, Term, axis_at, slot
from gdverify.notation.axes import written_out
from gdverify.notation.selectors import Selector


@dataclass(frozen=True)
class Move:
    """A tensor that is moved along an axis.

    Attributes:
        scale: numbers and sizes in front of it.
        moved: the tensor, and the places at which it is read.
        selector: says where along the axis.
        read: the place of the axis.
        steps: the places of the indices that the position is made of.
    """

    scale: sympy.Expr
    moved: Reference
    selector: Selector
    read: int
    steps: tuple[int, ...]


def moves(part: Term) -> list[Move]:
    """How a term moves a tensor, along each of the axes that it does, in the order of these; nothing without one."""
    if not part.moves:
        return []
    (moved,) = part.arrays
    selecting = [(ref, ref.tensor) for ref in part.operands if isinstance(ref.tensor, Selector)]
    brackets = [slot(part.operands.index(ref)) for ref, _ in selecting]
    scale = part.body / sympy.Mul(slot(part.operands.index(moved)), *brackets)
    made = [Move(scale, moved, chosen, ref.places[0], ref.places[1:]) for ref, chosen in selecting]
    return sorted(made, key=lambda move: moved.places.index(move.read) if move.read in moved.places else move.read)


def selected(part: Term) -> Move | None:
    """How a term moves a tensor along one axis; None where it has no selector, or several."""
    found = moves(part)
    return found[0] if len(found) == 1 else None


def size_at(definition: Definition, part: Term, place: int) -> Node:
    """The size of an index's axis."""
    return size_node(axis_at(definition, part, place).size)


def size_node(size: sympy.Expr) -> Node:
    """A size, or a sum or product of sizes, as an expression."""
    if size.is_Symbol:
        return name(size.name)
    if size.is_Add:
        # What is added before what is taken away.
        parts = sorted(size.args, key=lambda part: bool(part.could_extract_minus_sign()))
        node = size_node(parts[0])
        for part in parts[1:]:
            less = part.could_extract_minus_sign()
            node = Node("sub" if less else "add", (node, size_node(-part if less else part)))
        return node
    if size.is_Mul:
        return reduce(lambda a, b: Node("mul", (a, b)), map(size_node, size.args))
    return number(size)


def written(definition: Definition, part: Term, move: Move, size: sympy.Expr) -> sympy.Expr:
    """A size in those that are chosen, as far as the axes of a move tell."""
    return written_out(size, [axis_at(definition, part, place) for place in (move.read, *move.steps)])

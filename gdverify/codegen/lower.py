"""From a definition to an array expression.

A scalar body is laid over whole arrays: each operand is transposed and given axes of length 1 where it lacks an index.
A reduced term ``Σ_r Π factors`` is grouped by index set: two groups that share the one reduced index are a matrix
product, one group that has every index is a product and ``.sum(axis)``, anything else an ``einsum``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import sympy

from gdverify.codegen.algebra import fraction
from gdverify.codegen.moves import moves
from gdverify.codegen.moving import lower_moved
from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.products import contract, reduction
from gdverify.codegen.scalars import Lowering, product_of, reciprocal, sum_of
from gdverify.codegen.shaping import side_by_side
from gdverify.codegen.values import Value, aligned
from gdverify.derivation.graph import Definition, Reference, Term, axis_at, slot, term
from gdverify.notation.axes import Axis
from gdverify.notation.selectors import Constant
from gdverify.notation.tensors import Tensor

Axes = tuple[Axis, ...]
Read = tuple[tuple[str | Constant, tuple[int, ...]], ...]  # of operands their names, of constants what they say
Part = tuple[Axes, sympy.Expr, Read, str]  # reduced axes, body, operands, reduction
VIEWS = ("transpose", "expand", "take", "reshape", "part")


def lower(definition: Definition, like: str | None = None) -> Node:
    """The array expression of a definition, with its axes in the declared order, and memory of its own.

    Args:
        definition: what to compute.
        like: the name of an array of the same shape and dtype; needed where no operand has every axis.
    """
    parts = tuple((part.reduced, part.body, _read(part), part.reduction) for part in definition.terms)
    return _lowered(definition.tensor.axes, parts, like)


@lru_cache(maxsize=8192)  # members of a family, and a network under each loss, have most definitions in common
def _lowered(axes: Axes, parts: tuple[Part, ...], like: str | None) -> Node:
    """The array expression, from all that it depends on: of operands it reads their names and places."""
    terms = tuple(
        Term(
            reduced,
            body,
            tuple(Reference(one if isinstance(one, Constant) else Tensor(one, ()), places) for one, places in read),
            kind,
        )
        for reduced, body, read, kind in parts
    )
    return _expression(Definition(Tensor("", axes), terms), like)


def _read(part: Term) -> Read:
    return tuple((t if isinstance(t := ref.tensor, Constant) else t.name, ref.places) for ref in part.operands)


def _expression(definition: Definition, like: str | None) -> Node:
    free = tuple(range(len(definition.tensor.axes)))
    shape = Node("name", (), like)
    if not definition.terms:
        return Node("full_like", (shape, number(0)))
    if len(definition.terms) == 1:
        value = _term(definition, definition.terms[0], definition.terms[0].body)
    elif (joined := side_by_side(definition)) is not None:
        value = Value(joined, free, reads_arrays=True)
    else:
        value = _added_up(definition)
    if not value.reads_arrays:
        return Node("full_like", (shape, value.node))
    if set(value.places) != set(free):
        return Node("copy", (Node("broadcast", (shape, aligned(value, free))),))
    node = aligned(value, free)
    # A bare name, or a view of one, would share its memory with what the caller holds. Windows that the forward pass
    # reads nobody holds.
    return Node("copy", (node,)) if _is_view(node, VIEWS if like is None else (*VIEWS, "windows")) else node


def _added_up(definition: Definition) -> Value:
    """The terms of a definition added up, what all of them have in common in front: ``w (dw − Σ w dw)``."""
    shared = _shared(definition)
    left = [_without(part, shared) for part in definition.terms]
    value = sum_of([_signed(definition, part) for part in left])
    return product_of([*(Value(name(array), places, reads_arrays=True) for array, places in shared), value])


def _shared(definition: Definition) -> list[tuple[str, tuple[int, ...]]]:
    """What is a factor of every term, some of which are sums; of others `factored` takes care."""
    if not any(part.reduced for part in definition.terms) or any(part.moves for part in definition.terms):
        return []
    first, *others = (_factors(part) for part in definition.terms)
    free = range(len(definition.tensor.axes))
    return [at for at in first if all(place in free for place in at[1]) and all(at in other for other in others)]


def _factors(part: Term) -> dict[tuple[str, tuple[int, ...]], sympy.Symbol]:
    """The operands that a term is a multiple of, by name and places, with their slots."""
    above = fraction(part.body).above
    return {(r.tensor.name, r.places): slot(at) for at, r in enumerate(part.operands) if slot(at) in above}


def _without(part: Term, factors: Sequence[tuple[str, tuple[int, ...]]]) -> Term:
    left = sympy.Mul(part.body, *(1 / _factors(part)[factor] for factor in factors))
    return term(part.reduced, left, part.operands, part.reduction)


def _is_view(node: Node, views: Sequence[str]) -> bool:
    """Whether an expression is a variable, seen in some way."""
    return node.operator == "name" or (node.operator in views and _is_view(node.arguments[0], views))


def lower_entry(expression: sympy.Expr, operands: Sequence[Reference]) -> Node:
    """The array expression of a scalar expression in slots."""
    return Lowering(operands).value(expression).node


def _signed(definition: Definition, part: Term) -> tuple[bool, Value]:
    negative = bool(fraction(part.body).number < 0)
    return negative, _term(definition, part, -part.body if negative else part.body)


def _term(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    if found := moves(part):
        scale = body / part.body * found[0].scale
        value = _added(definition, lower_moved(definition, part, found))
        return Lowering(part.operands).product(fraction(scale), [value])
    if not part.reduced:
        return Lowering(part.operands).value(body)
    return (_reduced if part.reduction == "total" else _taken_over)(definition, part, body)


def _added(definition: Definition, value: Value) -> Value:
    """The value, with what has been moved to the indices of a sum added up."""
    reduced = tuple(place for place in value.places if place >= len(definition.tensor.axes))
    return contract([value], reduced) if reduced else value


def _taken_over(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    """A reduction of the body as it is: ``x.max(axis=1)``."""
    value = Lowering(part.operands).value(body)
    start = len(definition.tensor.axes)
    return reduction(part.reduction, value, tuple(range(start, start + len(part.reduced))))


def _reduced(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    start = len(definition.tensor.axes)
    reduced = set(range(start, start + len(part.reduced)))
    lowering = Lowering(part.operands)
    laid = fraction(body)
    above, outer_above = _parted(laid.above, lambda f: bool(lowering.places(f) & reduced))
    below, outer_below = _parted(laid.below, lambda f: bool(lowering.places(f) & reduced))
    missing = reduced - {p for f in (*above, *below) for p in lowering.places(f)}
    sizes = [axis_at(definition, part, place).size for place in sorted(missing)]
    factors = [lowering.value(f) for f in lowering.masked(above)]
    factors += [reciprocal(lowering.value(f)) for f in below]
    outside = laid.number * sympy.Mul(*sizes, *outer_above, *(1 / f for f in outer_below), evaluate=True)
    if not factors:
        return lowering.value(outside)
    inside = contract(factors, tuple(sorted(reduced - missing)))
    return lowering.product(fraction(outside), [inside])


def _parted(
    factors: Sequence[sympy.Expr], inside: Callable[[sympy.Expr], bool]
) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    return [f for f in factors if inside(f)], [f for f in factors if not inside(f)]

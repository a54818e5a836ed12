"""The chain rule forwards: how every tensor changes along a direction.

For ``Y[f] = Σ_r body`` and a direction in which the operands change by ``vA``,

    vY[f] = Σ_r Σ_occurrences ∂body/∂A[g] · vA[g].

The adjoints are definitions like any other. Carried on through them, the rule gives the change of the gradient along
the direction: the product of the Hessian with it, at the cost of about one more gradient (Pearlmutter, Fast exact
multiplication by the Hessian, 1994; Christianson, Automatic Hessians by reverse accumulation, 1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sympy

from gdverify.derivation.adjoint import partial, read_from_value
from gdverify.derivation.graph import Definition, Reference, Term, slot, term
from gdverify.notation.tensors import Tensor


@lru_cache(maxsize=4096)
def slope(body: sympy.Expr, place: int) -> sympy.Expr:
    """``∂body/∂slot``, with what does not depend on the slot in front: the upstream gradient, as a rule."""
    factor, dependent = body.as_independent(slot(place), as_Add=False)
    return factor * partial(dependent, place)


def slope_of(definition: Definition, part: Term, place: int) -> Term:
    """The derivative of a term by its operand; what contains the term's value again reads it from the tensor."""
    own = Reference(definition.tensor, tuple(range(len(definition.tensor.axes))))
    derivative = read_from_value(definition, part, slope(part.body, place))
    return term(part.reduced, derivative, [*part.operands, own])


def changing(definitions: Sequence[Definition], sources: Sequence[Tensor]) -> set[Tensor]:
    """The tensors that change with some of the sources, these among them."""
    found = set(sources)
    # A loop reads what it computes itself: what changes in it is known after its second turn.
    for definition in (*definitions, *definitions):
        if any(_changes(part, found) for part in definition.passing):
            found.add(definition.tensor)
    return found


def _changes(part: Term, found: set[Tensor]) -> bool:
    return any(ref.tensor in found and slope(part.body, at) != 0 for at, ref in enumerate(part.operands))


def tangents(
    definitions: Sequence[Definition], directions: Mapping[Tensor, Tensor], prefix: str
) -> dict[Tensor, Definition]:
    """The change of every tensor that changes along the directions, by the tensor; in the order of the definitions.

    Args:
        definitions: a derivation, in an order in which it can be computed.
        directions: for some of the tensors that it reads, that along which they change.
        prefix: what the name of a change has in front of that of its tensor.
    """
    moving = changing(definitions, [*directions])
    change = {**{t: Tensor(prefix + t.name, t.axes, "adjoint") for t in moving}, **directions}
    return {
        definition.tensor: Definition(
            change[definition.tensor],
            tuple(found for part in definition.passing for found in _changed(definition, part, change)),
            definition.loop,
        )
        for definition in definitions
        if definition.tensor in moving
    }


def _changed(definition: Definition, part: Term, change: Mapping[Tensor, Tensor]) -> list[Term]:
    made = []
    for place, operand in enumerate(part.operands):
        if operand.tensor in change and not definition.holds(operand.tensor):
            outer = slope_of(definition, part, place)
            moved = Reference(change[operand.tensor], operand.places)
            made.append(term(outer.reduced, outer.body * slot(len(outer.operands)), [*outer.operands, moved]))
    return [found for found in made if found.body != 0]

"""The chain rule for one definition: what each of its operands receives from its adjoint.

For ``Y[f] = Σ_r body`` and an occurrence ``A[g]`` among the operands,

    Ā[g] += Σ_{indices of f, r that are not in g} Ȳ[f] · ∂body/∂A[g],

and nothing where the reduction is one on whose value nothing depends (`REDUCTIONS`).

The derivative is an ordinary scalar one, by the slot of the operand. Where it contains the body again, as that of exp,
tanh and sigmoid does, the body is read from Y, which the forward pass has computed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

import sympy

from gdverify.derivation.graph import Definition, Loop, Reference, Term, axis_at, slot, term
from gdverify.notation.tensors import Tensor


@lru_cache(maxsize=4096)
def partial(body: sympy.Expr, place: int) -> sympy.Expr:
    """``∂body/∂slot``."""
    return body.diff(slot(place))


def contributions(
    definition: Definition, upstream: Tensor | None, needed: Container[Tensor]
) -> Iterator[tuple[Tensor, Term]]:
    """Each operand of a definition whose adjoint is needed, with the term that it receives.

    Args:
        definition: of the tensor Y.
        upstream: the adjoint Ȳ; None where Y is the loss, whose adjoint is 1.
        needed: the tensors whose adjoints are.
    """
    for part in definition.passing:
        for place, operand in enumerate(part.operands):
            if operand.tensor not in needed or definition.holds(operand.tensor):
                continue
            if (derivative := partial(part.body, place)) != 0:
                yield operand.tensor, _received(definition, part, operand, derivative, upstream)


def _received(
    definition: Definition, part: Term, operand: Reference, derivative: sympy.Expr, upstream: Tensor | None
) -> Term:
    every = range(len(definition.tensor.axes) + len(part.reduced))
    summed = [place for place in every if place not in operand.places]
    # Places of the adjoint's own term: those of the operand come first, what is summed follows.
    moved = {old: new for new, old in enumerate([*operand.places, *summed])}
    reads = [*part.operands, Reference(definition.tensor, tuple(range(len(definition.tensor.axes))))]
    body = read_from_value(definition, part, derivative)
    if upstream is not None:
        body = body * slot(len(reads))
        reads.append(Reference(upstream, tuple(range(len(upstream.axes)))))
    axes = [axis_at(definition, part, place) for place in summed]
    return term(axes, body, [Reference(ref.tensor, tuple(moved[p] for p in ref.places)) for ref in reads])


def read_from_value(definition: Definition, part: Term, derivative: sympy.Expr) -> sympy.Expr:
    """The derivative of a term, in which the slot behind its operands stands for the definition's own value."""
    if part.reduced or len(definition.terms) > 1:
        return derivative
    return reusing(derivative, part.body, slot(len(part.operands)))


def reusing(derivative: sympy.Expr, body: sympy.Expr, value: sympy.Symbol) -> sympy.Expr:
    """The derivative with the body's value in place of the body, and of its whole powers: ``√u' = u' / (2 √u)``."""
    known = {body: value}
    if isinstance(body, sympy.Pow):
        for power in derivative.atoms(sympy.Pow):
            exponent = power.exp / body.exp
            if power.base == body.base and exponent.is_Integer:
                known[power] = value**exponent
    return derivative.xreplace(known)


# Parameters before the tensor through which the chain goes on, as one would write it by hand.
_BY_HAND = {"parameter": 0, "target": 1, "input": 2, "intermediate": 3}


def adjoints(
    definitions: Sequence[Definition], upstream: Tensor | None, wanted: Sequence[Tensor]
) -> dict[Tensor, Definition]:
    """The adjoints that lead to the wanted ones, from the result backwards; linear in the number of definitions.

    Args:
        definitions: the forward pass, the result last.
        upstream: the adjoint of the result; None where the result is the loss.
        wanted: the tensors whose adjoints are asked for.
    """
    needed = _between(definitions, wanted)
    reading = [definition for definition in definitions if definition.tensor in needed]
    groups = [[*group] for _, group in groupby(reading, key=lambda d: d.loop or d.tensor)]
    first_read = {t: at for at, group in reversed([*enumerate(groups)]) for d in group for t in d.differentiated}
    received: dict[Tensor, list[Term]] = {tensor: [] for tensor in needed}
    adjoint = {tensor: Tensor(f"d{tensor.name}", tensor.axes, "adjoint") for tensor in needed}
    if upstream is None:
        own: dict[Tensor, Tensor | None] = {**adjoint, definitions[-1].tensor: None}
    else:
        own = {**adjoint, definitions[-1].tensor: upstream}
    made: dict[Tensor, Definition] = {}
    for at, group in reversed([*enumerate(groups)]):
        for definition in reversed(group):
            for tensor, part in contributions(definition, own[definition.tensor], needed):
                received[tensor].append(part)
        inside = [definition.tensor for definition in reversed(group) if definition.loop]
        made |= {t: Definition(adjoint[t], tuple(received[t]), _reversed(group)) for t in inside}
        read = dict.fromkeys(tensor for definition in reversed(group) for tensor in definition.differentiated)
        complete = [t for t in read if t in needed and first_read[t] == at and t not in made]
        for tensor in sorted(complete, key=lambda t: _BY_HAND[t.role]):
            if not _computed_in_a_loop(tensor, groups):
                made[tensor] = Definition(adjoint[tensor], tuple(received[tensor]))
    return made


def _reversed(group: Sequence[Definition]) -> Loop | None:
    loop = group[0].loop
    return None if loop is None else loop.reversed


def _computed_in_a_loop(tensor: Tensor, groups: Sequence[Sequence[Definition]]) -> bool:
    """Whether its adjoint is made together with those of its neighbours."""
    return any(definition.tensor is tensor and definition.loop for group in groups for definition in group)


def _between(definitions: Sequence[Definition], wanted: Sequence[Tensor]) -> set[Tensor]:
    """What depends on the wanted ones, and what the result depends on: a gradient goes through both."""
    behind, leading = set(wanted), {definitions[-1].tensor}
    # A loop reads what it computes itself: what it depends on is known after its second turn.
    for definition in (*definitions, *(d for d in definitions if d.loop)):
        if behind.intersection(definition.differentiated):
            behind.add(definition.tensor)
    for definition in (*reversed(definitions), *(d for d in reversed(definitions) if d.loop)):
        if definition.tensor in leading:
            leading.update(definition.differentiated)
    return {*wanted, *(behind & leading)}

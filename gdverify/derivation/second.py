"""Second order: the product of the Hessian with a direction, and the diagonal of the Hessian.

Both differentiate the derivation itself, which is made of forward definitions and of adjoints: the product along a
direction (`gdverify.derivation.tangent`), the diagonal entry by entry (`gdverify.derivation.entries`). At a kink the
derivative of the declared gradient is taken, branch by branch: beside the kink of |z| the second derivative is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from gdverify.derivation.entries import EntrySlopes
from gdverify.derivation.graph import Definition
from gdverify.derivation.steps import Derivation
from gdverify.derivation.tangent import tangents
from gdverify.errors import unknown
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True, eq=False)
class SecondOrder:
    """Second derivatives of a loss, or of ``Σ upstream · result``.

    Attributes:
        derivation: of the gradient.
        directions: what the product is taken with, one for each wanted tensor; nothing for the diagonal.
        definitions: what is computed beyond the gradient, each with a tensor of the forward pass that has its axes,
            where there is one.
        results: the second derivatives, by the tensor that they belong to.
    """

    derivation: Derivation
    directions: tuple[Tensor, ...]
    definitions: tuple[tuple[Definition, Tensor | None], ...]
    results: dict[Tensor, Tensor]


def product(derivation: Derivation) -> SecondOrder:
    """``H v``: how the gradient of every wanted tensor changes along a direction, which has a part for each of them."""
    wanted = derivation.wanted
    every = [*derivation.forward, *derivation.gradients.values()]
    prefix = _prefix("v", every, derivation)
    directions = {tensor: Tensor(prefix + tensor.name, tensor.axes, "upstream") for tensor in wanted}
    changes = tangents(every, directions, prefix)
    results = {}
    for tensor in wanted:
        gradient = derivation.gradients[tensor].tensor
        # The gradient of a loss that is linear in everything does not change.
        still = Definition(Tensor(prefix + gradient.name, gradient.axes, "adjoint"), ())
        results[tensor] = changes.setdefault(gradient, still).tensor
    shaped = {adjoint.tensor: tensor for tensor, adjoint in derivation.gradients.items()}
    made = tuple((definition, shaped.get(tensor, tensor)) for tensor, definition in changes.items())
    return SecondOrder(derivation, tuple(directions.values()), made, results)


def diagonal(derivation: Derivation, operand: str | None = None) -> SecondOrder:
    """``∂²loss/∂y[g]²`` for every entry of an operand, or of every wanted tensor.

    Raises:
        NotationError: an entry of the gradient cannot be followed alone, as in a recurrence.
        UnknownName: no gradient is asked for by that name.
    """
    known = {tensor.name: tensor for tensor in derivation.wanted}
    if operand is not None and operand not in known:
        raise unknown(f"operand of {derivation.name}", operand, known)
    every = [*derivation.forward, *derivation.gradients.values()]
    prefix = _prefix("h", every, derivation)
    taken = _names(every, derivation)
    made: list[tuple[Definition, Tensor | None]] = []
    results = {}
    for tensor in known.values() if operand is None else [known[operand]]:
        slopes = EntrySlopes(every, tensor, taken)
        entries = slopes.diagonal(derivation.gradients[tensor].tensor, prefix + tensor.name)
        made += [*((definition, None) for definition in slopes.made), (entries, tensor)]
        results[tensor] = entries.tensor
    return SecondOrder(derivation, (), tuple(made), results)


def _prefix(letter: str, definitions: Iterable[Definition], derivation: Derivation) -> str:
    """A prefix for names that makes none of what there is: ``v``, or ``v_`` where ``vW`` is the name of a weight."""
    taken = _names(definitions, derivation)
    every = (letter + "_" * length for length in count())
    return next(prefix for prefix in every if not any(prefix + name in taken for name in taken))


def _names(definitions: Iterable[Definition], derivation: Derivation) -> set[str]:
    """Of the tensors and of the sizes of their axes."""
    tensors = [*derivation.arguments, *(definition.tensor for definition in definitions)]
    return {tensor.name for tensor in tensors} | {axis.name for tensor in tensors for axis in tensor.axes}

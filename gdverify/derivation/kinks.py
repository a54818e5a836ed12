"""Kinks: where a forward definition has no derivative, which value is taken, and which would do as well.

What is differentiated is the function by cases itself, without the factors and sums around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gdverify.derivation.cases import Place, functions_by_cases, places
from gdverify.derivation.graph import Definition, Term, slot
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Kink:
    """A kink of a definition.

    Attributes:
        tensor: whose definition has it.
        part: the term of the definition in which it stands; its operands are what the slots mean.
        function: ``relu``, ``absolute``, ``sign`` or ``select``.
        operand: what the derivative is taken by.
        place: where it is, and the derivatives there.
    """

    tensor: Tensor
    part: Term
    function: str
    operand: Tensor
    place: Place


def kinks(definitions: Iterable[Definition]) -> list[Kink]:
    """The kinks of forward definitions, in order; each once."""
    found = (
        Kink(definition.tensor, part, type(function).__name__, operand.tensor, place)
        for definition in definitions
        for part in definition.terms
        for function in functions_by_cases(part.body)
        for place in places(function)
        for at, operand in enumerate(part.operands)
        if place.by == slot(at)
    )
    return list(dict.fromkeys(found))

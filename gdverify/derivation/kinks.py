"""Kinks: where a forward definition has no derivative, which value is declared, and which would do as well.

The equation declares it: its condition says which branch the boundary belongs to, ``z > 0`` for 0 and ``z >= 0`` for 1
in relu. What is allowed are the values between the one-sided derivatives, which are those of the branches.

What is differentiated is the function by cases itself, without the factors and sums around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr, Symbol

from gdverify.derivation.cases import Place, functions_by_cases, places
from gdverify.derivation.graph import Definition, Reference, Term, slot, term
from gdverify.notation.axes import Axis
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

    @property
    def sides(self) -> tuple[str, str]:
        """What is equal at the kink, in the names of the operands: ``z1`` and ``0``."""
        return self.named(self.place.left), self.named(self.place.right)

    def named(self, expression: Expr) -> str:
        """An expression of the place, in the names of the operands."""
        tensors = {slot(at): Symbol(operand.tensor.name) for at, operand in enumerate(self.part.operands)}
        return str(expression.xreplace(tensors))

    @property
    def gap(self) -> Definition:
        """What is 0 at the kink, ``left − right``, with the axes of the operands that it compares."""
        body = self.place.left - self.place.right
        compared = term((), body, self.part.operands).operands
        places = sorted({place for operand in compared for place in operand.places})
        axes: list[Axis] = [*self.tensor.axes, *self.part.reduced]
        reads = [Reference(ref.tensor, tuple(map(places.index, ref.places))) for ref in self.part.operands]
        return Definition(Tensor("gap", [axes[place] for place in places]), (term((), body, reads),))


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

"""What libraries of boosted trees take in place of the diagonal of the Hessian, on purpose.

A leaf's step is −Σ g / (Σ h + λ): a larger h shortens it, and where h is 0 there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy

from gdverify.derivation.graph import Definition, Reference, Term, slot, term
from gdverify.notation.functions import select
from gdverify.notation.tensors import Tensor

Rule = Callable[[Definition], tuple[Definition, ...]]  # what is returned for a diagonal, in its place; that last


def as_it_is(diagonal: Definition) -> tuple[Definition, ...]:
    """The diagonal itself."""
    return (diagonal,)


def twice(diagonal: Definition) -> tuple[Definition, ...]:
    """``2 h``: for softmax 2 p (1 − p)."""
    return (_times(sympy.Integer(2), diagonal),)


def ahead(diagonal: Definition) -> tuple[Definition, ...]:
    """``exp(log h + 0.7)``: of exp(y) that at y + 0.7, where a large y + 0.7 is rounded first."""
    itself, logarithm = _of(diagonal, "itself", sympy.log(slot(0)))
    # A definition of its own, since SymPy makes e^0.7 h of it, which rounds another way.
    return (itself, *_of(logarithm, "logarithm", sympy.exp(slot(0) + sympy.Rational(7, 10))))


def one(diagonal: Definition) -> tuple[Definition, ...]:
    """1 in every entry."""
    return (Definition(diagonal.tensor, (Term((), sympy.Integer(1), ()),)),)


@dataclass(frozen=True)
class Floored:
    """``max(h, ε)`` of what a rule makes.

    Attributes:
        rule: what makes h.
        floor: ε.
    """

    rule: Rule
    floor: sympy.Rational

    def __call__(self, diagonal: Definition) -> tuple[Definition, ...]:
        """The definitions, that of the diagonal last."""
        *before, last = self.rule(diagonal)
        return (*before, *_of(last, "below", select(slot(0) > self.floor, slot(0), self.floor)))


def _of(definition: Definition, word: str, body: sympy.Expr) -> tuple[Definition, Definition]:
    """What is defined by another name, and in its place a function of each of its entries."""
    result = definition.tensor
    renamed = Tensor(f"{result.name}_{word}", result.axes, result.role)
    whole = Reference(renamed, tuple(range(len(result.axes))))
    return replace(definition, tensor=renamed), Definition(result, (term((), body, (whole,)),))


def _times(factor: sympy.Expr, diagonal: Definition) -> Definition:
    return replace(diagonal, terms=tuple(replace(part, body=factor * part.body) for part in diagonal.terms))

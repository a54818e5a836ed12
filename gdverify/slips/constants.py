"""Slips in the constants of a backward pass: numbers such as 2 and ½, and sizes such as 1/N."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import sympy

from gdverify.codegen.algebra import Fraction, fraction, is_slot
from gdverify.codegen.nodes import Node, number
from gdverify.derivation.graph import Definition, Term
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import afterwards, redefined, right, wanted
from gdverify.slips.losses import loss_adjoints
from gdverify.slips.slip import Change, Slip


def _recomposed(laid: Fraction, scale: sympy.Expr, below: Sequence[sympy.Expr]) -> sympy.Expr:
    return scale * sympy.Mul(*laid.above) / sympy.Mul(*below)


def _rescaled(adjoint: Definition, change: Callable[[Fraction], sympy.Expr]) -> list[Term]:
    return [Term(part.reduced, change(fraction(part.body)), part.operands) for part in adjoint.terms]


def _numbers_dropped(derivation: Derivation) -> Iterator[Change]:
    for adjoint in derivation.every_adjoint.values():
        found = [abs(fraction(part.body).number) for part in adjoint.terms]
        if set(found) - {1}:
            terms = _rescaled(adjoint, lambda laid: _recomposed(laid, sympy.sign(laid.number), laid.below))
            yield Change(redefined(adjoint, terms), {"factor": str(max(found)), "target": adjoint.tensor.name})


def _sizes(adjoint: Definition) -> list[sympy.Symbol]:
    """The sizes that the adjoint is divided by."""
    below = {factor for part in adjoint.terms for factor in fraction(part.body).below}
    return sorted((factor for factor in below if factor.is_Symbol and not is_slot(factor)), key=str)


def _sizes_dropped(derivation: Derivation) -> Iterator[Change]:
    for adjoint in derivation.every_adjoint.values():
        if len(sizes := _sizes(adjoint)) > 1:
            for size in sizes:
                yield _without(adjoint, [size], str(size))


def _mean_dropped(derivation: Derivation) -> Iterator[Change]:
    for adjoint in derivation.every_adjoint.values():
        if sizes := _sizes(adjoint):
            yield _without(adjoint, sizes)


def _without(adjoint: Definition, sizes: Sequence[sympy.Symbol], variant: str = "") -> Change:
    terms = _rescaled(adjoint, lambda laid: _recomposed(laid, laid.number, [f for f in laid.below if f not in sizes]))
    said = " ".join(map(str, sizes))
    return Change(redefined(adjoint, terms), {"sizes": said, "target": adjoint.tensor.name}, variant)


def _divided(derivation: Derivation) -> Iterator[Change]:
    """Divided by the size of an axis by which it is not divided yet: of what it has, or of what it is summed over."""
    for tensor, adjoint in _ends(derivation):
        reduced = [axis for part in adjoint.terms for axis in part.reduced]
        taken = _sizes(adjoint)
        for axis in dict.fromkeys([*tensor.axes, *reduced]):
            if axis.size not in taken:
                terms = _rescaled(adjoint, partial(_over, axis.size))
                words = {"size": axis.name, "target": adjoint.tensor.name}
                yield Change(redefined(adjoint, terms), words, axis.name)


def _over(size: sympy.Symbol, laid: Fraction) -> sympy.Expr:
    return _recomposed(laid, laid.number / size, laid.below)


def _ends(derivation: Derivation) -> Iterator[tuple[Tensor, Definition]]:
    """Where a constant is put in: where the chain begins, and at its ends."""
    return iter({**dict(loss_adjoints(derivation)), **dict(wanted(derivation))}.items())


def _times(factor: sympy.Rational) -> Callable[[Derivation], Iterator[Change]]:
    def changes(derivation: Derivation) -> Iterator[Change]:
        for tensor, _ in _ends(derivation):
            edits = afterwards(derivation, tensor, Node("mul", (number(factor), right(tensor))))
            yield Change(edits, {"target": f"d{tensor.name}"})

    return changes


CONSTANTS: tuple[Slip, ...] = (
    Slip("constant dropped", "the factor {factor} is missing in {target}", _numbers_dropped),
    Slip("division by a size dropped", "the division by {sizes} is missing in {target}", _sizes_dropped),
    Slip("sum for mean", "{target} is that of a sum: the division by {sizes} is missing", _mean_dropped),
    Slip("mean for sum", "{target} is divided by {size}, as that of a mean would be", _divided),
    Slip("factor 2 put in", "{target} is multiplied by 2", _times(sympy.Integer(2))),
    Slip("factor ½ put in", "{target} is multiplied by ½", _times(sympy.Rational(1, 2))),
)

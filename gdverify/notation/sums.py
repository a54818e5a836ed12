"""Sums over indices: ``total(W[o, i] * x[n, i], over=i)`` and ``mean``."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Index
from gdverify.notation.tensors import Entry


class Total(sympy.Expr):
    """``Σ_{indices} body``; its arguments are the body and then the bound indices."""

    is_commutative = True
    is_real = True

    @property
    def body(self) -> sympy.Expr:
        """What is summed."""
        return self.args[0]

    @property
    def over(self) -> tuple[Index, ...]:
        """The bound indices, in the order in which they were made."""
        return self.args[1:]


def free_indices(expression: sympy.Expr) -> tuple[Index, ...]:
    """The indices that are not summed over, in the order in which they were made."""
    return _ordered(_free(expression))


def _free(expression: sympy.Basic) -> set[Index]:
    if isinstance(expression, Entry):
        return set(expression.indices)
    if isinstance(expression, Total):
        return _free(expression.body) - set(expression.over)
    found: set[Index] = set()
    for argument in expression.args:
        found |= _free(argument)
    return found


def _ordered(indices: set[Index]) -> tuple[Index, ...]:
    return tuple(sorted(indices, key=lambda index: index.dummy_index))


def total(expression: sympy.Expr, over: Index | Sequence[Index] | None = None) -> sympy.Expr:
    """Sum over the given indices, or over every free one.

    Raises:
        NotationError: an index does not occur freely in what is summed.
    """
    expression = sympy.sympify(expression, strict=True)
    free = free_indices(expression)
    indices = free if over is None else _listed(over)
    for index in indices:
        if index not in free:
            raise NotationError(
                f"total(over={index.axis}): the index over axis {index.axis} is not free in what is summed "
                f"(free: {', '.join(str(i.axis) for i in free) or 'none'}); the sum would only multiply by the size."
            )
    refuse_captured(f"total(over={', '.join(str(index.axis) for index in indices)})", expression, free)
    return Total(expression, *indices) if indices else expression


def refuse_captured(what: str, expression: sympy.Expr, free: Sequence[Index]) -> None:
    """Raise NotationError where one of the free indices is bound by a sum inside as well."""
    for part in sorted(expression.atoms(Total), key=str):
        for index in part.over:
            if index in free:
                raise NotationError(
                    f"{what}: the index over axis {index.axis} is summed over in one place and free in another; "
                    "make a second index over the axis for the sum."
                )


def mean(expression: sympy.Expr, over: Index | Sequence[Index] | None = None) -> sympy.Expr:
    """``total`` divided by the number of terms; raises as `total` does."""
    expression = sympy.sympify(expression, strict=True)
    indices = free_indices(expression) if over is None else _listed(over)
    return total(expression, indices) / sympy.Mul(*(index.axis.size for index in indices))


def _listed(over: Index | Sequence[Index]) -> tuple[Index, ...]:
    return (over,) if isinstance(over, Index) else tuple(over)

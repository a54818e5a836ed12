"""What is taken over indices: ``total(W[o, i] * x[n, i], over=i)``, ``mean``, ``softmax``.

A reduction is one row of `REDUCTIONS`: how its result depends on each term that enters it, and how it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Index, fresh
from gdverify.notation.positions import Position
from gdverify.notation.selectors import Causal
from gdverify.notation.tensors import Entry


class Reduction(sympy.Expr):
    """A body taken over indices; its arguments are the body and then the bound indices."""

    is_commutative = True
    is_real = True

    @property
    def kind(self) -> str:
        """The name of its row in `REDUCTIONS`."""
        return type(self).__name__.lower()

    @property
    def body(self) -> sympy.Expr:
        """What is reduced."""
        return self.args[0]

    @property
    def over(self) -> tuple[Index, ...]:
        """The bound indices, in the order in which they were made."""
        return self.args[1:]


class Total(Reduction):
    """``Σ_{indices} body``."""


class Largest(Reduction):
    """``max_{indices} body``; its derivative goes to the first of the largest terms."""


class Peak(Reduction):
    """``max_{indices} body``, a shift: of what uses it nothing depends on its value, so its derivative is 0.

    Only `softmax`, `log_softmax` and `logsumexp` make one, which need it so that no exponential overflows.
    """


class Whole(sympy.Function):
    """What is computed as a whole, before what it is part of; a second argument is what it is called."""

    nargs: tuple[int, ...] = (1, 2)
    is_real = True


class Softmax(Whole):
    """``w = exp z / Σ exp z``, with z as a third argument: ``dw = w (dz − Σ w dz)`` is read from w alone."""

    nargs = (3,)

    @property
    def scores(self) -> sympy.Expr:
        """z."""
        return self.args[2]

    @property
    def over(self) -> tuple[Index, ...]:
        """The indices over which the weights add up to 1."""
        (total,) = (part for part in sympy.Mul.make_args(1 / self.args[0]) if isinstance(part, Total))
        return tuple(index for index in free_indices(self.args[0]) if index not in free_indices(total))


@dataclass(frozen=True)
class Row:
    """A row of the table of reductions.

    Attributes:
        weight: the derivative of the result by each of the terms.
        text: how it stands in front of what is reduced, in plain text.
        latex: the same in LaTeX.
    """

    weight: int
    text: str
    latex: str


REDUCTIONS: dict[str, Row] = {
    "total": Row(1, "Σ", r"\sum"),
    "peak": Row(0, "max", r"\max"),
    "winner": Row(0, "argmax", r"\arg\max"),  # the position of the first of the largest
}


def free_indices(expression: sympy.Expr) -> tuple[Index, ...]:
    """The indices that are not summed over, in the order in which they were made."""
    return _ordered(_free(expression))


def _free(expression: sympy.Basic) -> set[Index]:
    if isinstance(expression, Entry):
        return set(expression.indices)
    if isinstance(expression, Reduction):
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
    expression, indices = _reduced("total", expression, over)
    return Total(expression, *indices) if indices else expression


def largest(expression: sympy.Expr, over: Index | Sequence[Index]) -> sympy.Expr:
    """The largest over the given indices. At a tie the first is taken, and its gradient may be shared in any way.

    Args:
        expression: what is compared.
        over: the indices; where there are several the last of them runs fastest, which says what is first.

    Raises:
        NotationError: an index does not occur freely in the expression.
    """
    expression, indices = _reduced("largest", expression, over)
    return Largest(expression, *indices)


def logsumexp(expression: sympy.Expr, over: Index | Sequence[Index] | None = None) -> sympy.Expr:
    """``log Σ exp`` over the given indices, or over every free one, in a form that cannot overflow.

    Raises:
        NotationError: an index does not occur freely in what is summed.
    """
    expression, indices = _reduced("logsumexp", expression, over)
    shift = Peak(expression, *indices)
    return shift + sympy.log(Total(sympy.exp(expression - shift), *indices))


def softmax(expression: sympy.Expr, over: Index | Sequence[Index], until: Index | None = None) -> sympy.Expr:
    """``exp(z[j]) / Σ_j exp(z[j])``, in a form that cannot overflow; the indices stay free.

    Args:
        expression: z.
        over: the indices j.
        until: of one index j, the last that has a weight, such as the query in a causal attention.

    Raises:
        NotationError: an index does not occur freely in the expression.
    """
    expression, indices = _reduced("softmax", expression, over)
    z = expression if until is None else _until(expression, indices[0], until)
    raised, shift = _raised(whole(z), indices)
    return Softmax(sympy.exp(whole(z) - shift) / Total(*raised), sympy.Symbol("weights"), whole(z))


def _until(z: sympy.Expr, over: Index, last: Index) -> sympy.Expr:
    """z up to an index, and behind it what has no weight: 0 is added to z, or −10³⁰, both without loss."""
    like = min(z.atoms(Entry), key=lambda entry: entry.dummy_index).tensor
    return whole(z) + Causal([last.axis, over.axis], like)[last, over]


def whole(expression: sympy.Expr, name: str | None = None) -> sympy.Expr:
    """What is to be computed once, as a person would: ``x − mean`` in a normalisation, the weights of an attention.

    Args:
        expression: what it is.
        name: what the generated code calls it, behind the letter of the operation.
    """
    if isinstance(expression, Entry):
        return expression
    return Whole(expression) if name is None else Whole(expression, sympy.Symbol(name))


def log_softmax(expression: sympy.Expr, over: Index | Sequence[Index]) -> sympy.Expr:
    """The logarithm of `softmax`, ``z[j] − log Σ_j exp(z[j])``; raises as it does."""
    expression, indices = _reduced("log_softmax", expression, over)
    raised, shift = _raised(expression, indices)
    return expression - shift - sympy.log(Total(*raised))


def _raised(expression: sympy.Expr, indices: Sequence[Index]) -> tuple[tuple[sympy.Expr, ...], sympy.Expr]:
    """The exponentials that are summed, with indices of their own, and the shift."""
    own = {index: fresh(index.axis) for index in indices}
    summed = reindexed(expression, own)
    shift = Peak(summed, *own.values())
    return (sympy.exp(summed - shift), *own.values()), shift


def reindexed(expression: sympy.Expr, renamed: Mapping[Index, Index]) -> sympy.Expr:
    """The expression with other indices in the place of free ones."""
    entries = {
        entry: entry.tensor[tuple(_renamed(found, renamed) for found in entry.at)] for entry in expression.atoms(Entry)
    }
    return expression.xreplace(entries)


def _renamed(found: Index | Position, names: Mapping[Index, Index]) -> sympy.Expr:
    return found.renamed(dict(names)) if isinstance(found, Position) else names.get(found, found)


def _reduced(
    name: str, expression: sympy.Expr, over: Index | Sequence[Index] | None
) -> tuple[sympy.Expr, tuple[Index, ...]]:
    """What is reduced, and the indices over which; refused where one of these is not free in it."""
    expression = sympy.sympify(expression, strict=True)
    free = free_indices(expression)
    indices = free if over is None else _listed(over)
    for index in indices:
        if index not in free:
            raise NotationError(
                f"{name}(over={index.axis}): the index over axis {index.axis} is not free in what is summed "
                f"(free: {', '.join(str(i.axis) for i in free) or 'none'}); the sum would only multiply by the size."
            )
    refuse_captured(f"{name}(over={', '.join(str(index.axis) for index in indices)})", expression, free)
    return expression, indices


def refuse_captured(what: str, expression: sympy.Expr, free: Sequence[Index]) -> None:
    """Raise NotationError where one of the free indices is bound by a sum inside as well."""
    for part in sorted(expression.atoms(Reduction), key=str):
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

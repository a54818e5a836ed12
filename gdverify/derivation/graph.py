"""Normal form: every tensor is defined once, as a sum of terms.

    Y[free] = Σ_terms Σ_reduced body(slots)

A term's body is an ordinary scalar SymPy expression in *slots*; slot k stands for its k-th operand, a tensor read at
some of the definition's indices. Indices are places: 0 … len(free) − 1 are the free ones, those after them are reduced.
So two definitions that differ only in the names of their indices are equal, and a derivative is taken once for all
of them. Where another reduction stands in the place of Σ_reduced, the definition has that term alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import sympy

from gdverify.notation.axes import Axis
from gdverify.notation.reductions import REDUCTIONS
from gdverify.notation.selectors import Constant, Selector
from gdverify.notation.tensors import Tensor


@cache
def slot(place: int) -> sympy.Symbol:
    """The scalar that stands for operand number ``place``; its name is no identifier, so no size can be meant."""
    return sympy.Symbol(f"·{place:02d}", real=True)


@dataclass(frozen=True)
class Reference:
    """A tensor read at the indices in the given places."""

    tensor: Tensor
    places: tuple[int, ...]


@dataclass(frozen=True)
class Term:
    """``Σ_reduced body``, or another reduction, with one operand for each slot of the body."""

    reduced: tuple[Axis, ...]
    body: sympy.Expr
    operands: tuple[Reference, ...]
    reduction: str = "total"

    @property
    def arrays(self) -> tuple[Reference, ...]:
        """The operands that are arrays, and no selectors."""
        return tuple(ref for ref in self.operands if not isinstance(ref.tensor, Selector))

    @property
    def moves(self) -> bool:
        """Whether it reads, or adds up, along an axis."""
        return len(self.arrays) < len(self.operands)


@dataclass(frozen=True)
class Loop:
    """What is computed one step after the other, since a step reads what another one gave.

    Attributes:
        axis: of the steps.
        states: the tensors that are carried from one to the next.
        backwards: whether the last step comes first.
    """

    axis: Axis
    states: tuple[Tensor, ...]
    backwards: bool = False

    @property
    def reversed(self) -> Loop:
        """The same steps the other way round."""
        return replace(self, backwards=not self.backwards)


@dataclass(frozen=True)
class Slopes:
    """Terms that change with some tensors as a definition does; all else in them is a given number.

    Attributes:
        terms: what is differentiated.
        by: the tensors.
    """

    terms: tuple[Term, ...]
    by: tuple[Tensor, ...]


@dataclass(frozen=True)
class Definition:
    """A tensor as a sum of terms; without terms it is zero.

    Attributes:
        tensor: what is defined.
        terms: what is added up.
        loop: the steps in which it is computed, together with its neighbours of the same loop.
        slopes: what is differentiated in the place of the terms; None where that is the terms themselves.
    """

    tensor: Tensor
    terms: tuple[Term, ...]
    loop: Loop | None = None
    slopes: Slopes | None = None

    @property
    def operands(self) -> list[Tensor]:
        """The tensors that it reads, in order."""
        return _read(self.terms)

    @property
    def passing(self) -> list[Term]:
        """The terms through which a gradient goes back."""
        terms = self.terms if self.slopes is None else self.slopes.terms
        return [term for term in terms if REDUCTIONS[term.reduction].weight]

    @property
    def differentiated(self) -> list[Tensor]:
        """The tensors that a gradient goes back to, in order."""
        return [tensor for tensor in _read(self.passing) if not self.holds(tensor)]

    def holds(self, tensor: Tensor) -> bool:
        """Whether it is a given number to the chain rule, such as the tensor's own value."""
        return self.slopes is not None and tensor not in self.slopes.by


def _read(terms: Sequence[Term]) -> list[Tensor]:
    """Of constants, what they are made from, such as positions."""
    read = (
        ref.tensor.found_in if isinstance(ref.tensor, Constant) else ref.tensor for t in terms for ref in t.operands
    )
    return list(dict.fromkeys(tensor for tensor in read if tensor is not None))


def axis_at(definition: Definition, term: Term, place: int) -> Axis:
    """The axis of an index of a term."""
    free = definition.tensor.axes
    return free[place] if place < len(free) else term.reduced[place - len(free)]


def term(reduced: Sequence[Axis], body: sympy.Expr, operands: Sequence[Reference], reduction: str = "total") -> Term:
    """A term with its slots in canonical order: only those that occur, equal operands shared."""
    kept: dict[Reference, int] = {}
    renamed: dict[sympy.Symbol, sympy.Symbol] = {}
    for place, operand in enumerate(operands):
        if body.has(slot(place)):
            renamed[slot(place)] = slot(kept.setdefault(operand, len(kept)))
    changed = {old: new for old, new in renamed.items() if old != new}
    return Term(tuple(reduced), body.xreplace(changed) if changed else body, tuple(kept), reduction)


def in_slots_of(part: Term, operands: Sequence[Reference]) -> sympy.Expr:
    """The body of a term in the slots of other operands, among which its own are."""
    return part.body.xreplace({slot(k): slot(operands.index(operand)) for k, operand in enumerate(part.operands)})

"""A composition's definitions: each operation's template with the composition's tensors and axes in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from gdverify.derivation.graph import Definition, Reference, Term
from gdverify.derivation.normal import Template, template
from gdverify.notation.axes import Axis, leading
from gdverify.notation.composition import Application, Composition
from gdverify.notation.tensors import Tensor


def definitions(composition: Composition) -> list[Definition]:
    """The normal form of a composition in the order of use; what operations compute on the way is shared."""
    expander = _Expander()
    for application in composition.applications:
        expander.apply(application)
    return expander.made


class _Expander:
    def __init__(self) -> None:
        self.made: list[Definition] = []
        self._known: dict[tuple[tuple[Axis, ...], tuple[Term, ...]], Tensor] = {}

    def apply(self, application: Application) -> None:
        """Append the definitions of one application."""
        operation, operands = application.operation, application.operands
        pattern = template(operation, len(operation.bind(operands)[leading]))
        axes = _axes(pattern, operands)
        tensors = dict(zip(pattern.operands, operands, strict=True))
        for formal in pattern.definitions[:-1]:
            name = application.result.name + formal.tensor.name.removeprefix(operation.symbol)
            tensor = Tensor(name, [axes[axis] for axis in formal.tensor.axes])
            tensors[formal.tensor] = self._define(tensor, _instances(formal, tensors, axes))
        terms = _instances(pattern.definitions[-1], tensors, axes)
        self._known.setdefault((application.result.axes, terms), application.result)
        self.made.append(Definition(application.result, terms))

    def _define(self, tensor: Tensor, terms: tuple[Term, ...]) -> Tensor:
        """The tensor, or the one before it with the same definition."""
        known = self._known.setdefault((tensor.axes, terms), tensor)
        if known is tensor:
            self.made.append(Definition(tensor, terms))
        return known


def _axes(pattern: Template, operands: Sequence[Tensor]) -> dict[Axis, Axis]:
    return {
        formal: actual
        for form, tensor in zip(pattern.operands, operands, strict=True)
        for formal, actual in zip(form.axes, tensor.axes, strict=True)
    }


def _instances(formal: Definition, tensors: Mapping[Tensor, Tensor], axes: Mapping[Axis, Axis]) -> tuple[Term, ...]:
    sizes = {old.size: new.size for old, new in axes.items() if old != new}
    return tuple(
        Term(
            tuple(axes[axis] for axis in part.reduced),
            _resized(part.body, sizes),
            tuple(Reference(tensors[ref.tensor], ref.places) for ref in part.operands),
            part.reduction,
        )
        for part in formal.terms
    )


def _resized(body: sympy.Expr, sizes: Mapping[sympy.Symbol, sympy.Symbol]) -> sympy.Expr:
    return body.xreplace(sizes) if sizes.keys() & body.free_symbols else body

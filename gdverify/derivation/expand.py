"""A composition's definitions: each operation's template with the composition's tensors and axes in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from gdverify.derivation.graph import Definition, Reference, Slopes, Term
from gdverify.derivation.loops import in_order
from gdverify.derivation.normal import Template, template
from gdverify.notation.axes import Axis, Extent, leading
from gdverify.notation.composition import Application, Composition
from gdverify.notation.selectors import Constant
from gdverify.notation.tensors import Tensor


def definitions(composition: Composition) -> list[Definition]:
    """The normal form of a composition in the order of use; what operations compute on the way is shared."""
    expander = _Expander()
    for application in composition.applications:
        expander.apply(application)
    return in_order(expander.made, composition)


class _Expander:
    def __init__(self) -> None:
        self.made: list[Definition] = []
        self._known: dict[tuple[tuple[Axis, ...], tuple[Term, ...]], Tensor] = {}

    def apply(self, application: Application) -> None:
        """Append the definitions of one application."""
        operation, operands = application.operation, application.operands
        pattern = template(operation, len(operation.bind(operands)[leading]))
        axes = _Axes(pattern, operands, application.result)
        tensors = dict(zip(pattern.operands, operands, strict=True))
        for formal in pattern.definitions[:-1]:
            name = application.result.name + formal.tensor.name.removeprefix(operation.symbol)
            tensor = Tensor(name, [axes[axis] for axis in formal.tensor.axes], formal.tensor.role)
            terms = _instances(formal.terms, tensors, axes)
            # The tensor, or the one before it with the same definition.
            known = self._known.setdefault((tensor.axes, terms), tensor)
            tensors[formal.tensor] = known
            if known is tensor:
                self.made.append(Definition(tensor, terms, slopes=_slopes(formal, tensors, axes)))
        last, result = pattern.definitions[-1], application.result
        terms = _instances(last.terms, tensors, axes)
        self._known.setdefault((result.axes, terms), result)
        self.made.append(Definition(result, terms, slopes=_slopes(last, {**tensors, last.tensor: result}, axes)))


class _Axes(dict[Axis, Axis]):
    """The actual axis of each formal one; what follows from others is made of the actual ones."""

    def __init__(self, pattern: Template, operands: Sequence[Tensor], result: Tensor) -> None:
        formal = [*(tensor for tensor in pattern.operands), pattern.definitions[-1].tensor]
        for form, tensor in zip(formal, [*operands, result], strict=True):
            self.update(zip(form.axes, tensor.axes, strict=True))
        # What follows from others before any size is read: equations mention sizes of axes that they only sum over.
        for definition in pattern.definitions:
            for axis in (*definition.tensor.axes, *(a for part in definition.terms for a in part.reduced)):
                self[axis]

    @property
    def sizes(self) -> dict[sympy.Symbol, sympy.Expr]:
        """The sizes that are others now."""
        return {old.size: new.size for old, new in self.items() if old != new and old.size.is_Symbol}

    def __missing__(self, axis: Axis) -> Axis:
        if not isinstance(axis, Extent):
            raise KeyError(axis)
        self[axis] = axis.over(self.sizes, self[axis.along], self.values())
        return self[axis]


def _slopes(formal: Definition, tensors: Mapping[Tensor, Tensor], axes: _Axes) -> Slopes | None:
    if formal.slopes is None:
        return None
    by = tuple(tensors[tensor] for tensor in formal.slopes.by)
    return Slopes(_instances(formal.slopes.terms, tensors, axes), by)


def _instances(formal: Sequence[Term], tensors: Mapping[Tensor, Tensor], axes: _Axes) -> tuple[Term, ...]:
    sizes = axes.sizes
    return tuple(
        Term(
            tuple(axes[axis] for axis in part.reduced),
            _resized(part.body, sizes),
            tuple(Reference(_actual(ref.tensor, tensors, axes), ref.places) for ref in part.operands),
            part.reduction,
        )
        for part in formal
    )


def _actual(tensor: Tensor, tensors: Mapping[Tensor, Tensor], axes: _Axes) -> Tensor:
    return tensor.of(axes, axes.sizes, tensors) if isinstance(tensor, Constant) else tensors[tensor]


def _resized(body: sympy.Expr, sizes: Mapping[sympy.Symbol, sympy.Symbol]) -> sympy.Expr:
    return body.xreplace(sizes) if sizes.keys() & body.free_symbols else body

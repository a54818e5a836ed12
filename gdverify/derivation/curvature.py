"""Second derivatives as what an implementation is judged against: the gradients of a derivation of their own.

What a product with the Hessian or a boosting objective returns is called by the name of the gradient that it
differentiates: ``dW`` is the change of dW along the direction (vW, …), or ``dy`` the slope of each entry of dy by its
own entry of y. As the gradient of a tensor W is called dW, that of dW is ``ddW`` then. The gradients themselves may be
returned beside it, each by its tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from gdverify.catalogue import named_operations
from gdverify.derivation.boosting import Rule, as_it_is
from gdverify.derivation.graph import Definition, Reference, slot, term
from gdverify.derivation.second import SecondOrder, diagonal, product
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.notation.architecture import Architecture
from gdverify.notation.composition import Composition
from gdverify.notation.tensors import Tensor

KINDS: Mapping[str, Callable[[Derivation, str | None], SecondOrder]] = {
    "product": lambda derivation, _: product(derivation),
    "diagonal": diagonal,
}


@dataclass(frozen=True, eq=False)
class Curvature(Derivation):
    """The derivation of second derivatives; its arguments are those of the gradients, and then the directions.

    Attributes:
        order: the definitions.
        rule: what is expected in place of each result.
    """

    order: SecondOrder = field(kw_only=True)
    rule: Rule = field(kw_only=True)

    @cached_property
    def arguments(self) -> list[Tensor]:
        """Those of the first derivatives, then the direction for each wanted tensor."""
        return [*self.order.derivation.arguments, *self.order.directions]

    @cached_property
    def wanted(self) -> list[Tensor]:
        """The gradients whose derivatives are asked for."""
        gradients = self.order.derivation.gradients
        return [gradients[tensor].tensor for tensor in self.order.results]

    @cached_property
    def gradients(self) -> dict[Tensor, Definition]:
        """The first derivatives that the second ones read, and these."""
        return self.order.derivation.gradients | self._second

    @cached_property
    def every_adjoint(self) -> dict[Tensor, Definition]:
        """The adjoints of every tensor on the way, and the second derivatives."""
        return self.order.derivation.every_adjoint | self._second

    @cached_property
    def _second(self) -> dict[Tensor, Definition]:
        """The definitions beyond the gradients, each by a tensor of its shape; the wanted ones by their gradients."""
        results = {result: self.order.derivation.gradients[t].tensor for t, result in self.order.results.items()}
        made = {definition.tensor: (definition, like) for definition, like in self.order.definitions}
        read = {operand for definition, _ in made.values() for operand in definition.operands}
        still = {result: (Definition(result, ()), None) for result in results if result not in made}
        kept = (pair for tensor, pair in made.items() if tensor not in results or tensor in read)
        # One tensor may lend its shape to several: a key is not that tensor, it only has its name.
        shaped = {Tensor((like or d.tensor).name, d.tensor.axes, "adjoint"): d for d, like in kept}
        for result, gradient in results.items():
            *before, last = self.rule(_named(f"d{gradient.name}", (made | still)[result][0], result in read))
            shaped |= {Tensor(gradient.name, d.tensor.axes, "adjoint"): d for d in before} | {gradient: last}
        return shaped


def _named(name: str, definition: Definition, is_read: bool) -> Definition:
    """A result by another name; what others read as well is computed once."""
    tensor = Tensor(name, definition.tensor.axes, "adjoint")
    if not is_read and definition.loop is None:
        return replace(definition, tensor=tensor)
    whole = Reference(definition.tensor, tuple(range(len(tensor.axes))))
    return Definition(tensor, (term((), slot(0), (whole,)),))


@dataclass(frozen=True, repr=False)
class SecondDerivatives(Architecture):
    """The second derivatives of a source, to judge an implementation of them against.

    Attributes:
        first: the loss, network or operation that is differentiated.
        kind: a row of `KINDS`.
        given: options of it that are settled.
        operand: by which the diagonal is taken; None for every one that has a gradient.
        rule: what is expected in place of each of them.
    """

    first: Source
    kind: str
    given: tuple[tuple[str, Any], ...] = ()
    operand: str | None = None
    rule: Rule = as_it_is

    @property
    def doc(self) -> str:
        """What is differentiated."""
        return self.first.doc

    @property
    def options(self) -> dict[str, Any]:
        """Those of the family that is differentiated, without what is settled."""
        every = self.first.options if isinstance(self.first, Architecture) else {}
        return {name: default for name, default in every.items() if name not in dict(self.given)}

    def resolve(self, **options: Any) -> dict[str, Any]:
        """All options of a family; of an operation the constants that are given, which it checks itself."""
        return super().resolve(**options) if isinstance(self.first, Architecture) else options

    def compose(self, **options: Any) -> Composition:
        """The composition of what is differentiated."""
        return derive(self, **options).composition


def second_derivatives(
    first: Source, kind: str, operand: str | None = None, options: Mapping[str, Any] | None = None
) -> SecondDerivatives:
    """The second derivatives of a source: ``hessian_product(mlp)``, ``hessian_diagonal(squared_error)``."""
    given = dict(options or {})
    if isinstance(first, Architecture):
        chosen = named_operations(first, given)
    else:
        constants = dict(first.given(**given).options)  # 9/10, whether it was given as a number or in words
        chosen = {name: constants[name] for name in given}
    said = "".join(f", {name}={value}" for name, value in sorted(chosen.items()))
    name = f"hessian_{kind}({first.name}{said})"
    return SecondDerivatives(name, first.function, first, kind, tuple(sorted(chosen.items())), operand)


@derive.register
def curvature(source: SecondDerivatives, **options: Any) -> Curvature:
    """The derivation of second derivatives; raises as `derive` does, and where an entry cannot be followed alone."""
    return _derived(source, tuple(sorted(source.resolve(**named_operations(source, options)).items())))


@lru_cache(maxsize=1024)
def _derived(source: SecondDerivatives, options: tuple[tuple[str, Any], ...]) -> Curvature:
    first = derive(source.first, **dict(source.given), **dict(options))
    order = KINDS[source.kind](first, source.operand)
    return Curvature(
        source.name, source.doc, first.composition, first.forward, first.upstream, order=order, rule=source.rule
    )

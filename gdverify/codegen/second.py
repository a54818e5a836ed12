"""Second derivatives as NumPy: a module of one function, to be printed and to be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gdverify.catalogue import find
from gdverify.codegen import module
from gdverify.codegen import source as text
from gdverify.codegen.constants import reading_numbers
from gdverify.codegen.fusion import fused
from gdverify.codegen.layout import wrapped
from gdverify.codegen.lifetimes import releases
from gdverify.codegen.program import Statement, needed, program, statement_of
from gdverify.derivation.curvature import SecondDerivatives, curvature, second_derivatives
from gdverify.derivation.renaming import without_renames
from gdverify.derivation.second import SecondOrder
from gdverify.derivation.steps import Source
from gdverify.notation.tensors import Tensor

TITLES = {
    "product": "The Hessian times a direction: how the gradients change along it.",
    "diagonal": "The diagonal of the Hessian: the second derivative by each entry.",
}


@dataclass(frozen=True, eq=False)
class Hessian:
    """A function of second derivatives; called, it takes and returns arrays as its text says.

    What implements the same by hand is judged against it: ``gdverify.audit(function, against=hessian_product(mlp))``.

    Attributes:
        derivatives: what it computes.
    """

    derivatives: SecondDerivatives

    @property
    def name(self) -> str:
        """Of the function."""
        return f"hessian_{self.derivatives.kind}"

    @property
    def title(self) -> str:
        """What it computes, in a sentence."""
        return TITLES[self.derivatives.kind]

    @cached_property
    def order(self) -> SecondOrder:
        """The definitions of that."""
        return curvature(self.derivatives).order

    @property
    def arguments(self) -> list[Tensor]:
        """Those of the derivation, then the direction for each wanted tensor."""
        return [*self.order.derivation.arguments, *self.order.directions]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What the results need of the forward pass, of the gradients and beyond."""
        order, derivation = self.order, self.order.derivation
        gradients = {adjoint.tensor: (adjoint, tensor) for tensor, adjoint in derivation.gradients.items()}
        every = gradients | {definition.tensor: (definition, tensor) for definition, tensor in order.definitions}
        kept = [*order.results.values()]
        read = without_renames({made: definition for made, (definition, _) in every.items()}, kept)
        made = (
            statement_of(definition, None if (shaped := every[tensor][1]) is None else shaped.name, tensor in kept)
            for tensor, definition in reading_numbers(read, kept).items()
        )
        return needed((*program(derivation).forward, *made), [tensor.name for tensor in kept])

    def source(self, command: str) -> str:
        """The text of a NumPy module with this function alone.

        Args:
            command: the command that regenerates the file, for its banner.
        """
        derivation = self.order.derivation
        says = [self.title, f"The derivatives are those of the {module.differentiated(derivation)}."]
        counted = f"Operations: {text.operations_in(self.statements)}."
        docstring = module.module_docstring(derivation, says, counted)
        return module.module(command, docstring, [self._text()])

    def _text(self) -> module.Function:
        results = {tensor.name: made.name for tensor, made in self.order.results.items()}
        returned = [*results.values()]
        statements = fused(self.statements, returned)
        made = program(self.order.derivation)
        axes = text.axes(made) | {
            definition.tensor.name: definition.tensor.axes for definition, _ in self.order.definitions
        }
        lines = [
            *text.sections(made, self._parts(statements), returned, releases(statements, returned, axes)),
            *wrapped("return {", [f'"{name}": {made}' for name, made in results.items()], "}"),
        ]
        shapes = ", ".join(f"{tensor.name} {module.shape(tensor)}" for tensor in self.order.results)
        returns = f"Returns an array for each of {shapes}."
        return module.function(self.name, self.arguments, self.title, returns, lines, statements)

    def _parts(self, statements: Sequence[Statement]) -> Mapping[str, Sequence[Statement]]:
        headings = {definition.tensor.name: "forward" for definition in self.order.derivation.forward}
        headings |= {adjoint.tensor.name: "backward" for adjoint in self.order.derivation.gradients.values()}
        parts: dict[str, list[Statement]] = {"forward": [], "backward": [], "second order": []}
        for statement in statements:
            parts[headings.get(statement.target, "second order")].append(statement)
        return parts

    @cached_property
    def _function(self) -> Callable[..., dict[str, Any]]:
        names: dict[str, Any] = {}
        exec(compile(self.source(""), f"<{self.name} of {self.order.derivation.name}>", "exec"), names)
        function: Callable[..., dict[str, Any]] = names[self.name]
        return function

    def __call__(self, *arrays: Any, **named: Any) -> dict[str, Any]:
        """The second derivatives, by the name of what they are taken by, each in its shape and dtype.

        Args:
            arrays: the arguments in their order.
            named: those that are given by name.

        Raises:
            TypeError: an argument is missing, or there is none of a name.
        """
        return self._function(*arrays, **named)


def hessian_product(source: Source | str, **options: Any) -> Hessian:
    """Derive ``H v``: the Hessian of the loss by the parameters, times a direction.

    The function takes the arguments of the loss and then one array for each parameter, ``vW`` in the shape of W, and
    returns as many. Of an operation the derivatives are by its operands; where it is no loss, those of
    ``Σ upstream · result``. It costs about two gradients more, and no Hessian is made.

    Source: Pearlmutter, Fast exact multiplication by the Hessian (1994).

    Args:
        source: of the catalogue, or its name, or the user's own.
        options: of the family, or constants of the operation.

    Raises:
        NotationError: the architecture is not well formed.
        UnknownName: an option or an operation that does not exist.
    """
    return _checked(second_derivatives(_found(source), "product", options=options))


def hessian_diagonal(source: Source | str, operand: str | None = None, **options: Any) -> Hessian:
    """Derive ``∂²loss/∂y[g]²`` for each entry of what the loss is taken of, as a boosting objective returns it.

    The function takes the arguments of the loss and returns an array in the shape of y for it. No Hessian is made; for
    the losses of the catalogue the cost is that of a gradient.

    Args:
        source: a loss, or whatever else can be derived, of the catalogue, or its name, or the user's own.
        operand: the name of what is differentiated by; by default every operand, or parameter, that has a gradient.
        options: of the family, or constants of the operation.

    Raises:
        NotationError: the source is not well formed, or no entry of the gradient can be followed alone, as in a
            recurrence.
        UnknownName: an option, an operation or an operand that does not exist.
    """
    return _checked(second_derivatives(_found(source), "diagonal", operand, options))


def _found(source: Source | str) -> Source:
    return find(source) if isinstance(source, str) else source


def _checked(derivatives: SecondDerivatives) -> Hessian:
    """The function; what cannot be derived is refused now, and not at its first call."""
    curvature(derivatives)
    return Hessian(derivatives)

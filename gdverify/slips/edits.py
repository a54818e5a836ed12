"""The table of slips. Each edits one link of the chain, the adjoint of one tensor; a new slip is a new row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sympy

from gdverify.codegen.lower import lower
from gdverify.codegen.program import Statement, program
from gdverify.derivation.adjoint import partial
from gdverify.derivation.graph import Definition, Reference, Term, slot, term
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Link:
    """One link ``Z → Y = f(Z)`` of the chain through an elementwise function of one tensor.

    Attributes:
        through: the definition of Y.
        tensor: Z, whose adjoint the link gives.
    """

    through: Definition
    tensor: Tensor

    @property
    def part(self) -> Term:
        """The single term of the definition."""
        return self.through.terms[0]


# From the derivative ∂f/∂z, by the slot of Z, and the slot of Y to the derivative that was written by mistake.
Edit = Callable[[sympy.Expr, sympy.Symbol, sympy.Symbol], sympy.Expr]


@dataclass(frozen=True)
class Slip:
    """A mistake.

    Attributes:
        name: of the row.
        says: what was done, for a message about the link from ``{z}`` to ``{y}``.
        edit: the derivative that was written instead of the right one.
    """

    name: str
    says: str
    edit: Edit


SLIPS: tuple[Slip, ...] = (
    Slip(
        "derivative at the activated value",
        "the derivative of {f} is taken at {y}, the value after it, where the chain rule takes it at {z}, the "
        "value before it",
        lambda derivative, z, y: derivative.xreplace({z: y}),
    ),
    Slip(
        "derivative missing",
        "the derivative of {f} is missing: the gradient goes from {y} to {z} unchanged",
        lambda derivative, z, y: sympy.Integer(1),
    ),
    Slip(
        "value in place of the derivative",
        "{y}, the value of {f}, stands in place of its derivative on the way from {y} to {z}",
        lambda derivative, z, y: y,
    ),
    Slip(
        "derivative applied twice",
        "the derivative of {f} is applied twice between {y} and {z}",
        lambda derivative, z, y: derivative**2,
    ),
    Slip(
        "sign of the derivative",
        "the derivative of {f} between {y} and {z} has the wrong sign",
        lambda derivative, z, y: -derivative,
    ),
)


@dataclass(frozen=True)
class Slipped:
    """A slip at some links of a derivation: what it says, and the statements of the wrong gradient."""

    slip: Slip
    says: str
    statements: tuple[Statement, ...]


def links(derivation: Derivation) -> Iterator[Link]:
    """The elementwise links of the chain that are not straight lines, from the result backwards."""
    for definition in reversed(derivation.forward[:-1] if derivation.upstream is None else derivation.forward):
        if len(definition.terms) != 1:
            continue
        (part,) = definition.terms
        alone = len(part.operands) == 1 and not part.reduced
        if (
            alone
            and partial(part.body, 0).free_symbols & {slot(0)}
            and part.operands[0].tensor in derivation.every_adjoint
        ):
            yield Link(definition, part.operands[0].tensor)


def slipped(derivation: Derivation) -> Iterator[Slipped]:
    """Every slip at every link at once, and then at each link alone."""
    found = list(links(derivation))
    choices: list[Sequence[Link]] = [found] if len(found) > 1 else []
    choices += [[link] for link in found]
    for slip in SLIPS:
        for chosen in choices:
            yield Slipped(slip, _says(derivation, slip, chosen), _statements(derivation, slip, chosen))


def _says(derivation: Derivation, slip: Slip, chosen: Sequence[Link]) -> str:
    # One link stands for all: in a network they have the same form.
    link = chosen[0]
    text = slip.says.format(f=_function(derivation, link), z=link.tensor.name, y=link.through.tensor.name)
    return text if len(chosen) == 1 else f"{text}; and likewise in every other layer"


def _function(derivation: Derivation, link: Link) -> str:
    """The operation whose result the link ends in."""
    made = {application.result: application.operation.name for application in derivation.composition.applications}
    return made.get(link.through.tensor, type(link.part.body).__name__)


def _statements(derivation: Derivation, slip: Slip, chosen: Sequence[Link]) -> tuple[Statement, ...]:
    edited = {f"d{link.tensor.name}": _edited(derivation, slip, link) for link in chosen}
    made = program(derivation)
    backward = (
        Statement(s.target, lower(edited[s.target], s.target[1:]), s.formula) if s.target in edited else s
        for s in made.every_adjoint
    )
    return (*made.loss, *backward)


def _edited(derivation: Derivation, slip: Slip, link: Link) -> Definition:
    """The adjoint of Z with the contribution of this link exchanged; those of other links stay."""
    right = derivation.every_adjoint[link.tensor]
    upstream = derivation.upstream
    if link.through.tensor is not derivation.result or upstream is None:
        upstream = derivation.every_adjoint[link.through.tensor].tensor
    kept = [part for part in right.terms if not any(ref.tensor is upstream for ref in part.operands)]
    places = tuple(range(len(link.tensor.axes)))
    reads = [Reference(link.tensor, places), Reference(link.through.tensor, places), Reference(upstream, places)]
    derivative = slip.edit(partial(link.part.body, 0), slot(0), slot(1))
    return Definition(right.tensor, (*kept, term((), derivative * slot(2), reads)))

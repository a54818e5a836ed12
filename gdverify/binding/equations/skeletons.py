"""What a forward pass may turn out to compute: operations, architectures, and networks of any activations.

A `Skeleton` fixes the tensors; its members differ in activations only, so that one run of the user's code is compared
with all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from sympy import Rational

from gdverify import catalogue
from gdverify.binding.equations.families import FAMILIES, PLAIN
from gdverify.binding.recognising.ordering import Kept, likeliest
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.errors import NotationError
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor

DEEPEST = 6
# Windows and positions follow from sizes and ids that no array of the code shows.
NOT_RECOGNISED = ("convolution", "pooling", "lookup", "shapes")
# What adds or multiplies arrays, as half of all code does: it is compared with what names it.
UNASKED = {"positional_encoding", "dot_products"}
RECOGNISED = ("elementary", "perceptrons")  # of the architectures; the others are compared with what names them
# Of one sample, whether it stands in a row or a column is told by the code's own forward pass.
BY_THEMSELVES = {
    "softmax",
    "softmax_columns",
    "softmax_channels",
    "log_softmax",
    "log_softmax_columns",
    "log_softmax_channels",
}
COMMON = ("sigmoid", "tanh", "relu", "identity")
LAST, OF_OUTPUTS = "last", (*COMMON, "softplus", "leaky_relu")  # the activation after the last layer


@dataclass(frozen=True)
class Member:
    """One choice of activations, and of the loss where that is known.

    Attributes:
        options: of the family.
        derivation: under the family's default loss.
        loss: the loss that was recognised.
    """

    options: Mapping[str, Any]
    derivation: Derivation
    loss: Operation | None = None


@dataclass(frozen=True)
class Skeleton:
    """A source with its structural options chosen.

    Attributes:
        source: operation or architecture.
        structure: options that decide which tensors there are, such as the depth.
        settled: activations that are known.
    """

    source: Source
    structure: Mapping[str, Any]
    settled: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def derivation(self) -> Derivation:
        """Of the member with the default activations."""
        return derive(self.source, **self.structure)

    @property
    def is_operation(self) -> bool:
        """Whether it is one operation."""
        return isinstance(self.source, Operation)

    def fits(self, least: int, most: int) -> bool:
        """Whether so many tensors may be what it takes; of an operation nothing is derived to tell."""
        if isinstance(self.source, Operation):
            return least <= len(self.source.operands) <= most
        return least <= len([*self.tensors, *self.targets]) and len(self.tensors) <= most

    @property
    def tensors(self) -> list[Tensor]:
        """What the prediction is computed from."""
        composition = self.derivation.composition
        roles = ("input", "parameter", "target") if self.is_operation else ("input", "parameter")
        return composition.role(*roles)

    @property
    def targets(self) -> list[Tensor]:
        """What the prediction of an architecture is compared with."""
        return [] if self.is_operation else self.derivation.composition.role("target")

    @property
    def data(self) -> list[Tensor]:
        """The inputs of an architecture."""
        return [] if self.is_operation else self.derivation.composition.role("input")

    def members(self) -> Iterator[Member]:
        """Every choice of activations; the loss is left as it is."""
        return iter(self._members)

    @cached_property
    def _members(self) -> Kept[Member]:
        return Kept(self._chosen)

    def _chosen(self) -> Iterator[Member]:
        if isinstance(self.source, Operation):
            yield Member({}, self.derivation)
            yield from (Member(options, derive(self.source, **options)) for options in _constants(self.source))
            return
        names = [name for name, value in self.source.options.items() if isinstance(value, Operation) and name != "loss"]
        every = [[self.settled[name]] if name in self.settled else _choices(name) for name in names]
        for chosen in likeliest(every):
            options = {**self.structure, **dict(zip(names, chosen, strict=True))}
            yield Member(options, derive(self.source, **options))


def _choices(option: str) -> list[Operation]:
    """The activations that an option of a network may be, the usual ones first."""
    return [one for name, one in activations().items() if option != LAST or name in OF_OUTPUTS]


# What people choose for the constants of an activation or a loss, such as the slope of a leaky ReLU.
USUAL = {
    "alpha": ("1/5", "1/10", "3/10", "1/20", "1/1000", "1/2"),
    "slope": ("1/6", "1/5"),
    "keep": ("4/5", "9/10", "3/4", "7/10"),
    "q": ("1/2", "9/10", "1/4", "3/4", "1/20", "19/20"),
    "delta": ("1/2", "2", "27/20"),
    "beta": ("1",),
}


def _constants(source: Operation) -> Iterator[dict[str, Any]]:
    for name, default in source.options:
        yield from ({name: value} for value in map(Rational, USUAL.get(name, ())) if value != default)


@cache
def activations() -> dict[str, Operation]:
    """The operations of one number, the usual ones first."""
    known = catalogue.activations()
    return {name: known[name] for name in sorted(known, key=lambda name: (name not in COMMON, [*known].index(name)))}


@cache
def skeletons() -> tuple[Skeleton, ...]:
    """Everything that a forward pass is compared with: operations, then architectures, small depths first."""
    known = {name: one for name, one in catalogue.operations().items() if name not in _set_aside()}
    operations = [Skeleton(one, {}) for one in (*PLAIN, *known.values())]
    families = [*(one for family in RECOGNISED for one in catalogue.architectures(family).values()), *FAMILIES]
    composed = [skeleton for family in families for skeleton in _depths(family)]
    # What has more axes says more: a neuron of any number of inputs also is one of one input.
    return (*sorted(operations, key=_rank), *sorted(composed, key=_rank))


@cache
def _set_aside() -> set[str]:
    return BY_THEMSELVES | UNASKED | {name for family in NOT_RECOGNISED for name in catalogue.operations(family)}


def of_source(source: Source, settled: Mapping[str, Any] | None = None) -> tuple[Skeleton, ...]:
    """The skeletons of one operation or architecture, of the activations that are settled."""
    if isinstance(source, Operation):
        return (Skeleton(source, {}),)
    return tuple(replace(one, settled=settled or {}) for one in _depths(source))


def _rank(skeleton: Skeleton) -> int:
    source = skeleton.source
    if isinstance(source, Operation):
        return -max(len(source.axes(operand)) + source.elementwise for operand in source.operands)
    return -max(len(tensor.axes) for tensor in skeleton.tensors)


def _depths(family: Architecture) -> Iterator[Skeleton]:
    depth = next((name for name, value in family.options.items() if type(value) is int), None)
    for structure in [{depth: k} for k in range(DEEPEST + 1)] if depth else [{}]:
        try:
            derive(family, **structure)
        except NotationError:  # a family may start at one hidden layer
            continue
        yield Skeleton(family, structure)

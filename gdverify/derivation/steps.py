"""A derivation: the forward definitions and the adjoints, in the order in which they are computed."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, singledispatch
from typing import Any

from gdverify.catalogue import named_operations
from gdverify.derivation.adjoint import adjoints
from gdverify.derivation.expand import definitions
from gdverify.derivation.graph import Definition
from gdverify.notation.architecture import Architecture
from gdverify.notation.axes import Axis, Extent, Leading, axis
from gdverify.notation.composition import Composition, check_names, composing, input_tensor, target
from gdverify.notation.operation import Operation
from gdverify.notation.selectors import Selector
from gdverify.notation.tensors import Tensor

Source = Architecture | Operation


@dataclass(frozen=True, eq=False)
class Derivation:
    """The chain rule of an architecture, or of an operation with a given upstream gradient.

    Attributes:
        name: of the architecture or operation, with the options that were chosen.
        doc: what it computes, and its source.
        composition: the tensors and the operations that were composed.
        forward: definitions of the intermediate tensors and of the result, in order.
        upstream: the adjoint of the result that is given; None where the result is the loss.
    """

    name: str
    doc: str
    composition: Composition
    forward: tuple[Definition, ...]
    upstream: Tensor | None

    @cached_property
    def arguments(self) -> list[Tensor]:
        """Inputs, parameters, targets and then the upstream gradient: what the generated functions take."""
        given = [self.upstream] if self.upstream is not None else []
        return [
            *self.composition.role("input"),
            *self.composition.role("parameter"),
            *self.composition.role("target"),
            *given,
        ]

    @property
    def result(self) -> Tensor:
        """The loss, or the result of the operation."""
        return self.composition.result

    @property
    def prediction(self) -> Tensor:
        """What the forward pass returns."""
        return self.composition.prediction

    @cached_property
    def wanted(self) -> list[Tensor]:
        """The tensors whose gradients are asked for: parameters; for an operation every operand."""
        return self.composition.role("parameter") or self._differentiable("input")

    @cached_property
    def extents(self) -> list[Extent]:
        """The axes whose size follows from those of others, in an order in which the sizes can be computed."""
        given = (a for tensor in self.composition.declared for a in tensor.axes)
        made = (a for d in self.forward for a in (*d.tensor.axes, *(r for part in d.terms for r in part.reduced)))
        waiting = [a for a in dict.fromkeys((*given, *made)) if isinstance(a, Extent)]
        ordered: list[Extent] = []
        while waiting:
            open_sizes = {axis.size for axis in waiting}
            known = next(axis for axis in waiting if not open_sizes & axis.extent.free_symbols)
            waiting.remove(known)
            ordered.append(known)
        return ordered

    def every_size(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes together with those that follow from them."""
        found = dict(sizes)
        for extent in self.extents:
            found[extent.name] = extent.value(found)
        return found

    def has_room(self, sizes: Mapping[str, int]) -> bool:
        """Whether nothing that follows from the sizes is empty, such as the places of a window wider than the axis."""
        every = self.every_size(sizes)
        return all(every[extent.name] > 0 for extent in self.extents)

    def roomy(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Every size, the given ones raised where what follows from them would be empty, or no whole number."""
        found = dict(sizes)
        while source := self._cramped(found):
            found[source] += 1
        return {name: max(size, 0) for name, size in self.every_size(found).items()}

    def _cramped(self, sizes: Mapping[str, int]) -> str | None:
        """An axis that is too short for what follows from it; one without entries stays so."""
        every = self.every_size(sizes)
        short = (extent.source.name for extent in self.extents if every[extent.name] < 1)
        return next((name for name in short if sizes.get(name, 0) > 0), None)

    @cached_property
    def gradients(self) -> dict[Tensor, Definition]:
        """The adjoints that lead to the wanted ones."""
        return adjoints(self.forward, self.upstream, self.wanted)

    @cached_property
    def every_adjoint(self) -> dict[Tensor, Definition]:
        """The adjoints of every tensor on the way, inputs included."""
        return adjoints(self.forward, self.upstream, self._differentiable("input", "parameter"))

    def _differentiable(self, *roles: str) -> list[Tensor]:
        return [tensor for tensor in self.composition.role(*roles) if tensor not in self.positions]

    @cached_property
    def positions(self) -> dict[Tensor, Axis]:
        """The declared tensors that hold positions, such as the ids of words, each with the axis along which."""
        terms = (part for definition in self.forward for part in definition.terms)
        found = (ref.tensor for part in terms for ref in part.operands if isinstance(ref.tensor, Selector))
        return {s.found_in: s.axes[0] for s in found if s.found_in in self.composition.declared}


@singledispatch  # what is derived twice has a derivation of its own: `gdverify.derivation.curvature`
def derive(source: Source, **options: Any) -> Derivation:
    """Derive the gradients of an architecture or an operation.

    Args:
        source: from the catalogue, or the user's own.
        options: of the family, for example ``activation="tanh"``; of an operation its constants.

    Raises:
        NotationError: the architecture is not well formed.
        UnknownName: an option or an operation that does not exist.
    """
    if isinstance(source, Operation):
        return _derive_operation(source.given(**options) if options else source)
    resolved = source.resolve(**named_operations(source, options))
    return _derive_architecture(source, tuple(sorted(resolved.items())))


@lru_cache(maxsize=1024)
def _derive_architecture(source: Architecture, options: tuple[tuple[str, Any], ...]) -> Derivation:
    composition = source.compose(**dict(options))
    return Derivation(source.name, source.doc, composition, tuple(definitions(composition)), None)


@lru_cache(maxsize=1024)
def _derive_operation(source: Operation) -> Derivation:
    with composing() as composition:
        # A loss compares its first operand with the others.
        declare = [input_tensor, *([target if source.is_loss else input_tensor] * (len(source.operands) - 1))]
        result = source(
            *(make(name, *_standing_for(source, name)) for make, name in zip(declare, source.operands, strict=True))
        )
    check_names(source.name, composition)
    forward = tuple(definitions(composition))
    upstream = Tensor(f"d{result.name}", result.axes, "upstream") if result.axes else None
    return Derivation(source.name, source.doc, composition, forward, upstream)


def _standing_for(source: Operation, operand: str) -> list[Axis]:
    """Concrete axes for an operation on its own: a batch in front; entries are those of a (batch, features) array."""
    last = axis("outputs") if source.is_loss else axis("features", "j")
    lead = [axis("batch", "n"), last] if source.elementwise else [axis("batch", "n")]
    return [actual for a in source.axes(operand) for actual in (lead if isinstance(a, Leading) else [a])]


def title(source: Source) -> str:
    """The first sentence of its description."""
    return (inspect.cleandoc(source.doc).split("\n")[0]).split(" Source:")[0]

"""The links of the chain: for every adjoint, the places at which its tensor is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gdverify.derivation.adjoint import partial
from gdverify.derivation.graph import Definition, Reference, Term
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Reading:
    """A place at which a definition reads a tensor, with a derivative that is not zero."""

    definition: Definition
    part: Term
    slot: int

    @property
    def operand(self) -> Reference:
        """The tensor and the indices at which it is read."""
        return self.part.operands[self.slot]

    @property
    def bound(self) -> tuple[int | None, ...]:
        """For each axis of what is read, the free index of the reader that stands there; None if summed."""
        free = len(self.definition.tensor.axes)
        return tuple(place if place < free else None for place in self.operand.places)

    @property
    def singles_out(self) -> bool:
        """Whether the indices at which the tensor is read choose one term of the reader's sum."""
        return {*range(len(self.definition.tensor.axes), self._rank)} <= {*self.operand.places}

    @property
    def _rank(self) -> int:
        return len(self.definition.tensor.axes) + len(self.part.reduced)


@dataclass(frozen=True)
class Link:
    """The adjoint of a tensor, and the readings that it receives from, in the order of its terms.

    Attributes:
        tensor: whose adjoint it is.
        adjoint: its definition.
        readings: where the tensor is read.
        loss: the result of the derivation, whose own adjoint is 1; None where an upstream gradient is given.
    """

    tensor: Tensor
    adjoint: Definition
    readings: tuple[Reading, ...]
    loss: Tensor | None

    @property
    def starts(self) -> bool:
        """Whether the chain starts here: nothing but the loss reads the tensor."""
        return [*self.readers] == [self.loss]

    @property
    def readers(self) -> dict[Tensor, tuple[Reading, ...]]:
        """The readings by the tensor that reads."""
        found: dict[Tensor, tuple[Reading, ...]] = {}
        for reading in self.readings:
            found[reading.definition.tensor] = (*found.get(reading.definition.tensor, ()), reading)
        return found


def links(derivation: Derivation, adjoints: Mapping[Tensor, Definition]) -> list[Link]:
    """The chain from the result backwards: one link for each of the adjoints, in their order."""
    loss = derivation.result if derivation.upstream is None else None
    readings: dict[Tensor, list[Reading]] = {tensor: [] for tensor in adjoints}
    for definition in reversed(derivation.forward):
        # What is computed on the way, and differentiated as a part of something else, passes nothing back.
        passes = definition.tensor in derivation.every_adjoint or definition.tensor is derivation.result
        for reading in _readings(definition) if passes else ():
            if reading.operand.tensor in readings:
                readings[reading.operand.tensor].append(reading)
    return [Link(tensor, adjoint, tuple(readings[tensor]), loss) for tensor, adjoint in adjoints.items()]


def _readings(definition: Definition) -> list[Reading]:
    return [
        Reading(definition, part, at)
        for part in definition.passing
        for at, operand in enumerate(part.operands)
        if not definition.holds(operand.tensor) and partial(part.body, at) != 0
    ]

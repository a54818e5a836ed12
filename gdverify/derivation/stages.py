"""The stages of a network: its operations, each with the definitions that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gdverify.derivation.graph import Definition
from gdverify.derivation.steps import Derivation
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor


@dataclass(frozen=True)
class Stage:
    """One operation of the network with the definitions that it takes, its result last."""

    operation: Operation
    operands: tuple[Tensor, ...]
    definitions: tuple[Definition, ...]

    @property
    def result(self) -> Tensor:
        """What the operation gives."""
        return self.definitions[-1].tensor

    @property
    def reads(self) -> list[Tensor]:
        """The tensors of other stages that it reads: operands in their order, then what it shares."""
        own = {definition.tensor for definition in self.definitions}
        read = dict.fromkeys(tensor for definition in self.definitions for tensor in definition.operands)
        ordered = dict.fromkeys([*(tensor for tensor in self.operands if tensor in read), *read])
        return [tensor for tensor in ordered if tensor not in own]


def stages(derivation: Derivation) -> list[Stage]:
    """The stages of a derivation, in order."""
    definitions = iter(derivation.forward)
    return [
        Stage(application.operation, application.operands, _until(definitions, application.result))
        for application in derivation.composition.applications
    ]


def _until(definitions: Iterator[Definition], result: Tensor) -> tuple[Definition, ...]:
    """The definitions up to that of the result."""
    taken = []
    for definition in definitions:
        taken.append(definition)
        if definition.tensor is result:
            break
    return tuple(taken)

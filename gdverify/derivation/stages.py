"""The stages of a network: its operations, each with the definitions that it takes."""

from __future__ import annotations

from collections.abc import Mapping
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
    owned: dict[Tensor, list[Definition]] = {}
    results = {application.result.name: application.result for application in derivation.composition.applications}
    for definition in derivation.forward:
        owned.setdefault(_owner(definition.tensor.name, results), []).append(definition)
    return [
        Stage(application.operation, application.operands, tuple(owned[application.result]))
        for application in derivation.composition.applications
    ]


def _owner(name: str, results: Mapping[str, Tensor]) -> Tensor:
    """The result of the operation that computes a tensor on its way: ``p_exp`` is one of ``p``."""
    while name not in results:
        name = name.rpartition("_")[0]
    return results[name]

"""The same architecture with another loss."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gdverify.derivation.expand import definitions
from gdverify.derivation.steps import Derivation
from gdverify.errors import NotationError
from gdverify.notation.composition import Application, Composition
from gdverify.notation.operation import Operation
from gdverify.notation.tensors import Tensor


def takes(loss: Operation, operands: Sequence[Tensor]) -> bool:
    """Whether a loss can compare some tensors."""
    try:
        loss.bind(operands)
    except (NotationError, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def with_loss(derivation: Derivation, loss: Operation) -> Derivation | None:
    """The derivation with its last operation exchanged; None where the loss does not take what stands there."""
    composition = derivation.composition
    *before, last = composition.applications
    if not takes(loss, last.operands):
        return None
    swapped = Composition(
        composition.declared, [*before, Application(loss, last.operands, Tensor("loss", ()))], composition.of_classes
    )
    forward = tuple(definitions(swapped))
    return Derivation(derivation.name, derivation.doc, swapped, forward, None)


def losses_instead(derivation: Derivation, losses: dict[str, Operation]) -> dict[str, Derivation]:
    """The derivation under each other loss of the catalogue that fits, by name."""
    if derivation.upstream is not None or not derivation.composition.role("target"):
        return {}
    declared = derivation.composition.applications[-1].operation
    variants = {name: with_loss(derivation, loss) for name, loss in losses.items() if loss.name != declared.name}
    return {name: variant for name, variant in variants.items() if variant is not None}

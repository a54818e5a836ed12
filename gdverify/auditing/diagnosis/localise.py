"""Where the chain breaks, as far as a subject returns its intermediate tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from gdverify.auditing.verdicts import Diagnosis
from gdverify.derivation.steps import Derivation


def first_wrong_link(derivation: Derivation, returned: Sequence[str], right: frozenset[str]) -> Iterator[Diagnosis]:
    """What is right on the way back, and the first tensor that is not.

    Args:
        derivation: whose adjoints are ordered from the loss backwards.
        returned: the tensors whose adjoints the subject returns.
        right: those that agreed in every case.
    """
    order = [tensor.name for tensor in derivation.every_adjoint if tensor.name in returned]
    before = list(takewhile(right.__contains__, order))
    wanted = {tensor.name for tensor in derivation.wanted}
    if len(before) < len(order) and any(name not in wanted for name in before):
        message = f"right on the way back: {', '.join(before)}; the first wrong one is {order[len(before)]}"
        yield Diagnosis("links", message)

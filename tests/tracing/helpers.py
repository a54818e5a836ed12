"""What a function of arrays is traced with: an architecture of one parameter, and cases of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import Derivation, derive
from gdverify.notation import architecture, axis, input_tensor, parameter, target
from gdverify.operations.affine import linear
from gdverify.operations.losses import squared_error

SIZES = {"batch": 4, "inputs": 3, "outputs": 2}


@architecture
def linear_network():  # type: ignore[no-untyped-def]
    """x (batch, inputs), W (outputs, inputs), t (batch, outputs)."""
    batch, inputs, outputs = axis("batch", "n"), axis("inputs", "i"), axis("outputs", "o")
    x, t = input_tensor("x", batch, inputs), target("t", batch, outputs)
    return squared_error(linear(x, parameter("W", outputs, inputs)), t)


def derivation() -> Derivation:
    """What the functions are said to be the gradient of."""
    return derive(linear_network)


def drawn(seed: int = 12345, regime: str = "ordinary", dtype: str = "float64") -> Case:
    """A case of it."""
    return build(derivation(), {}, SIZES, regime, dtype, seed)


def judged(function: Callable[..., Any], **options: Any) -> Subject:
    """A subject that returns what a function of x, W and t returns."""

    def called(case: Case) -> dict[str, Any]:
        return {"W": function(case.inputs["x"], case.parameters["W"], case.targets["t"])}

    called.__wrapped__ = function  # type: ignore[attr-defined]
    return Subject(called, function.__name__, linear_network, **options)

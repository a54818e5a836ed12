"""What calling a unit of the zoo by hand gives: a claim, gradients and the number that they should be the gradients of.

Each file of exhibits has one `Call`, registered in `CALLS` by the files beside this one, a family of styles each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

Array = Any
Value = Callable[[], float]
Claim = tuple[Sequence[Array], Value, Sequence[Array]]  # the gradients, of what, by which arrays
Call = Callable[[ModuleType, str, np.random.Generator], Claim]
CALLS: dict[str, Call] = {}


def calling(*files: str) -> Callable[[Call], Call]:
    """Register how the units of some files are called."""

    def register(call: Call) -> Call:
        CALLS.update(dict.fromkeys(files, call))
        return call

    return register


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def through(
    layer: Any, x: Array, d: Array, parameters: Sequence[Array], gradients: Callable[[], Sequence[Array]]
) -> Claim:
    """A layer with an upstream gradient d, by its parameters and its input."""
    forward = next(getattr(layer, name) for name in ("forward", "fprop", "__call__") if hasattr(layer, name))
    backward = getattr(layer, "backward", None) or layer.bprop

    def value() -> float:
        y = forward(x)
        return float(np.sum(d * (layer.output if y is None else y)))

    value()
    dx = backward(d)
    return [*gradients(), layer.dinputs if dx is None else dx], value, [*parameters, x]


def stepped(weights: Sequence[Array], step: Callable[[], object], value: Value) -> Claim:
    """What a step of length 1 takes off weights that it changes in place."""
    before = [w.copy() for w in weights]
    step()
    gradients = [old - new for old, new in zip(before, weights, strict=True)]
    for w, old in zip(weights, before, strict=True):
        w[...] = old
    return gradients, value, weights


def attribute(layer: Any, path: str) -> Array:
    """``W.grad`` of a layer."""
    for name in path.split("."):
        layer = getattr(layer, name)
    return layer

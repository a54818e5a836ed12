"""Generated gradients against the generated loss: central differences, and a complex step where it is analytic."""

from __future__ import annotations

import inspect
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gdverify.codegen.program import program
from gdverify.notation.functions import FUNCTIONS
from tests.helpers import Source, case, operators
from tests.oracles.complexes import complex_erf

PLAIN = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "erf": complex_erf,
}
SHAPE, SEED = (2, 3), 11


def varied(generated: ModuleType, arrays: dict[str, np.ndarray], name: str, at: tuple[int, ...], step: complex) -> Any:
    """The loss with one entry moved."""
    moved = arrays[name].astype(type(step))
    moved[at] += step
    every = {**arrays, name: moved}
    return generated.loss(**{key: every[key] for key in inspect.signature(generated.loss).parameters})


def test_gradients_are_central_differences_of_the_loss(source: Source, generated: ModuleType) -> None:
    arrays = case(source, SHAPE, seed=SEED).arrays()
    _, gradients = generated.loss_and_gradients(**arrays)
    step = 2.0**-17
    for name, gradient in gradients.items():
        for at in np.ndindex(arrays[name].shape):
            above, below = (varied(generated, arrays, name, at, moved) for moved in (step, -step))
            assert gradient[at] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-7), (name, at)


def test_gradients_are_complex_steps_of_the_loss(
    source: Source, generated: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = {found for statement in program(source.derivation).loss for found in operators(statement.node)}
    if not _analytic(used):
        pytest.skip("not analytic")
    arrays = case(source, SHAPE, seed=SEED).arrays()
    _, gradients = generated.loss_and_gradients(**arrays)
    _plain_forms(generated, monkeypatch)
    for name, gradient in gradients.items():
        for at in np.ndindex(arrays[name].shape):
            slope = varied(generated, arrays, name, at, 1e-200j).imag / 1e-200
            assert gradient[at] == pytest.approx(slope, rel=1e-12, abs=1e-14), (name, at)


def _analytic(used: set[str]) -> bool:
    return not used & {"where", "winner", "largest_at", "peak"} and all(
        FUNCTIONS[name].analytic for name in used & FUNCTIONS.keys()
    )


def _plain_forms(generated: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stable forms compare and take moduli; their definitions do not."""
    kept = ("exp", "log", "tanh", "sin", "cos", "sqrt", "einsum", "tensordot", "pi", "add", "where", "tri", "prod")
    moving = (
        "pad",
        "zeros",
        "lib",
        "ndindex",
        "take_along_axis",
        "put_along_axis",
        "expand_dims",
        "concatenate",
        "repeat",
        "result_type",
        "broadcast_shapes",
        "broadcast_to",
    )
    plain = SimpleNamespace(**{name: getattr(np, name) for name in (*kept, *moving)})
    plain.logaddexp = lambda zero, z: np.log(np.exp(zero) + np.exp(z))
    monkeypatch.setattr(generated, "np", plain)
    for name, form in PLAIN.items():
        if hasattr(generated, name):
            monkeypatch.setattr(generated, name, form)

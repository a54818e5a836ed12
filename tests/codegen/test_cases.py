"""Functions by cases: what stands before them, and that nothing overflows in a branch that is not taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sympy import Expr, Rational

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import functions as f
from gdverify.notation import operation
from tests.helpers import code, imported


@operation("a")
def bounded_below(z: Expr) -> Expr:
    """An exponential where its argument is positive, and one where it is negative, of −z."""
    return f.select(z >= -1, f.expm1(-z), 3 * z * f.expm1(z))


@operation("a")
def scaled_cases(z: Expr) -> Expr:
    """A number before two cases, neither of which is 0."""
    return Rational(7, 5) * f.select(z > 0, z, z**3 / 3)


@operation("a")
def whole(z: Expr) -> Expr:
    """A number that makes those of the cases whole."""
    return 6 * f.select(z > 0, z / 2, z**3 / 3)


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (catalogue.find("elu"), ["dz = np.where(z > 0, da, da * np.exp(np.minimum(z, 0)))"]),
        (bounded_below, ["a = np.where(z >= -1, np.expm1(np.minimum(-z, 1)), 3 * z * np.expm1(np.minimum(z, -1)))"]),
        (scaled_cases, ["a = 1.4 * np.where(z > 0, z, z**2 * z / 3)", "dz = 1.4 * np.where(z > 0, da, z**2 * da)"]),
        (whole, ["a = np.where(z > 0, 3 * z, 2 * z**2 * z)", "dz = np.where(z > 0, 3 * da, 6 * z**2 * da)"]),
        (catalogue.find("huber"), ["dy = np.where(np.abs(y - t) > 1, np.sign(y - t), y - t) / (batch * outputs)"]),
    ],
    ids=str,
)
def test_lines(made: object, lines: list[str]) -> None:
    written = code(derive(made), "loss_and_gradients")  # type: ignore[arg-type]
    assert [line for line in written if line in lines] == lines


@pytest.mark.parametrize("name", ["elu", "selu", "silu", "mish", "gelu", "gelu_tanh", "softsign", "hard_sigmoid"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nothing_overflows(name: str, dtype: type, tmp_path: Path) -> None:
    # Warnings are errors: far out there is a value and a slope, and nothing else.
    module = imported(derive(catalogue.find(name)), tmp_path)
    z = np.array([[-1e4, -800.0, -90.0, 0.0, 90.0, 800.0, 1e4]], dtype=dtype)
    loss, gradients = module.loss_and_gradients(z, np.ones_like(z))
    assert np.isfinite(loss)
    assert np.isfinite(gradients["z"]).all()
    assert gradients["z"].dtype == dtype


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gelu", "a = z * (1 + erf(z / 2**0.5)) / 2"),
        ("gelu", "dz = (1 + (2 / np.pi)**0.5 * z * np.exp(-z**2 / 2) + erf(z / 2**0.5)) * da / 2"),
        ("gelu_tanh", "a_tanh = np.tanh((2 / np.pi)**0.5 * (z + 0.044715 * z**2 * z))"),
    ],
)
def test_constants_are_one_number(name: str, text: str) -> None:
    assert text in code(derive(catalogue.find(name)), "loss_and_gradients")

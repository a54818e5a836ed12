"""A factor beside a choice goes into its branches: a mask that multiplies would make nan of 0 · ∞."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import Operation, Tensor, axis, indices, leading, operation, total
from gdverify.notation import functions as f
from tests import user_sources
from tests.helpers import code, imported

inputs, outputs = axis("inputs"), axis("outputs")


@operation("y", x=(leading, inputs), w=(inputs,), gives=(leading,))
def gated_sum(x: Tensor, w: Tensor) -> Expr:
    """A mask under the sum, beside a factor with fewer indices."""
    n, i = indices(leading, inputs)
    return total(w[i] * f.select(x[n, i] > 0, x[n, i], 0), over=i)


@operation("y", x=(inputs,), V=(inputs, outputs), gives=(outputs,))
def gated_rows(x: Tensor, V: Tensor) -> Expr:
    """A mask under the sum, beside a factor with more indices."""
    i, o = indices(inputs, outputs)
    return total(V[i, o] * f.select(x[i] > 0, x[i] + V[i, o], 0), over=i)


@pytest.mark.parametrize("activation", [catalogue.find_operation("relu"), user_sources.hard_tanh], ids=str)
def test_infinite_upstream_gradient_on_the_dead_side(activation: Operation, tmp_path: Path) -> None:
    module = imported(derive(activation), tmp_path)
    z, da = np.array([[-2.0, 0.5]]), np.array([[np.inf, 3.0]])
    expected = [[0.0, 3.0]]
    np.testing.assert_array_equal(module.adjoints(z, da)["dz"], expected)


def test_infinite_upstream_gradient_through_a_matrix_product(tmp_path: Path) -> None:
    module = imported(derive(user_sources.relu_linear), tmp_path)
    x, W, dy = np.array([[-1.0, 2.0]]), np.array([[1.0, 1.0]]), np.array([[np.inf]])
    with np.errstate(invalid="ignore"):  # BLAS multiplies zeros of its own
        np.testing.assert_array_equal(module.adjoints(x, W, dy)["dx"], [[0, np.inf]])
    assert "dx = np.where(y_relu > 0, dy_relu, 0)" in code(derive(user_sources.relu_linear))


def test_infinite_factor_under_the_sum(tmp_path: Path) -> None:
    module = imported(derive(gated_sum), tmp_path)
    x, w, dy = np.array([[-1.0, 2.0]]), np.array([np.inf, 3.0]), np.array([1.0])
    assert module.forward(x, w) == 6
    np.testing.assert_array_equal(module.adjoints(x, w, dy)["dx"], [[0, 3]])


def test_infinite_factor_with_more_indices(tmp_path: Path) -> None:
    module = imported(derive(gated_rows), tmp_path)
    x, V = np.array([-1.0, 2.0]), np.array([[np.inf, 1.0], [1.0, 2.0]])
    np.testing.assert_array_equal(module.forward(x, V), [3.0, 8.0])
    np.testing.assert_array_equal(module.adjoints(x, V, np.ones(2))["dx"], [0.0, 3.0])


def test_a_choice_without_zeros_stays_beside_a_product() -> None:
    @operation("y", x=(leading, inputs), w=(inputs,), gives=(leading,))
    def leaky_sum(x: Tensor, w: Tensor) -> Expr:
        n, i = indices(leading, inputs)
        return total(w[i] * f.select(x[n, i] > 0, x[n, i], x[n, i] / 10), over=i)

    assert "y = np.where(x > 0, x, 0.1 * x) @ w" in code(derive(leaky_sum), "forward")

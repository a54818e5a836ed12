"""Second derivatives as NumPy: what boosting libraries return, in the dtype that is given, and 0 beside a kink."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sympy import Expr

from gdverify import catalogue, hessian_diagonal, hessian_product
from gdverify.codegen.layout import WIDTH
from gdverify.notation import Tensor, axis, indices, operation, total
from tests.helpers import EVERY, Source, case, interpreted

LOSSES = [Source(name, made) for name, made in catalogue.losses().items()]
# Layers that are linear in what they read have no second derivatives but those of a product.
LINEAR = {name for family in ("convolution", "pooling", "shapes", "lookup") for name in catalogue.operations(family)}
Array = np.ndarray


def softmax(y: Array) -> Array:
    """Probabilities of the rows."""
    raised = np.exp(y - y.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def logistic(y: Array) -> Array:
    """The sigmoid."""
    return 1 / (1 + np.exp(-y))


def one_hot(y: Array) -> Array:
    """A class for each row."""
    return np.eye(y.shape[1])[np.arange(len(y)) % y.shape[1]]


# What one writes by hand: prediction y, target t.
BY_HAND: dict[str, Callable[[Array, Array], Array]] = {
    "squared_error": lambda y, t: np.full(y.shape, 2.0),
    "half_squared_error": lambda y, t: np.ones(y.shape),
    "binary_cross_entropy_with_logits_sum": lambda y, t: logistic(y) * (1 - logistic(y)),
    "softmax_cross_entropy_sum": lambda y, t: softmax(y) * (1 - softmax(y)),
    "softmax_cross_entropy": lambda y, t: softmax(y) * (1 - softmax(y)) / len(y),
    "poisson_sum": lambda y, t: np.exp(y),
    "quantile_sum": lambda y, t: np.zeros(y.shape),
    "absolute_error": lambda y, t: np.zeros(y.shape),
    "huber_sum": lambda y, t: np.where(abs(y - t) > 1, 0.0, 1.0),
    "hinge_sum": lambda y, t: np.zeros(y.shape),
    "squared_hinge_sum": lambda y, t: np.where(1 - t * y > 0, 2 * t**2, 0.0),
    "multiclass_hinge_sum": lambda y, t: np.zeros(y.shape),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_diagonal_is_that_of_a_boosting_objective(name: str) -> None:
    y = np.random.default_rng(1).normal(size=(4, 3), scale=2)
    t = one_hot(y)
    found = hessian_diagonal(catalogue.find(name))(y, t)
    np.testing.assert_allclose(found["y"], BY_HAND[name](y, t), rtol=1e-12, atol=1e-15)


def test_logits_far_away_neither_overflow_nor_warn() -> None:
    y = np.array([[1000.0, -1000.0, 0.0]])
    for name in ("softmax_cross_entropy", "binary_cross_entropy_with_logits"):
        found = hessian_diagonal(catalogue.find(name))(y=y, t=one_hot(y))["y"]
        assert np.isfinite(found).all()
        assert found[0, 0] == found[0, 1] == 0


@pytest.mark.parametrize("source", [source for source in EVERY if source.name not in LINEAR], ids=str)
def test_the_text_computes_products_in_the_given_dtype_and_leaves_inputs_alone(source: Source) -> None:
    made, given = hessian_product(source.made, **source.options), case(source, (3, 2), seed=4)
    rng = np.random.default_rng(0)
    wanted = [tensor.name for tensor in made.order.results]
    change = {name: rng.normal(size=given.arrays()[name].shape) for name in wanted}
    arrays = {v.name: change[name] for name, v in zip(wanted, made.order.directions, strict=True)} | given.arrays()
    step = 2.0**-18
    ahead, behind = (
        interpreted(source.derivation, given.arrays() | {n: given.arrays()[n] + s * change[n] for n in wanted})
        for s in (step, -step)
    )
    kept = {name: array.copy() for name, array in arrays.items()}
    found = made(**arrays)
    narrow = {name: array.astype("f4") if array.dtype == float else array for name, array in arrays.items()}
    for name, array in made(**narrow).items():
        slope = (ahead[f"d{name}"] - behind[f"d{name}"]) / (2 * step)
        scale = 1 + abs(slope).max(initial=0)
        np.testing.assert_allclose(found[name], slope, rtol=0, atol=1e-6 * scale)
        np.testing.assert_allclose(array, found[name], rtol=0, atol=1e-3 * scale)
        assert array.dtype == np.float32
        assert array.shape == change[name].shape
        assert not any(np.shares_memory(found[name], other) for other in arrays.values())
    for name, array in kept.items():
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize("source", LOSSES, ids=str)
def test_the_text_of_diagonals_keeps_dtype_and_shape(source: Source) -> None:
    given, made = case(source, (3, 2), seed=4), hessian_diagonal(source.made, **source.options)
    wide, narrow = made(**given.arrays()), made(**given.arrays(np.float32))
    for tensor in made.order.results:
        assert narrow[tensor.name].dtype == np.float32
        assert narrow[tensor.name].shape == given.exact[tensor].shape
        np.testing.assert_allclose(narrow[tensor.name], wide[tensor.name], rtol=2e-4, atol=1e-5)


state = axis("state", "s")


@operation("loss", W=(state, state), gives=())
def reflected(W: Tensor) -> Expr:
    """Half of Σ W Wᵀ, whose Hessian transposes."""
    s, r = indices(state, state)
    return total(W[s, r] * W[r, s], over=(s, r)) / 2


def test_what_is_returned_is_memory_of_the_caller_s_own() -> None:
    direction = np.arange(4.0).reshape(2, 2)
    found = hessian_product(reflected)(W=np.ones((2, 2)), vW=direction)["W"]
    np.testing.assert_array_equal(found, direction.T)
    assert not np.shares_memory(found, direction)


def test_the_text_is_that_of_one_function_with_formulas_above_its_lines() -> None:
    text = hessian_product(catalogue.find("mlp"), hidden=1).source("gdverify derive mlp --hessian product")
    assert text.startswith("# Generated by gdverify; do not edit. Regenerate with: gdverify derive mlp --hessian prod")
    assert text.count("\ndef ") == 1
    assert "def hessian_product(x, W1, b1, W2, b2, t, vW1, vb1, vW2, vb2):" in text
    assert "    # va1[n, h1] = (1 - a1[n, h1]²) vz1[n, h1]\n    va1 = (1 - a1**2) * (x @ vW1.T + vb1)\n" in text
    assert "    # vdW2[o, h1] = Σ_n dz2[n, o] va1[n, h1] + Σ_n a1[n, h1] vdz2[n, o]\n" in text
    assert "    vdW2 = dz2.T @ va1 + vdz2.T @ a1\n" in text
    assert "einsum" not in text
    statements = [line for line in text.splitlines() if line.startswith("    ") and "#" not in line]
    assert all(len(line) <= WIDTH for line in statements)


def test_a_long_sequence_is_a_loop_and_its_change_another() -> None:
    text = hessian_product(catalogue.find("lstm")).source("")
    assert text.count("for step in range(time):") == 2
    assert text.count("for step in reversed(range(time)):") == 2


def test_an_argument_that_is_missing() -> None:
    made = hessian_diagonal(catalogue.find("squared_error"))
    with pytest.raises(TypeError, match="missing 1 required positional argument: 't'"):
        made(np.ones((1, 1)))

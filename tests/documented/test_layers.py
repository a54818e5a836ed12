"""The layers: every backward pass against finite differences of its own forward pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gdverify.documented.arrays import Array
from gdverify.documented.layers import (
    MLP,
    Layer,
    Linear,
    MeanSquaredError,
    ReLU,
    Tanh,
    line,
    line_gradient,
    line_loss,
    quadratic,
    quadratic_gradient,
)

Difference = Callable[..., Array]

LAYERS: list[Callable[[], Layer]] = [
    lambda: Linear(3, 4, np.random.default_rng(0)),
    ReLU,
    Tanh,
    lambda: MLP(3, (), 2, ReLU, np.random.default_rng(1)),
    lambda: MLP(3, (4,), 1, Tanh, np.random.default_rng(1)),
    lambda: MLP(3, (5, 4), 2, ReLU, np.random.default_rng(1)),
]
NAMES = ["Linear", "ReLU", "Tanh", "MLP 3-2", "MLP 3-4-1 Tanh", "MLP 3-5-4-2 ReLU"]


def parameters(layer: Layer) -> list[tuple[Linear, str]]:
    """Every linear layer with the name of each of its parameters."""
    layers = layer.layers if isinstance(layer, MLP) else [layer]
    return [(each, name) for each in layers if isinstance(each, Linear) for name in ("W", "b")]


def batch() -> Array:
    return np.random.default_rng(2).normal(size=(6, 3))


@pytest.mark.parametrize("make", LAYERS, ids=NAMES)
def test_layer_gradients(make: Callable[[], Layer], central_difference: Difference) -> None:
    layer, x = make(), batch()
    dy = np.random.default_rng(3).normal(size=layer.forward(x).shape)

    def loss() -> float:
        return float(np.sum(layer.forward(x) * dy))

    np.testing.assert_allclose(layer.backward(dy), central_difference(loss, x), rtol=1e-7)
    layer.forward(x)
    layer.backward(dy)
    for linear, name in parameters(layer):
        expected = central_difference(loss, getattr(linear, name))
        np.testing.assert_allclose(getattr(linear, f"d{name}"), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("make", LAYERS, ids=NAMES)
def test_single_precision_stays_single_and_inputs_unchanged(make: Callable[[], Layer]) -> None:
    layer, x = make(), batch().astype(np.float32)
    for linear, name in parameters(layer):
        setattr(linear, name, getattr(linear, name).astype(np.float32))
    y = layer.forward(x)
    dy = np.ones_like(y)
    kept = x.copy()
    gradients = [layer.backward(dy)]
    gradients += [getattr(linear, f"d{name}") for linear, name in parameters(layer)]
    assert {array.dtype for array in (y, *gradients)} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, 1)


def test_relu_chooses_0_at_the_kink() -> None:
    layer = ReLU()
    layer.forward(np.array([[-1.0, -0.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(layer.backward(np.full((1, 4), 5.0)), [[0, 0, 0, 5]])


def test_linear_draws_within_its_bound() -> None:
    layer = Linear(20, 30, np.random.default_rng(0))
    assert (layer.W.shape, layer.b.shape) == ((30, 20), (30,))
    assert 0.3 < np.abs(layer.W).max() <= np.sqrt(6 / 50)


@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (4, 3)])
def test_mean_squared_error_is_a_scalar_over_all_entries(
    shape: tuple[int, int], central_difference: Difference
) -> None:
    y, target = np.random.default_rng(4).normal(size=(2, *shape))
    error = MeanSquaredError()
    assert error.forward(y, target) == pytest.approx(np.mean((y - target) ** 2))
    assert np.ndim(error.forward(y, target)) == 0
    found = error.backward()
    expected = central_difference(lambda: error.forward(y, target), y)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)
    single = error.forward(y.astype(np.float32), target.astype(np.float32))
    assert single.dtype == error.backward().dtype == np.float32


@pytest.mark.parametrize(
    ("hidden", "kinds"),
    [
        ((), [Linear]),
        ((4,), [Linear, Tanh, Linear]),
        ([4, 5], [Linear, Tanh, Linear, Tanh, Linear]),
    ],
)
def test_mlp_has_an_activation_between_linear_layers(hidden: list[int], kinds: list[type]) -> None:
    net = MLP(3, hidden, 2, Tanh, np.random.default_rng(0))
    assert [type(layer) for layer in net.layers] == kinds
    assert net.forward(batch()).shape == (6, 2)


@pytest.mark.parametrize("z", [-4.0, 0.0, 2.5])
def test_quadratic(z: float, central_difference: Difference) -> None:
    at = np.array(z)
    expected = float(central_difference(lambda: quadratic(float(at)), at))
    assert quadratic_gradient(z) == pytest.approx(expected, abs=1e-9)


def test_line(central_difference: Difference) -> None:
    rng = np.random.default_rng(5)
    x, y = np.arange(10.0), rng.normal(size=10)
    ab = rng.normal(size=2)
    np.testing.assert_array_equal(line(2.0, 1.0, x), 2 * x + 1)
    expected = central_difference(lambda: line_loss(ab[0], ab[1], x, y), ab)
    np.testing.assert_allclose(line_gradient(ab[0], ab[1], x, y), expected, rtol=1e-7)


def test_line_and_quadratic_keep_single_precision() -> None:
    x = np.arange(10, dtype=np.float32)
    one = np.float32(1)
    for found in (*line_gradient(one, one, x, x), line_loss(one, one, x, x)):
        assert found.dtype == np.float32
    assert np.asarray(quadratic_gradient(one)).dtype == np.float32

"""The fully connected network: its gradient is recovered from the weights around a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gdverify.documented.arrays import Array
from gdverify.documented.fully_connected import (
    CorrectedFlattened,
    Flattened,
    FullyConnected,
    LeakyReLU,
)

Difference = Callable[..., Array]

LAYERS = [[1, 1], [2, 3, 3, 2], [3, 1, 4], [2, 5, 4, 3, 1]]
RIGHT = [FullyConnected, CorrectedFlattened, LeakyReLU]
EVERY = [*RIGHT, Flattened]

# A power of two so large that the old weight is lost in the new one only below the last digit.
LARGE = 2.0**40


def sample(layers: list[int]) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    return rng.uniform(size=layers[0]), rng.uniform(size=layers[-1])


def built(network: type[FullyConnected], layers: list[int]) -> FullyConnected:
    """With weights of both signs, so that the leaky ReLU leaks."""
    net = network(layers, np.random.default_rng(3), LARGE)
    for W in net.weights:
        W -= 0.6
    return net


def spent_gradients(net: FullyConnected, data: Array, y_true: Array) -> list[Array]:
    before = [W.copy() for W in net.weights]
    net.train(data, y_true)
    found: list[Array] = [(old - new) / LARGE for old, new in zip(before, net.weights, strict=True)]
    for W, old in zip(net.weights, before, strict=True):
        W[...] = old
    return found


def step_of(net: FullyConnected) -> float:
    # A flattened network hardly bends: only a wide step shows its slope among the rounding errors.
    return 1e-2 if isinstance(net, Flattened) else 1e-5


def true_gradients(net: FullyConnected, data: Array, y_true: Array, central_difference: Difference) -> list[Array]:
    def loss() -> float:
        return float(np.sum((y_true - net.predict(data)) ** 2))

    return [central_difference(loss, W, step_of(net)) for W in net.weights]


@pytest.mark.parametrize("layers", LAYERS, ids=str)
@pytest.mark.parametrize("network", RIGHT)
def test_right_gradients(network: type[FullyConnected], layers: list[int], central_difference: Difference) -> None:
    net, (data, y_true) = built(network, layers), sample(layers)
    expected = true_gradients(net, data, y_true, central_difference)
    for found, true in zip(spent_gradients(net, data, y_true), expected, strict=True):
        np.testing.assert_allclose(found, true, rtol=1e-6, atol=1e-15 / step_of(net))


def test_documented_flattened_gradients_are_too_large_by_a_factor_for_each_layer() -> None:
    layers = [2, 3, 3, 2]
    data, y_true = sample(layers)
    documented = spent_gradients(built(Flattened, layers), data, y_true)
    right = spent_gradients(built(CorrectedFlattened, layers), data, y_true)
    for wrong, true, factor in zip(documented, right, (1e6, 1e4, 1e2), strict=True):
        np.testing.assert_allclose(wrong / true, factor, rtol=1e-6)


def test_no_gradient_is_left_in_wide_layers() -> None:
    net = FullyConnected([2, 1000, 1000, 2], np.random.default_rng(0), LARGE)
    data, y_true = np.array([0.2, 0.3]), np.array([0.3, 0.67])
    assert not any(gradient.any() for gradient in spent_gradients(net, data, y_true))


def test_leaky_relu_leaks_below_zero_and_at_zero() -> None:
    net = LeakyReLU([1, 1], np.random.default_rng(0))
    z = np.array([-2.0, -0.0, 0.0, 3.0])
    np.testing.assert_array_equal(net.activation(z), [-0.02, 0.0, 0.0, 3.0])
    np.testing.assert_array_equal(net.slope(net.activation(z)), [0.01, 0.01, 0.01, 1.0])


@pytest.mark.parametrize("network", EVERY)
def test_train_updates_in_place_and_returns_the_loss_before_the_step(
    network: type[FullyConnected],
) -> None:
    net, (data, y_true) = built(network, [2, 3, 2]), sample([2, 3, 2])
    net.learning_rate = 0.01
    arrays = list(net.weights)
    before = float(np.sum((y_true - net.predict(data)) ** 2))
    assert net.train(data, y_true) == before
    assert float(np.sum((y_true - net.predict(data)) ** 2)) < before
    assert all(W is array for W, array in zip(net.weights, arrays, strict=True))


def test_weights_have_a_column_for_the_bias_and_are_uniform() -> None:
    net = FullyConnected([2, 30, 40, 2], np.random.default_rng(0))
    assert [W.shape for W in net.weights] == [(30, 3), (40, 31), (2, 41)]
    assert min(W.min() for W in net.weights) >= 0
    assert max(W.max() for W in net.weights) < 1
    assert net.learning_rate == 0.01


def test_a_learning_rate_of_zero_changes_nothing() -> None:
    net, (data, y_true) = built(FullyConnected, [2, 3, 2]), sample([2, 3, 2])
    before = [W.copy() for W in net.weights]
    net.learning_rate = 0.0
    net.train(data, y_true)
    assert all(map(np.array_equal, net.weights, before))


@pytest.mark.parametrize("network", EVERY)
def test_single_precision_stays_single(network: type[FullyConnected]) -> None:
    net, (data, y_true) = built(network, [2, 3, 3, 2]), sample([2, 3, 3, 2])
    net.learning_rate = 0.01
    net.weights = [W.astype(np.float32) for W in net.weights]
    data, y_true = data.astype(np.float32), y_true.astype(np.float32)
    assert net.train(data, y_true).dtype == np.float32
    assert net.predict(data).dtype == np.float32
    assert {W.dtype for W in net.weights} == {np.dtype(np.float32)}
    assert net.slope(data).dtype == np.float32


@pytest.mark.parametrize("network", EVERY)
def test_inputs_are_unchanged(network: type[FullyConnected]) -> None:
    net, (data, y_true) = built(network, [2, 3, 2]), sample([2, 3, 2])
    kept = data.copy(), y_true.copy()
    net.train(data, y_true)
    np.testing.assert_array_equal(data, kept[0])
    np.testing.assert_array_equal(y_true, kept[1])

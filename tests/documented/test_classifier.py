"""The classifier: the documented gradient belongs to another loss than the documented one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gdverify.documented.arrays import Array, Scalar
from gdverify.documented.classifier import (
    Classifier,
    CorrectedClassifier,
    linear_map,
    linear_map_gradient,
    linear_map_loss,
    mean_cross_entropy,
)

Difference = Callable[..., Array]

Loss = Callable[[Array, Array], Scalar]
SIZES = [(2, 32, 1), (1, 1, 1), (3, 4, 2)]


def half_squared_error(y4: Array, labels: Array) -> Scalar:
    loss: Scalar = np.sum((y4 - labels) ** 2) / 2
    return loss


def batch(inputs: int, outputs: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(4)
    return rng.normal(size=(7, inputs)), rng.integers(0, 2, (7, outputs)).astype(np.float64)


def stepped(network: type[Classifier], sizes: tuple[int, int, int]) -> Classifier:
    """A network of which `backward` was called once, with the weights it had before."""
    net = network(*sizes, rng=np.random.default_rng(5), learning_rate=0.0)
    net.train(*batch(sizes[0], sizes[2]))
    return net


def true_gradients(net: Classifier, loss: Loss, X: Array, labels: Array, central_difference: Difference) -> list[Array]:
    return [central_difference(lambda: loss(net.forward(X), labels), w) for w in (net.w1, net.w2)]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(
    ("network", "loss"),
    [(Classifier, half_squared_error), (CorrectedClassifier, mean_cross_entropy)],
)
def test_gradient_belongs_to(
    network: type[Classifier],
    loss: Loss,
    sizes: tuple[int, int, int],
    central_difference: Difference,
) -> None:
    net = stepped(network, sizes)
    X, labels = batch(sizes[0], sizes[2])
    expected = true_gradients(net, loss, X, labels, central_difference)
    np.testing.assert_allclose(net.dC_dw1, expected[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(net.dC_dw2, expected[1], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_documented_gradient_is_not_that_of_the_cross_entropy(
    sizes: tuple[int, int, int], central_difference: Difference
) -> None:
    net = stepped(Classifier, sizes)
    X, labels = batch(sizes[0], sizes[2])
    expected = true_gradients(net, mean_cross_entropy, X, labels, central_difference)
    for wrong, right in zip((net.dC_dw1, net.dC_dw2), expected, strict=True):
        # Neither equal nor, apart from a single weight, a multiple of it.
        assert np.abs(wrong - right).max() > 0.01 * np.abs(right).max()
        if right.size > 1:
            assert np.ptp(wrong / right) > 0.01


@pytest.mark.parametrize("network", [Classifier, CorrectedClassifier])
def test_backward_updates_in_place_by_the_gradients_it_leaves(network: type[Classifier]) -> None:
    net = network(2, 32, 1, np.random.default_rng(6))
    assert net.learning_rate == 0.001
    X, labels = batch(2, 1)
    w1, w2 = net.w1, net.w2
    before = w1.copy(), w2.copy()
    net.backward(X, labels, net.forward(X))
    assert net.w1 is w1
    assert net.w2 is w2
    np.testing.assert_array_equal(w1, before[0] - 0.001 * net.dC_dw1)
    np.testing.assert_array_equal(w2, before[1] - 0.001 * net.dC_dw2)


@pytest.mark.parametrize("network", [Classifier, CorrectedClassifier])
def test_single_precision_stays_single(network: type[Classifier]) -> None:
    net = network(2, 32, 1, np.random.default_rng(7))
    net.w1, net.w2 = net.w1.astype(np.float32), net.w2.astype(np.float32)
    X, labels = (array.astype(np.float32) for array in batch(2, 1))
    net.train(X, labels)
    found = net.w1, net.w2, net.dC_dw1, net.dC_dw2, net.forward(X)
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    assert mean_cross_entropy(net.forward(X), labels).dtype == np.float32


@pytest.mark.parametrize("network", [Classifier, CorrectedClassifier])
def test_inputs_are_unchanged(network: type[Classifier]) -> None:
    net = network(2, 32, 1, np.random.default_rng(8))
    X, labels = batch(2, 1)
    y4 = net.forward(X)
    kept = X.copy(), labels.copy(), y4.copy()
    net.backward(X, labels, y4)
    assert all(map(np.array_equal, (X, labels, y4), kept))


def test_corrected_gradient_survives_saturation() -> None:
    net = CorrectedClassifier(1, 1, 1, np.random.default_rng(9))
    net.w2[...] = 1000.0
    net.train(np.ones((2, 1)), np.zeros((2, 1)))
    assert np.isfinite(net.dC_dw1).all()
    assert net.dC_dw2.all()


@pytest.mark.parametrize(("theta", "x", "y"), [(0.5, 2.0, 3.0), (-1.5, 0.25, 0.0)])
def test_linear_map(theta: float, x: float, y: float, central_difference: Difference) -> None:
    at = np.array(theta)
    expected = central_difference(lambda: linear_map_loss(float(at), x, y), at)
    assert linear_map(theta, x) == theta * x
    assert linear_map_loss(theta, x, y) == (theta * x - y) ** 2 / 2
    assert linear_map_gradient(theta, x, y) == pytest.approx(float(expected), rel=1e-8)


def test_linear_map_keeps_single_precision() -> None:
    values = np.float32(0.5), np.float32(2), np.float32(3)
    for found in (linear_map_loss(*values), linear_map_gradient(*values)):
        assert np.asarray(found).dtype == np.float32

"""The neuron: the documented gradient is wrong by a factor that changes with the weight."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from gdverify.documented import neuron
from gdverify.documented.arrays import Array

Difference = Callable[..., Array]

T = 0.3
SIZES = [(), (1,), (2,), (5,)]


def drawn(shape: tuple[int, ...], dtype: type = np.float64) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=(2, *shape))
    return np.asarray(w, dtype), np.asarray(x, dtype)


@pytest.mark.parametrize("shape", SIZES)
def test_corrected_gradient_is_the_gradient(shape: tuple[int, ...], central_difference: Difference) -> None:
    w, x = drawn(shape)
    expected = central_difference(lambda: neuron.loss(w, x, T), w)
    np.testing.assert_allclose(neuron.corrected_gradient(w, x, T), expected, rtol=1e-7)


@pytest.mark.parametrize("shape", SIZES)
def test_documented_gradient_is_not(shape: tuple[int, ...], central_difference: Difference) -> None:
    w, x = drawn(shape)
    expected = central_difference(lambda: neuron.loss(w, x, T), w)
    assert np.abs(neuron.gradient(w, x, T) / expected - 1).min() > 1e-3


@pytest.mark.parametrize(("w", "ratio"), [(0.0, 0.940), (1.0, 0.936), (-8.0, 1.141)])
def test_documented_gradient_is_not_off_by_a_constant(w: float, ratio: float) -> None:
    arguments = np.float64(w), np.float64(0.1), T
    measured = neuron.gradient(*arguments) / neuron.corrected_gradient(*arguments)
    assert measured == pytest.approx(ratio, abs=5e-4)


def test_one_input_and_a_vector_of_one_agree() -> None:
    w, x = np.float64(0.7), np.float64(0.1)
    for function in (neuron.gradient, neuron.corrected_gradient):
        vector: Array = function(np.array([w]), np.array([x]), T)
        assert vector.tolist() == [function(w, x, T)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SIZES)
def test_precision_and_shape_are_kept(shape: tuple[int, ...], dtype: type) -> None:
    w, x = drawn(shape, dtype)
    assert neuron.prediction(w, x).dtype == dtype
    assert neuron.loss(w, x, T).dtype == dtype
    for function in (neuron.gradient, neuron.corrected_gradient):
        gradient = function(w, x, T)
        assert gradient.dtype == dtype
        assert gradient.shape == shape


def test_inputs_are_unchanged() -> None:
    w, x = drawn((3,))
    kept = w.copy(), x.copy()
    neuron.gradient(w, x, T)
    neuron.corrected_gradient(w, x, T)
    np.testing.assert_array_equal((w, x), kept)


def test_saturation_is_reached_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert neuron.prediction(np.float64(-1e4), np.float64(1)) == 0
        assert neuron.corrected_gradient(np.float64(-1e4), np.float64(1), T) == 0

"""What the generated module computes: the exact values, what the interpreter computes, and nothing else."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gdverify.codegen.program import program, run
from gdverify.evidence.arithmetic import NUMPY
from tests.helpers import ORDINARY, SHAPES, TIES, Source, case, interpreted, reference

DTYPES = [np.float64, np.float32]


def call(function: Callable[..., Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """The function on those of the arrays that it takes."""
    return function(**{name: arrays[name] for name in inspect.signature(function).parameters})


def sizes_of(source: Source, arrays: Mapping[str, np.ndarray]) -> Mapping[str, int]:
    """The size of each axis."""
    return program(source.derivation).sizes(arrays)


def bits(value: Any) -> tuple[np.dtype, tuple[int, ...], bytes]:
    """What makes two results the same to the last bit."""
    return value.dtype, np.shape(value), np.asarray(value).tobytes()


@pytest.mark.parametrize("regime", [ORDINARY, TIES])
def test_values_are_the_exact_ones(source: Source, generated: ModuleType, regime: str) -> None:
    for seed, shape in enumerate(SHAPES):
        given = case(source, shape, regime, seed)
        exact = {tensor.name: array for tensor, array in reference(given).items()}
        loss, gradients = call(generated.loss_and_gradients, given.arrays())
        found = call(generated.adjoints, given.arrays())
        found |= {f"d{name}": gradient for name, gradient in gradients.items()}
        if source.derivation.upstream is None:
            found["loss"] = loss
        for name, value in found.items():
            expected = exact[name].astype(np.float64)
            assert np.shape(value) == expected.shape, name
            scale = np.abs(expected).max(initial=1.0)
            np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-11 * scale, err_msg=name)


def assert_same(source: Source, value: Any, expected: Any, name: str) -> None:
    """Equal to the last bit; to the last bits where entries of arrays with many axes are added up.

    NumPy computes in the memory of what it needs no more, so that the order of a sum depends on what holds an array.
    """
    assert (value.dtype, np.shape(value)) == (expected.dtype, np.shape(expected)), name
    if all(len(tensor.axes) < 3 for tensor in source.derivation.every_adjoint):
        assert bits(value) == bits(expected), name
    last = 64 * np.finfo(value.dtype).eps
    np.testing.assert_allclose(value, expected, rtol=last, atol=last * np.abs(expected).max(initial=1), err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_interpreter_agrees_to_the_last_bit(source: Source, generated: ModuleType, dtype: Any) -> None:
    for seed, shape in enumerate(SHAPES):
        arrays = case(source, shape, seed=seed).arrays(dtype)
        expected = interpreted(source.derivation, arrays)
        loss, gradients = call(generated.loss_and_gradients, arrays)
        assert_same(source, loss, expected["loss"], "loss")
        asked = run(program(source.derivation).backward, {**arrays, **expected, **sizes_of(source, arrays)}, NUMPY)
        for name, gradient in gradients.items():
            assert_same(source, gradient, asked[f"d{name}"], name)
        for name, adjoint in call(generated.adjoints, arrays).items():
            assert_same(source, adjoint, expected[name], name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(source: Source, generated: ModuleType, dtype: Any) -> None:
    for shape in SHAPES:
        arrays = case(source, shape).arrays(dtype)
        loss, gradients = call(generated.loss_and_gradients, arrays)
        results = {"loss": loss, "prediction": call(generated.forward, arrays), **call(generated.adjoints, arrays)}
        for name, value in {**results, **gradients}.items():
            assert value.dtype == dtype, name


def test_functions_agree_with_each_other(source: Source, generated: ModuleType) -> None:
    for shape in SHAPES:
        arrays = case(source, shape).arrays()
        loss, gradients = call(generated.loss_and_gradients, arrays)
        assert bits(call(generated.loss, arrays)) == bits(loss)
        adjoints = call(generated.adjoints, arrays)
        assert list(gradients) == [tensor.name for tensor in source.derivation.wanted]
        assert {f"d{name}" for name in gradients} <= adjoints.keys()
        for name, gradient in gradients.items():
            # A number that is the same for every entry stands in for its array: one rounding more or less.
            np.testing.assert_allclose(gradient, adjoints[f"d{name}"], rtol=1e-13, atol=1e-14, err_msg=name)
        prediction = interpreted(source.derivation, arrays)[source.derivation.prediction.name]
        assert_same(source, call(generated.forward, arrays), prediction, "prediction")


def test_arguments_are_left_alone(source: Source, generated: ModuleType) -> None:
    arrays = case(source, (2, 3)).arrays()
    kept = {name: array.copy() for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    for function in (generated.forward, generated.loss, generated.loss_and_gradients, generated.adjoints):
        call(function, arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, kept[name])


@pytest.mark.parametrize("shape", [(2, 3), (1,)])
def test_results_have_memory_of_their_own(source: Source, generated: ModuleType, shape: tuple[int, ...]) -> None:
    arrays = case(source, shape).arrays()
    loss, gradients = call(generated.loss_and_gradients, arrays)
    adjoints = call(generated.adjoints, arrays)
    own_memory(arrays, {"prediction": call(generated.forward, arrays)})
    own_memory(arrays, {"loss": loss, **gradients})
    own_memory(arrays, adjoints)
    for name, result in {**gradients, **adjoints}.items():
        assert np.shape(result) == () or result.flags.writeable, name


def own_memory(arguments: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    """Each result shares memory neither with an argument nor with another result."""
    pairs = [*itertools.product(arguments.items(), results.items()), *itertools.combinations(results.items(), 2)]
    for (first, a), (second, b) in pairs:
        assert not np.shares_memory(a, b), (first, second)

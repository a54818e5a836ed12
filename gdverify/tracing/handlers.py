"""Functions of NumPy that make floats, or look at what only floats have: what they do to arrays of elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.tracing.arrays import Traced, called, traced
from gdverify.tracing.elements import Numbers

Axis = int | tuple[int, ...] | None


def _mean(numbers: Numbers, a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, **options: Any) -> Any:
    """Σ a / n"""
    return np.divide(np.sum(a, axis=axis, **options), _count(a, axis), out=out)


def _var(
    numbers: Numbers, a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: float = 0, **options: Any
) -> Any:
    """Σ (a − mean)² / (n − ddof)"""
    ddof = options.pop("correction", ddof)
    deviations = a - np.mean(a, axis=axis, keepdims=True)
    return np.divide(np.sum(deviations**2, axis=axis, **options), _count(a, axis) - ddof, out=out)


def _std(numbers: Numbers, a: Any, *arguments: Any, **options: Any) -> Any:
    """√var"""
    return np.sqrt(np.var(a, *arguments, **options))


def _average(numbers: Numbers, a: Any, axis: Axis = None, weights: Any = None, **options: Any) -> Any:
    """Σ w a / Σ w"""
    if weights is None:
        return np.mean(a, axis=axis, **options)
    w: Any = traced(weights, numbers)
    if w.shape != np.shape(a):
        assert isinstance(axis, int)
        w = np.expand_dims(w, [k for k in range(np.ndim(a)) if k != axis % np.ndim(a)])
    return np.sum(w * a, axis=axis, **options) / np.sum(w * np.ones(np.shape(a)), axis=axis, **options)


def _count(a: Any, axis: Axis) -> int:
    axes = range(np.ndim(a)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return int(np.prod([np.shape(a)[k] for k in axes], dtype=int))


def _filled(value: float) -> Callable[..., Any]:
    """``zeros_like`` and the like: of floats a traced array that can be written into."""

    def like(numbers: Numbers, a: Any, dtype: Any = None, *arguments: Any, shape: Any = None, **options: Any) -> Any:
        return _full_like(numbers, a, value, dtype, shape=shape)

    return like


def _full_like(
    numbers: Numbers, a: Any, fill_value: Any, dtype: Any = None, *arguments: Any, shape: Any = None, **options: Any
) -> Any:
    wanted = np.shape(a) if shape is None else shape
    if dtype is not None and np.dtype(dtype).kind != "f":
        return np.full(wanted, fill_value, dtype=dtype)
    made = traced(np.zeros(wanted), numbers)
    made[...] = fill_value
    return made


def _isclose(
    numbers: Numbers, a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """|a − b| ≤ atol + rtol |b|"""
    return np.abs(np.subtract(a, b)) <= atol + rtol * np.abs(b)


def _allclose(numbers: Numbers, a: Any, b: Any, *arguments: Any, **options: Any) -> bool:
    return bool(np.all(np.isclose(a, b, *arguments, **options)))


def _clip(numbers: Numbers, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **options: Any) -> Any:
    """min(max(a, low), high)"""
    low, high = options.get("min", a_min), options.get("max", a_max)
    raised = a if low is None else np.maximum(a, low, out=out)
    return raised if high is None else np.minimum(raised, high, out=out)


def _result_type(numbers: Numbers, *arrays_and_dtypes: Any) -> Any:
    honest = (np.float64 if isinstance(each, Traced) else each for each in arrays_and_dtypes)
    return np.result_type(*honest)


def _einsum(numbers: Numbers, *operands: Any, **options: Any) -> Any:
    """As it is; a path of contraction is for speed."""
    return called(np.einsum, operands, {**options, "optimize": False}, numbers)


HANDLERS: dict[Any, Callable[..., Any]] = {
    np.mean: _mean,
    np.var: _var,
    np.std: _std,
    np.average: _average,
    np.zeros_like: _filled(0),
    np.empty_like: _filled(0),
    np.ones_like: _filled(1),
    np.full_like: _full_like,
    np.isclose: _isclose,
    np.allclose: _allclose,
    np.clip: _clip,
    np.result_type: _result_type,
    np.einsum: _einsum,
}

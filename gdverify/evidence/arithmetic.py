"""Plain NumPy: what each operator of a generated expression computes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy

from gdverify.codegen.helpers import ARGUMENT, helper
from gdverify.codegen.moved import (
    added_up,
    combined,
    largest_at,
    one_by_one,
    overlapped,
    overlapped_at,
    picked,
    placed,
    stacked,
    windows,
)
from gdverify.codegen.nodes import evaluate
from gdverify.notation.functions import FUNCTIONS

Arithmetic = Mapping[str, Callable[..., Any]]


def constant(value: sympy.Rational) -> int | float:
    """The Python number that the generated code has."""
    return int(value.p) if value.q == 1 else int(value.p) / int(value.q)


def expand(pattern: tuple[bool, ...], array: Any) -> Any:
    """Axes of length 1 where the pattern says so."""
    return array[tuple(slice(None) if kept else None for kept in pattern)]


def _power(exponent: sympy.Rational, base: Any) -> Any:
    return base ** constant(exponent)


def _helped(function: str, arithmetic: dict[str, Callable[..., Any]], _: None, argument: Any) -> Any:
    known = {ARGUMENT: argument}
    for target, node in helper(function):
        known[target] = evaluate(node, known, arithmetic)
    return known["value"]


def _repeated(detail: tuple[int, int], array: Any) -> Any:
    axis, index = detail
    return np.broadcast_to(np.take(array, [index], axis), array.shape)


def _swapped(axes: tuple[int, int], array: Any) -> Any:
    first, second = axes
    return array.swapaxes(first, second) if array.shape[first] == array.shape[second] else array


def _put(index: tuple[Any, ...], array: Any, other: Any) -> Any:
    made = array.copy()
    made[index] = other[index]
    return made


def moved(function: Callable[..., Any], detail: tuple[Any, ...], array: Any, *sizes: Any) -> Any:
    """Entries read or added up along some axes, as `gdverify.codegen.moved` does it."""
    axis, axes, *how = detail
    every = tuple(map(int, sizes))
    return function(array, axis, *(every[at : at + axes] for at in range(0, len(every), axes)), *map(int, how))


def _given_back(detail: tuple[Any, ...], dy: Any, at: Any, *sizes: Any) -> Any:
    return moved(lambda array, *how: overlapped_at(array, at, *how), detail, dy, *sizes)


def _part(axis: int, array: Any, *ends: Any) -> Any:
    """Neighbouring entries along an axis, to its end or before it."""
    first, end = (*map(int, ends), None)[:2]
    return array[(*[slice(None)] * axis, slice(first, end))]


def _padded(detail: tuple[int, int], array: Any, before: Any, behind: Any) -> Any:
    """Zeros around an array, along an axis."""
    axis, rank = detail
    widths = [(0, 0)] * rank
    widths[axis] = (int(before), int(behind))
    return np.pad(array, widths)


def _only(axes: tuple[int, ...] | None) -> int:
    """The one axis of a reduction, of an array that has but one axis too."""
    return axes[0] if axes else 0


# Entries moved, not computed with: the same in every arithmetic of arrays, and on the errors of the entries.
VIEWS: dict[str, Callable[..., Any]] = {
    "transpose": lambda order, a: a.transpose(order),
    "expand": expand,
    "take": lambda detail, a: np.take(a, detail[1], detail[0]),
    "repeat": _repeated,
    "concatenate": lambda axis, *arrays: np.concatenate(arrays, axis),
    "stack": lambda axis, *arrays: np.stack(arrays, axis),
    "roll": lambda axis, a: np.roll(a, 1, axis),
    "swapped": _swapped,
    "put": _put,
    "odd": lambda _, a: a % 2,  # of sizes, which are exact
}

NUMPY: dict[str, Callable[..., Any]] = {
    **VIEWS,
    "number": constant,
    "count": lambda _, size: int(size),
    "pi": lambda _: math.pi,
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b,
    "neg": lambda _, a: -a,
    "pow": _power,
    "matmul": lambda _, a, b: a @ b,
    "sum": lambda axes, a: a.sum(axis=axes),
    "peak": lambda axes, a: a.max(axis=axes),
    "einsum": lambda spec, *arrays: np.einsum(spec, *arrays, optimize=True),
    "stacked": stacked,
    "one_by_one": lambda detail, a, b: one_by_one(detail[0], detail[1], a, b),
    "tensordot": lambda axes, a, b: np.tensordot(a, b, axes),
    "copy": lambda _, a: a.copy(),
    "cast": lambda _, a, like: a.astype(like.dtype),
    "full_like": lambda _, like, a: np.full_like(like, a),
    "broadcast": lambda _, like, a: np.broadcast_to(a, like.shape),
    "reshape": lambda _, a, *sizes: a.reshape(tuple(map(int, sizes))),
    "part": _part,
    "pad": _padded,
    "repeated": lambda axis, a, times: np.repeat(a, int(times), axis),
    "causal": lambda _, like, q, k: np.triu(np.full((int(q), int(k)), -1e30, like.dtype), 1),
    "windows": partial(moved, windows),
    "overlapped": partial(moved, overlapped),
    "overlapped_at": _given_back,
    "overlapped_product": lambda detail, a, b, *sizes: moved(overlapped, detail, a * b, *sizes),
    "winner": lambda axes, a: a.argmax(axis=_only(axes)),
    "added": lambda axes, a: combined(np.add, a, axes),
    "largest": lambda axes, a: combined(np.maximum, a, axes),
    "largest_at": lambda axes, a: largest_at(a, axes),
    "picked": lambda axis, x, at: picked(x, at, axis),
    "placed": lambda axis, dy, at, size: placed(dy, at, axis, int(size)),
    "rows": lambda _, x, at: x[at],
    "added_up": lambda _, dy, at, size: added_up(dy, at, int(size)),
    "where": lambda _, condition, a, b: np.where(condition, a, b),
    "gt": lambda _, a, b: a > b,
    "ge": lambda _, a, b: a >= b,
    "lt": lambda _, a, b: a < b,
    "le": lambda _, a, b: a <= b,
    "minimum": lambda _, a, b: np.minimum(a, b),
    "exp": lambda _, a: np.exp(a),
    "expm1": lambda _, a: np.expm1(a),
    "log": lambda _, a: np.log(a),
    "tanh": lambda _, a: np.tanh(a),
    "sin": lambda _, a: np.sin(a),
    "cos": lambda _, a: np.cos(a),
    "sqrt": lambda _, a: np.sqrt(a),
    "root": lambda _, a: np.sqrt(a),
    "sign": lambda _, a: np.sign(a),
    "absolute": lambda _, a: np.abs(a),
    "relu": lambda _, a: np.maximum(a, 0),
    "softplus": lambda _, a: np.logaddexp(0, a),
}
NUMPY |= {name: partial(_helped, name, NUMPY) for name in FUNCTIONS if helper(name)}

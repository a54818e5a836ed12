"""Every row of the table of functions, every handler and every limit means what NumPy means by it."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np
import pytest

from gdverify.tracing.arrays import Traced, approximately, traced
from gdverify.tracing.ball_elements import Balls
from gdverify.tracing.balls import Arb
from gdverify.tracing.elements import Element, Numbers
from gdverify.tracing.expression import Graph
from gdverify.tracing.functions import FUNCTIONS
from gdverify.tracing.lines import Code
from gdverify.tracing.symbols import Symbols

# What NumPy has not, of floats.
OTHER = {
    "erf": math.erf,
    "expit": lambda x: 1 / (1 + np.exp(-x)),
    "log_expit": lambda x: -np.log1p(np.exp(-x)),
    "logit": lambda x: np.log(x / (1 - x)),
    "xlogy": lambda a, b: 0.0 if a == 0 else a * np.log(b),
    "spacing": lambda x: 0.0,
}
VALUES = (-1.5, -0.25, 0.0, 0.25, 0.5, 2.0)


def kinds() -> dict[str, Numbers]:
    return {"symbols": Symbols(Code([]), Graph()), "balls": Balls(Code([]), Arb())}


def lifted(numbers: Numbers, value: float) -> Element:
    made = numbers.lift(value)
    assert made is not None
    return made


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_numpys_at_ties_and_limits_too(name: str, kind: str) -> None:
    numbers, function = kinds()[kind], FUNCTIONS[name]
    plain = OTHER.get(name) or getattr(np, name)
    compared = 0
    for values in itertools.product(VALUES, repeat=function.takes):
        with np.errstate(all="ignore"):
            try:
                expected = float(plain(*map(np.float64, values)))
            except (ValueError, ZeroDivisionError):
                continue
            if not np.isfinite(expected) or (name == "clip" and values[1] > values[2]):
                continue
            found = function.value(*(lifted(numbers, value) for value in values))
        assert isinstance(found, bool) == function.decides
        assert float(found) == pytest.approx(expected, rel=1e-12, abs=1e-12), values
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_infinities_are_those_of_floats(operation: Any, kind: str) -> None:
    numbers = kinds()[kind]
    values = (-np.inf, -2.0, 0.0, 0.5, np.inf, np.nan)
    for a, b in itertools.product(values, repeat=2):
        if np.isfinite(a) and np.isfinite(b) and not (operation is operator.truediv and b == 0):
            continue
        with np.errstate(all="ignore"):
            expected = float(operation(np.float64(a), np.float64(b)))
            found = operation(lifted(numbers, a), lifted(numbers, b))
        assert float(found) == expected or (np.isnan(float(found)) and np.isnan(expected)), (a, b)


def test_the_sign_of_what_meets_an_infinity_belongs_to_the_path() -> None:
    symbols = Symbols(Code([]), Graph())
    below = symbols.symbol("x", -3.0)
    assert float(below * np.inf) == -np.inf
    assert float(1 / (np.inf / below)) == 0
    assert [(c.difference.detail, c.relation, c.holds) for c in symbols.path] == [("x", ">", False), ("x", "<", True)]
    assert float(below + np.inf) == np.inf
    assert len(symbols.path) == 2


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.mean(a, axis=1),
        lambda a: np.mean(a, axis=(0, 1)),
        lambda a: a.mean(axis=0, keepdims=True),
        lambda a: np.var(a, axis=1),
        lambda a: a.var(1, ddof=1),
        lambda a: np.std(a, axis=1, keepdims=True),
        lambda a: np.average(a, axis=0, weights=[0.5, 2.0]),
        lambda a: np.average(a, weights=np.abs(a)),
        lambda a: np.zeros_like(a) + np.ones_like(a, dtype=float) - np.full_like(a, 0.25),
        lambda a: np.zeros_like(a, dtype=int),
        lambda a: np.isclose(a, 0.5),
        lambda a: np.clip(a, -0.5, None),
        lambda a: np.clip(a, None, 0.5),
        lambda a: a.clip(-0.25, 0.25),
        lambda a: np.clip(a, min=-0.1, max=0.1),
        lambda a: np.einsum("ij,kj->ik", a, a, optimize=True),
        lambda a: np.argmax(a, axis=1),
        lambda a: a.argmin(),
        lambda a: a.max(axis=0) - a.min(),
        lambda a: np.linalg.norm(a),
        lambda a: np.linalg.norm(a, axis=0),
        lambda a: np.linalg.norm(a, ord=1),
        lambda a: np.pad(a, 1),
        lambda a: np.cumsum(a, axis=0),
        lambda a: np.tensordot(a, a, axes=((1,), (1,))),
        lambda a: np.sort(a, axis=1),
        lambda a: np.diff(a),
        lambda a: np.split(a, 3, axis=1)[1],
        lambda a: np.tile(a, 2) + np.repeat(a, 2, axis=1),
        lambda a: np.trace(a[:, :2]) + np.diag(a[:, :2]),
        lambda a: np.add.reduce(a, axis=1) - np.subtract.outer(a[0], a[1])[0, :2],
        lambda a: np.add.accumulate(a[0]),
        lambda a: np.maximum.reduce(a),
        lambda a: np.roll(a, 1)[::-1].swapaxes(0, 1).flatten(),
        lambda a: np.stack([a, a + 1]).sum(axis=(0, 2)),
        lambda a: np.sum(a, where=a > 0, initial=0.5),
        lambda a: np.array_equal(a, a),
        lambda a: np.count_nonzero(a > 0),
    ],
)
def test_functions_of_arrays_are_numpys(function: Any) -> None:
    plain = np.array([[0.3, -1.2, 0.5], [2.0, 0.25, -0.75]])
    found, expected = function(traced(plain, Symbols(Code([]), Graph()))), function(plain)
    assert np.shape(found) == np.shape(expected)
    values = approximately(found) if isinstance(found, Traced) else np.asarray(found)
    np.testing.assert_allclose(values.astype(float), np.asarray(expected).astype(float), rtol=1e-12)


def test_views_share_memory_and_copies_do_not() -> None:
    made = traced(np.zeros((2, 3)), Symbols(Code([]), Graph()))
    made.reshape(-1)[0] = 1
    made.T[2, 1] = 2
    made[0][1] = 3
    made.copy()[...] = made.astype(float)[...] = 9
    assert approximately(made).tolist() == [[1, 3, 0], [0, 0, 2]]
    assert made.dtype == np.float64
    assert repr(made) == repr(approximately(made))
    assert f"{made[0, 1]:.2f}" == "3.00"

"""Sums of simple numbers are exact, but not in every right way to write them: n times a mean is off by a few units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import derive
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference

Array = np.ndarray
SIZES = (3, 5, 6, 7)  # a third, a fifth … of a simple number is rounded


def summed(terms: Array, axis: Any = None) -> Array:
    """n times the mean."""
    n = terms.size if axis is None else terms.shape[axis]
    return np.asarray(n * terms.mean(axis=axis))


def _squared_error(given: dict[str, Array]) -> dict[str, Array]:
    d = given["y"] - given["t"]
    return {"loss": summed(d**2), "y": 2 * d}


def _affine(given: dict[str, Array]) -> dict[str, Array]:
    x, W, dz = given["x"], given["W"], given["dz"]
    return {"x": dz @ W, "W": summed(dz[:, :, None] * x[:, None, :], axis=0), "b": summed(dz, axis=0)}


def _softmax_cross_entropy(given: dict[str, Array]) -> dict[str, Array]:
    y, t = given["y"], given["t"]
    e = np.exp(y - y.max(axis=1, keepdims=True))
    total = summed(t, axis=1)[:, None]  # of each sample, exact where targets are simple numbers
    return {"y": (total * e / e.sum(axis=1, keepdims=True) - t) / len(y)}


def _transposed_mean(given: dict[str, Array]) -> dict[str, Array]:
    x, dy = given["x"], given["dy"]
    share = np.repeat(dy[:, None] / x.shape[1], x.shape[1], axis=1)
    return {"loss": summed(dy * x.mean(axis=1)), "x": share}


WRITTEN: dict[str, Callable[[dict[str, Array]], dict[str, Array]]] = {
    "squared_error": _squared_error,
    "affine": _affine,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "average_over_time": _transposed_mean,
}


def simple(name: str, size: int, seed: int) -> Case:
    """Eighths and quarters in every array."""
    derivation = derive(catalogue.find(name))
    sizes = {axis.name: size for axis in derivation.composition.axes}
    case = build(derivation, {}, sizes, "ordinary", "float64", seed)
    return case.replaced(**{one: np.round(array * 4) / 4 for one, array in case.arrays.items()})


@pytest.mark.parametrize("name", WRITTEN)
def test_a_sum_as_a_mean_times_its_terms_is_right(name: str) -> None:
    source = catalogue.find(name)
    subject = Subject(lambda case: WRITTEN[name](case.arrays), name, source)
    for size in SIZES:
        for seed in range(1000, 1012):
            found = examine(subject, derive(source), simple(name, size, seed))
            assert found.wrong == (), {one: found.comparisons[one] for one in found.wrong}


def test_some_of_these_sums_are_not_what_the_exact_sum_is() -> None:
    drawn = [simple("affine", size, seed) for size in SIZES for seed in range(1000, 1012)]
    assert any(np.any(_affine(a)["W"] != a["dz"].T @ a["x"]) for a in (case.arrays for case in drawn))


def test_an_exact_sum_is_judged_to_the_last_digits() -> None:
    derivation, case = derive(catalogue.find("affine")), simple("affine", 7, 1000)
    for name, bound in reference(derivation, case, ["dW", "db"]).bounds.items():
        assert compare(bound.expected, bound).agrees
        assert not compare(bound.expected * (1 + 1e-14), bound).agrees, name


def test_a_tie_of_exact_sums_is_a_tie_still() -> None:
    derivation = derive(catalogue.find("hinge"))
    case = build(derivation, {}, {"batch": 3, "outputs": 1}, "ordinary", "float64", 1000)
    tied = case.replaced(y=np.array([[1.0], [0.5], [2.0]]), t=np.ones((3, 1)))
    assert reference(derivation, tied, ["dy"]).tie


def _poisson_regression(given: dict[str, Array]) -> dict[str, Array]:
    x, t = given["x"], given["t"]
    z = summed(x[:, None, :] * given["W1"], axis=2) + given["b1"]
    dz = (np.exp(z) - t) / z.size
    return {"loss": (np.exp(z) - t * z).mean(), "W1": dz.T @ x, "b1": dz.sum(axis=0)}


def test_the_exponential_of_such_a_sum_is_right_too() -> None:
    mlp, options = catalogue.find("mlp"), {"hidden": 0, "loss": "poisson"}
    derivation = derive(mlp, **options)
    subject = Subject(lambda case: _poisson_regression(case.arrays), "poisson", mlp, options)
    for seed in range(1000, 1024):
        case = build(derivation, options, {"batch": 3, "inputs": 7, "outputs": 2}, "ordinary", "float64", seed)
        rounded = {name: np.round(array * 4) / 4 for name, array in case.arrays.items()}
        # Large sums, of which e^z keeps as many digits less.
        case = case.replaced(**{**rounded, "x": np.abs(rounded["x"]) + 3, "W1": np.abs(rounded["W1"]) + 3})
        found = examine(subject, derivation, case)
        assert found.wrong == (), {one: found.comparisons[one] for one in found.wrong}

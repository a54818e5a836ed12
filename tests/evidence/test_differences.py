"""Finite differences and the complex step, on functions whose derivatives are known."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.evidence.differences import central, complex_step


@pytest.mark.parametrize(("dtype", "relative"), [("float64", 1e-9), ("float32", 2e-3)])
def test_central_differences(dtype: str, relative: float) -> None:
    at = np.array([[0.3, -1.2], [2.0, 1e-3]], dtype)
    found = central(lambda x: np.sum(np.sin(x) + x**3), at)
    np.testing.assert_allclose(found, np.cos(at) + 3 * at**2, rtol=relative, atol=relative)


def test_the_step_follows_large_entries() -> None:
    at = np.array([1e6, -3e7])
    np.testing.assert_allclose(central(lambda x: float(np.sum(x * x)), at), 2 * at, rtol=1e-8)


def test_the_step_may_be_chosen() -> None:
    # For x³ the error of a step h is h².
    assert central(lambda x: float(x[0] ** 3), np.array([1.0]), step=0.5)[0] == pytest.approx(3.25)


def test_differences_leave_their_argument_alone() -> None:
    at = np.array([1.0, 2.0])
    central(lambda x: float(x.sum()), at)
    complex_step(lambda x: complex(x.sum()), at)
    assert at.tolist() == [1, 2]


def test_of_a_scalar() -> None:
    assert central(lambda x: float(x * x), np.array(3.0))[()] == pytest.approx(6)
    assert complex_step(lambda x: complex(x * x), np.array(3.0))[()] == 6


def test_the_complex_step_is_right_to_rounding() -> None:
    at = np.array([0.3, -1.2, 20.0])
    found = complex_step(lambda x: complex(np.sum(np.exp(x) * np.tanh(x))), at)
    right = np.exp(at) * (np.tanh(at) + 1 - np.tanh(at) ** 2)
    np.testing.assert_allclose(found, right, rtol=4e-16)

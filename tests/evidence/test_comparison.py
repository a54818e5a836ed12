"""Comparing a tensor with its bound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound


def bound(expected: list[float], tolerance: list[float]) -> Bound:
    return Bound(np.array(expected), np.array(tolerance))


def test_each_entry_has_its_own_tolerance() -> None:
    given = bound([1, 1], [0.5, 0.01])
    assert compare(np.array([1.4, 1.005]), given).agrees
    assert not compare(np.array([1.005, 1.4]), given).agrees


def test_the_worst_entry_is_the_one_furthest_out_of_its_tolerance() -> None:
    found = compare(np.array([1.4, 1.1, 1.0]), bound([1, 1, 1], [0.5, 0.01, 0.01]))
    assert found.index == (1,)
    assert (found.got, found.expected, found.tolerance) == (1.1, 1, 0.01)
    assert found.error == pytest.approx(0.1)
    assert found.excess == pytest.approx(10)


def test_an_exact_entry_leaves_no_room() -> None:
    found = compare(np.array([0.0, 1.0]), bound([0, np.nextafter(1, 2)], [0, 0]))
    assert not found.agrees
    assert found.index == (1,)
    assert found.excess == math.inf


def test_what_is_not_known_agrees_with_anything() -> None:
    found = compare(np.array([np.nan, np.inf, 2.0]), bound([1, 1, 2], [np.inf, np.inf, 0.1]))
    assert found.agrees
    assert (found.informative, found.entries) == (1, 3)


def test_nan_where_a_value_is_known_does_not_agree() -> None:
    assert not compare(np.array([np.nan, 2.0]), bound([1, 2], [0.1, 0.1])).agrees


def test_an_entry_smaller_than_its_tolerance_tells_nothing() -> None:
    assert compare(np.array([0.0, 0.0]), bound([1e-20, 0], [1e-16, 0])).informative == 0


def test_uncertainty_widens_the_tolerance() -> None:
    given = bound([1], [0.01])
    assert not compare(np.array([1.05]), given).agrees
    assert compare(np.array([1.05]), given, np.array([0.1])).agrees
    assert compare(np.array([1.05]), given, np.array([2.0])).informative == 0


def test_a_scalar_has_the_empty_index() -> None:
    found = compare(3.0, Bound(np.array(2.0), np.array(0.5)))
    assert not found.agrees
    assert found.index == ()


def test_a_choice_at_a_kink_is_not_the_worst_entry() -> None:
    # relu at 0 with an upstream gradient of -0.5: from -0.5 to 0, and 0 is taken.
    found = compare(np.array([0.0, 1.005]), bound([-0.25, 1], [0.25, 0.01]))
    assert found.agrees
    assert found.index == (1,)
    only = compare(np.array([0.0]), bound([-0.25], [0.25]))
    assert only.agrees
    assert only.excess == 0

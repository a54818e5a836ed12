"""Constants are what their writer meant: the simplest rational that rounds to the float."""

from __future__ import annotations

from fractions import Fraction
from math import nextafter, pi, ulp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdverify.tracing.snapping import simplest, snapped


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0.1, "1/10"),
        (1e-8, "1/100000000"),
        (1 / 3, "1/3"),
        (-0.75, "-3/4"),
        (2.0**40, str(2**40)),
        (0.044715, "8943/200000"),
        (np.finfo(float).eps, f"1/{2**52}"),
        (pi, "245850922/78256779"),
        (0.0, "0"),
        (-0.0, "0"),
        (np.float32(0.1), "1/10"),
        (np.float16(0.3), "3/10"),
        (np.int64(3), "3"),
        (np.bool_(True), "1"),
        (Fraction(2, 3), "2/3"),
    ],
)
def test_what_is_meant(value: object, meant: str) -> None:
    assert snapped(value) == Fraction(meant)
    assert type(snapped(value).numerator) is int


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_it_rounds_to_the_float(value: float) -> None:
    found = simplest(value)
    assert found.numerator / found.denominator == value


@given(st.integers(1, 400), st.integers(1, 400))
def test_none_is_simpler(numerator: int, denominator: int) -> None:
    value = numerator / denominator
    found = simplest(value)
    below = (Fraction(nextafter(value, 0)) + Fraction(value)) / 2
    above = Fraction(value) + Fraction(ulp(value)) / 2
    for smaller in range(1, found.denominator):
        nearest = Fraction(round(Fraction(value) * smaller), smaller)
        assert not below < nearest < above
    assert found == Fraction(numerator, denominator)

"""Constants: the simplest rational that rounds to a float, which is what its writer meant.

``0.1`` in a program is the double nearest to 1/10. Taken as that double it would make 10 · 0.1 − 1 a number other
than 0, and no two formulas with decimals would ever be proved equal.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import nextafter, ulp
from typing import Any

import numpy as np


@lru_cache(maxsize=4096)
def simplest(value: float) -> Fraction:
    """The rational of least denominator among those that round to a finite float."""
    if value.is_integer():
        return Fraction(int(value))
    found = _between(*_rounding_to(abs(value)))
    return found if value > 0 else -found


def snapped(value: Any) -> Fraction:
    """The rational meant by a finite number: an integer, a Fraction, or a Python or NumPy float of any precision."""
    if isinstance(value, np.floating) and not isinstance(value, float):
        # The shortest decimal that a short float prints is the constant that was written.
        return simplest(float(str(value)))
    if isinstance(value, float):
        return simplest(float(value))
    return value if isinstance(value, Fraction) else Fraction(int(value))


def _rounding_to(size: float) -> tuple[int, int, int]:
    """What rounds to a positive float lies between the first two, over the third; halves go to even: no ends."""
    below = nextafter(size, 0)
    exact, step = Fraction(size), Fraction(ulp(size))
    gap = exact - Fraction(below)
    over = 2 * max(exact.denominator, step.denominator, gap.denominator)  # all are powers of two
    return int((exact - gap / 2) * over), int((exact + step / 2) * over), over


def _between(low: int, high: int, over: int) -> Fraction:
    """The rational of least denominator strictly between low/over and high/over.

    Both ends have the same continued fraction up to some place; the least rational ends there.
    """
    # low = a/b and high = c/d; p/q are the convergents of what both begin with.
    a, b, c, d = low, over, high, over
    p, q, before_p, before_q = 1, 0, 0, 1
    while True:
        whole = a // b
        if (whole + 1) * d < c:
            return Fraction((whole + 1) * p + before_p, (whole + 1) * q + before_q)
        p, q, before_p, before_q = whole * p + before_p, whole * q + before_q, p, q
        a, b, c, d = d, c - whole * d, b, a - whole * b
        if d == 0:  # the upper end of the rest is infinite: any integer above its lower end
            whole = a // b + 1
            return Fraction(whole * p + before_p, whole * q + before_q)

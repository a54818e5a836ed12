"""What sums, products, quotients and powers of values with errors may lose."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import sympy

from gdverify.evidence.arithmetic import constant
from gdverify.evidence.bounded import Bounded, Reals, are_exact, exact
from gdverify.evidence.precision import Precision


def number(p: Precision, value: sympy.Rational) -> Bounded:
    """A constant: 0.01 is rounded, ½ is not"""
    # An object of its own each time: conditions tell their operands apart by identity.
    return Bounded(*_constant(p.unit, value))


@lru_cache(maxsize=1024)
def _constant(unit: float, value: sympy.Rational) -> tuple[Reals, Reals]:
    made = exact(constant(value))
    dyadic = value.q & (value.q - 1) == 0 and abs(value.p) * unit <= 1
    return made.value, made.error if dyadic else unit * np.abs(made.value)


def pi(p: Precision, _: None) -> Bounded:
    """π, rounded"""
    return Bounded(np.asarray(np.pi), np.asarray(p.unit * np.pi))


def neg(_: Precision, __: None, a: Bounded) -> Bounded:
    """−a"""
    return Bounded(-a.value, a.error, latent=a.latent)


def add(p: Precision, _: None, a: Bounded, b: Bounded) -> Bounded:
    """a + b"""
    return _summed(p, a.value + b.value, a, b)


def sub(p: Precision, _: None, a: Bounded, b: Bounded) -> Bounded:
    """a − b; where it is a slope, 1 − tanh² z, another form of that, 1 / cosh² z, rounds more often"""
    made = _summed(p, a.value - b.value, a, b)
    return made if not made.error.any() else Bounded(made.value, made.error + 7 * p.unit * np.abs(made.value))


def _summed(p: Precision, value: Reals, a: Bounded, b: Bounded) -> Bounded:
    exact_terms, a, b = are_exact(a, b), a.scaled, b.scaled
    # Where a factor is multiplied out, 2y/n − 2t/n for 2 (y − t)/n, each term is rounded before they cancel.
    terms = p.unit * (np.abs(a.value) + np.abs(b.value))
    return p.rounded(value, a.error + b.error, exact_terms, terms)


def mul(p: Precision, _: None, a: Bounded, b: Bounded) -> Bounded:
    """a · b"""
    exact_factors, a, b, largest = are_exact(a, b), a.scaled, b.scaled, b.scaled.largest
    carried = np.abs(a.value) * b.error + a.error * largest
    return p.rounded(a.value * b.value, carried, exact_factors, p.underflow(a.largest * largest))


def div(p: Precision, _: None, a: Bounded, b: Bounded) -> Bounded:
    """a / b, unbounded where the divisor may be 0"""
    a, b = a.scaled, b.scaled
    value = a.value / b.value
    room = np.abs(b.value) - b.error
    carried = np.where(room > 0, (a.error + np.abs(value) * b.error) / np.where(room > 0, room, 1), np.inf)
    return Bounded(value, carried + 2 * p.unit * (np.abs(value) + carried) + p.smallest)


def power(p: Precision, exponent: sympy.Rational, a: Bounded) -> Bounded:
    """aⁿ by repeated multiplication, or by a function of the exponent"""
    if exponent == 2:
        return mul(p, None, a, a)
    n, a = constant(exponent), a.scaled
    value = a.value**n
    # Where the slope n aⁿ⁻¹ is largest: far from 0 for n > 1, near to it for n < 1.
    steepest = a.largest if n > 1 else np.maximum(np.abs(a.value) - a.error, 0)
    carried = np.where(a.error == 0, 0, np.abs(n) * a.error * steepest ** (n - 1))
    # A fraction as exponent is rounded itself, which costs u |n log a|.
    moved = 0 if exponent.is_integer else np.abs(n * np.log(np.where(value > 0, np.abs(a.value), 1)))
    roundings = (np.abs(n) + 4 + moved) * p.unit * (np.abs(value) + carried)
    return Bounded(np.asarray(value), carried + roundings + p.smallest)


FIELD: dict[str, Callable[..., Bounded]] = {"add": add, "sub": sub, "mul": mul, "div": div, "pow": power}

"""What a textbook implementation of an elementwise function may lose, of its value and in absolute terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.bounded import Bounded, Reals
from gdverify.evidence.precision import Precision


def exp(p: Precision, _: None, a: Bounded) -> Bounded:
    """eᵃ"""
    value = np.exp(a.value)
    return Bounded(value, _grown(a) + 8 * p.unit * value + p.smallest)


def _grown(a: Bounded) -> Reals:
    """By how much eᵃ may be more: ``eᵃ (eᵉ − 1)``, also where the one factor is 0 and the other without bound."""
    near = np.exp(a.value) * np.expm1(np.minimum(a.error, 1))
    return np.where(a.error < 1, near, np.exp(a.value + a.error))


def log(p: Precision, _: None, a: Bounded) -> Bounded:
    """log a, unbounded where the argument may be 0"""
    value = np.log(a.value)
    ratio = a.error / a.value
    carried = np.where(ratio < 1, -np.log1p(-np.where(ratio < 1, ratio, 0)), np.inf)
    return Bounded(value, carried + 8 * p.unit * np.abs(value))


def sqrt(p: Precision, _: None, a: Bounded) -> Bounded:
    """√a"""
    value = np.sqrt(a.value)
    carried = np.where(a.error < a.value, a.error / np.where(value > 0, value, 1), np.sqrt(a.largest))
    return Bounded(value, carried + 2 * p.unit * value)


def root(p: Precision, _: None, a: Bounded) -> Bounded:
    """√a, exactly 0 where a is: what is declared there is then all that is expected"""
    made = sqrt(p, None, a.scaled)
    return Bounded(made.value, np.where(a.largest == 0, 0, made.error))


def reciprocal(p: Precision, _: None, a: Bounded) -> Bounded:
    """1 / a, and 0 where a is 0 for certain; unbounded where it may be"""
    value, room = NUMPY["reciprocal"](None, a.value), np.abs(a.value) - a.error
    size, unknown = np.abs(value), np.where(a.largest == 0, 0, np.inf)
    carried = np.where(room > 0, a.error * size / np.where(room > 0, room, 1), unknown)
    return Bounded(value, carried + 2 * p.unit * (size + carried))


def tanh(p: Precision, _: None, a: Bounded) -> Bounded:
    """tanh a, also as (e²ᵃ − 1) / (e²ᵃ + 1)"""
    value = np.tanh(a.value)
    slope = (1 - value) * (1 + value)
    carried = np.minimum(np.minimum(slope * np.expm1(np.minimum(2 * a.error, 50)) / 2, a.error), 2)
    return Bounded(value, carried + 7 * p.unit)


def sin(p: Precision, _: None, a: Bounded) -> Bounded:
    """sin a, which next to 0 is as exact as a"""
    return Bounded(np.sin(a.value), np.minimum(a.error + 4 * p.unit * np.minimum(np.abs(a.value), 1), 2))


def cos(p: Precision, _: None, a: Bounded) -> Bounded:
    """cos a, also as sin(a + π/2), whose argument is rounded"""
    return Bounded(np.cos(a.value), np.minimum(a.error + p.unit * (5 + np.abs(a.value)), 2))


def sigmoid(p: Precision, _: None, a: Bounded) -> Bounded:
    """1 / (1 + e⁻ᵃ), also as (1 + tanh(a/2)) / 2"""
    value = NUMPY["sigmoid"](None, a.value)
    slope = value * NUMPY["sigmoid"](None, -a.value)
    carried = np.minimum(np.minimum(slope * np.expm1(np.minimum(a.error, 50)), a.error / 4), 1)
    return Bounded(value, carried + 6 * p.unit)


def softplus(p: Precision, _: None, a: Bounded) -> Bounded:
    """log(1 + eᵃ), also as a + log(1 + e⁻ᵃ)"""
    value = np.logaddexp(0, a.value)
    return Bounded(value, a.error + p.unit * (8 * (1 + value) + 2 * np.abs(a.value)))


def expm1(p: Precision, _: None, a: Bounded) -> Bounded:
    """eᵃ − 1, also as the difference that it is written as"""
    value = np.expm1(a.value)
    return Bounded(value, _grown(a) + 8 * p.unit * (1 + np.abs(value)))


def erf(p: Precision, _: None, a: Bounded) -> Bounded:
    """erf a, also as 1 − erfc a"""
    value = NUMPY["erf"](None, a.value)
    nearest = np.maximum(np.abs(a.value) - a.error, 0)
    carried = np.minimum(2 / np.sqrt(np.pi) * a.error * np.exp(-(nearest**2)), 2)
    return Bounded(value, carried + 8 * p.unit)


def softsign(p: Precision, _: None, a: Bounded) -> Bounded:
    """a / (1 + |a|)"""
    value = NUMPY["softsign"](None, a.value)
    nearest = np.maximum(np.abs(a.value) - a.error, 0)
    return Bounded(value, np.minimum(a.error / (1 + nearest) ** 2, 2) + 4 * p.unit * np.abs(value))


def minimum(_: Precision, __: None, a: Bounded, b: Bounded) -> Bounded:
    """min(a, b)"""
    error = np.maximum(a.error, b.error)
    return Bounded(np.minimum(a.value, b.value), error, latent=np.maximum(a.scaled.error, b.scaled.error) - error)


def relu(_: Precision, __: None, a: Bounded) -> Bounded:
    """max(a, 0), exactly 0 where a is negative for certain"""
    highest = a.value + a.error
    return Bounded(np.maximum(a.value, 0), np.minimum(a.error, np.maximum(highest, 0)), highest < 0, a.latent)


def absolute(_: Precision, __: None, a: Bounded) -> Bounded:
    """|a|"""
    return Bounded(np.abs(a.value), a.error, latent=a.latent)


def _rounding(function: Callable[..., Bounded]) -> Callable[..., Bounded]:
    """A function whose value is rounded anyway: nothing is decided by an exact operand any more."""
    return lambda p, detail, a: function(p, detail, a.scaled)


ROUNDING = (exp, expm1, log, sqrt, reciprocal, tanh, sin, cos, sigmoid, softplus, softsign, erf)
DECIDING = (relu, absolute, minimum, root)  # an exact operand decides what they do
ELEMENTWISE: dict[str, Callable[..., Bounded]] = {
    **{function.__name__: _rounding(function) for function in ROUNDING},
    **{function.__name__: function for function in DECIDING},
}

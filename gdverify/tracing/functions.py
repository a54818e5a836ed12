"""What functions of numbers mean in exact arithmetic: a row each, by the name that NumPy or `math` calls it.

A function that is no operator of an expression is written in those that are. A kink is a branch that is taken by
value, and so stands in the path.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gdverify.tracing.elements import Element

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Function:
    """A function of elements.

    Attributes:
        value: of elements, one argument each.
        takes: how many arguments.
        identity: what its reduction begins with; None where that is its first argument.
        decides: whether it returns a bool, and no element.
    """

    value: Callable[..., Any]
    takes: int = 1
    identity: Any = None
    decides: bool = False


def _called(name: str) -> Function:
    return Function(lambda x: x.call(name))


def exp2(x: Element) -> Any:
    """2ˣ"""
    return (x * _number(x, 2).log()).call("exp")


def sigmoid(x: Element) -> Any:
    """1 / (1 + e^(−x))"""
    return 1 / (1 + (-x).call("exp"))


def maximum(a: Element, b: Element) -> Element:
    """The larger one; the first at a tie."""
    return a if a >= b else b


def minimum(a: Element, b: Element) -> Element:
    """The smaller one; the first at a tie."""
    return a if a <= b else b


def sign(x: Element) -> Element:
    """−1, 0 or 1"""
    return _number(x, 1 if x > 0 else -1 if x < 0 else 0)


def heaviside(x: Element, at_zero: Element) -> Element:
    """0 below 0, 1 above, and ``at_zero`` there."""
    if x > 0:
        return _number(x, 1)
    return _number(x, 0) if x < 0 else at_zero


def logaddexp(a: Element, b: Element) -> Any:
    """max + log(1 + e^(min − max))"""
    high, low = (a, b) if a >= b else (b, a)
    return high + (1 + (low - high).call("exp")).log()


def _number(x: Element, value: int) -> Element:
    return x.numbers.number(Fraction(value))


def _sqrt(x: Element) -> Element:
    return x.power(HALF)


# One argument, the result an element.
_UNARY: dict[str, Callable[[Any], Any]] = {
    "positive": lambda x: x,
    "conjugate": lambda x: x,
    "negative": lambda x: -x,
    "absolute": abs,
    "fabs": abs,
    "sign": sign,
    "square": lambda x: x**2,
    "sqrt": _sqrt,
    "reciprocal": lambda x: 1 / x,
    "log": lambda x: x.log(),
    "log1p": lambda x: (1 + x).log(),
    "log2": lambda x: x.log() / _number(x, 2).log(),
    "log10": lambda x: x.log() / _number(x, 10).log(),
    "expm1": lambda x: x.call("exp") - 1,
    "exp2": exp2,
    "sinh": lambda x: (x.call("exp") - (-x).call("exp")) / 2,
    "cosh": lambda x: (x.call("exp") + (-x).call("exp")) / 2,
    "tan": lambda x: x.call("sin") / x.call("cos"),
    "arcsin": lambda x: (x / _sqrt(1 - x**2)).call("atan"),
    "arcsinh": lambda x: (x + _sqrt(x**2 + 1)).log(),
    "arctanh": lambda x: ((1 + x) / (1 - x)).log() / 2,
    "expit": sigmoid,
    "log_expit": lambda x: -((1 + (-x).call("exp")).log()),
    "logit": lambda x: (x / (1 - x)).log(),
    # An exact number has no neighbour: what an update adds by rounding is nothing.
    "spacing": lambda x: _number(x, 0),
}

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "float_power": lambda a, b: a**b,
    "pow": lambda a, b: a**b,
    "maximum": maximum,
    "fmax": maximum,
    "minimum": minimum,
    "fmin": minimum,
    "heaviside": heaviside,
    "logaddexp": logaddexp,
    "hypot": lambda a, b: _sqrt(a**2 + b**2),
    "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
    "xlogy": lambda a, b: a if a == 0 else a * b.log(),
}

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}

FUNCTIONS: dict[str, Function] = {
    **{name: _called(name) for name in ("exp", "tanh", "sin", "cos", "erf")},
    "arctan": _called("atan"),
    **{name: Function(value) for name, value in _UNARY.items()},
    **{name: Function(value, 2) for name, value in _BINARY.items()},
    "add": Function(lambda a, b: a + b, 2, identity=0),
    "multiply": Function(lambda a, b: a * b, 2, identity=1),
    "clip": Function(lambda x, low, high: minimum(maximum(x, low), high), 3),
    **{name: Function(value, 2, decides=True) for name, value in _COMPARISONS.items()},
    "logical_not": Function(lambda a: not a, decides=True),
    "logical_and": Function(lambda a, b: bool(a) and bool(b), 2, True, decides=True),
    "logical_or": Function(lambda a, b: bool(a) or bool(b), 2, False, decides=True),
    "logical_xor": Function(lambda a, b: bool(a) != bool(b), 2, False, decides=True),
    "isnan": Function(lambda x: bool(np.isnan(x.approximate)), decides=True),
    "isinf": Function(lambda x: bool(np.isinf(x.approximate)), decides=True),
    "isfinite": Function(lambda x: bool(np.isfinite(x.approximate)), decides=True),
    "signbit": Function(lambda x: bool(x < 0), decides=True),
}

for _name, _function in FUNCTIONS.items():
    # NumPy's loops over objects call the method of the function's name.
    if _function.takes == 1 and not hasattr(Element, _name):
        setattr(Element, _name, _function.value)

"""Expressions in floating point: what a branch is taken by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from gdverify.tracing.expression import Expression

_erf = np.frompyfunc(math.erf, 1, 1)

VALUES: dict[str, Callable[..., np.float64]] = {
    "add": lambda _, a, b: a + b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b,
    "neg": lambda _, a: -a,
    "pow": lambda n, a: a ** (n.numerator if n.denominator == 1 else float(n)),
    "exp": lambda _, a: np.exp(a),
    "log": lambda _, a: np.log(a),
    "tanh": lambda _, a: np.tanh(a),
    "sin": lambda _, a: np.sin(a),
    "cos": lambda _, a: np.cos(a),
    "atan": lambda _, a: np.arctan(a),
    "erf": lambda _, a: np.float64(_erf(a)),
}


class Floats:
    """The values of expressions at one point, each computed once; infinite or nan where floats overflow."""

    def __init__(self, point: Mapping[str, Fraction]) -> None:
        """``point`` gives the value of each symbol."""
        self._point = point
        self._known: dict[int, np.float64] = {}

    def __call__(self, expression: Expression) -> float:
        """The value of an expression."""
        waiting = [expression]
        with np.errstate(all="ignore"):
            while waiting:
                node = waiting[-1]
                missing = [a for a in node.arguments if a.place not in self._known]
                if missing:
                    waiting += missing
                    continue
                self._known[node.place] = self._value(node)
                waiting.pop()
        return float(self._known[expression.place])

    def _value(self, node: Expression) -> np.float64:
        if node.operator == "number":
            return np.float64(node.detail)
        if node.operator == "symbol":
            return np.float64(self._point[node.detail])
        return VALUES[node.operator](node.detail, *(self._known[a.place] for a in node.arguments))

"""Expressions in ball arithmetic: values with a rigorous bound, to as many bits as are asked for.

Arb's balls (python-flint, the extra ``certify``) where they are installed, else mpmath's intervals, which are as
rigorous, some twenty times slower, and lack the error function and the arc tangent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from gdverify.errors import GdverifyError
from gdverify.extras import MissingExtra, require
from gdverify.tracing.expression import Expression, walked

Ball = Any
NEEDED_BY = "values in ball arithmetic"


class Undefined(GdverifyError, ArithmeticError):
    """A value that does not exist, or cannot be told from one that does not: log of a ball that contains 0."""


class Arb:
    """Arb's balls."""

    def __init__(self) -> None:
        self._flint = require("flint", "certify", NEEDED_BY)
        self.table: Mapping[str, Callable[..., Ball]] = {
            "add": lambda _, a, b: a + b,
            "mul": lambda _, a, b: a * b,
            "div": lambda _, a, b: a / b,
            "neg": lambda _, a: -a,
            "pow": self._power,
            **{name: _method(name) for name in ("exp", "log", "tanh", "sin", "cos", "atan", "erf")},
        }

    @contextmanager
    def precision(self, bits: int) -> Iterator[None]:
        """Work with so many bits."""
        with self._flint.ctx.workprec(bits):
            yield

    def number(self, value: Fraction) -> Ball:
        """The smallest ball that contains a number."""
        return self._flint.arb(self._flint.fmpq(value.numerator, value.denominator))

    def sign(self, ball: Ball) -> int | None:
        """−1, 0 or 1; None where the ball contains 0 and more."""
        return 1 if ball > 0 else -1 if ball < 0 else 0 if ball.is_zero() else None

    def magnitude(self, ball: Ball) -> float:
        """log₁₀ of the largest magnitude in the ball, −∞ for 0."""
        largest = ball.abs_upper()
        return -math.inf if largest.is_zero() else float(largest.log()) / math.log(10)

    def middle(self, ball: Ball) -> float:
        """About its value."""
        return float(ball.mid())

    def is_finite(self, ball: Ball) -> bool:
        """Whether it has a bound, and is a value at all."""
        return bool(ball.is_finite())

    def _power(self, exponent: Fraction, base: Ball) -> Ball:
        if exponent.denominator == 1:
            return base ** int(exponent)
        root = base.sqrt() if exponent.denominator == 2 else base.root(exponent.denominator)
        return root ** int(exponent.numerator)


class Intervals:
    """mpmath's intervals."""

    def __init__(self) -> None:
        from mpmath.ctx_iv import MPIntervalContext

        self._iv = iv = MPIntervalContext()
        self.table: Mapping[str, Callable[..., Ball]] = {
            "add": lambda _, a, b: a + b,
            "mul": lambda _, a, b: a * b,
            "div": lambda _, a, b: a / b,
            "neg": lambda _, a: -a,
            "pow": self._power,
            "tanh": self._tanh,
            "log": self._log,
            "atan": _lacking("atan"),
            "erf": _lacking("erf"),
            **{name: _function(getattr(iv, name)) for name in ("exp", "sin", "cos")},
        }

    @contextmanager
    def precision(self, bits: int) -> Iterator[None]:
        """Work with so many bits."""
        self._iv.prec = bits
        yield

    def number(self, value: Fraction) -> Ball:
        """The smallest interval that contains a number."""
        return self._iv.mpf(value.numerator) / value.denominator

    def sign(self, ball: Ball) -> int | None:
        """−1, 0 or 1; None where the interval contains 0 and more."""
        return 1 if ball.a > 0 else -1 if ball.b < 0 else 0 if ball.a == ball.b == 0 else None

    def magnitude(self, ball: Ball) -> float:
        """log₁₀ of the largest magnitude in the interval, −∞ for 0."""
        from mpmath import mp

        largest = mp.mpf(abs(ball).b)
        return -math.inf if largest == 0 else float(mp.log10(largest))

    def middle(self, ball: Ball) -> float:
        """About its value."""
        from mpmath import mp

        return float(mp.mpf(ball.mid))

    def is_finite(self, ball: Ball) -> bool:
        """Whether it has a bound, and is a value at all."""
        return bool(-math.inf < ball.a and ball.b < math.inf)

    def _power(self, exponent: Fraction, base: Ball) -> Ball:
        if exponent.denominator == 1:
            return base ** int(exponent)
        return self._iv.exp(self.number(exponent) * self._log(None, base))

    def _tanh(self, _: None, a: Ball) -> Ball:
        # 1 − 2 / (1 + e²ᵃ) has a in it once, so that the interval stays narrow.
        return 1 - 2 / (1 + self._iv.exp(2 * a))

    def _log(self, _: None, a: Ball) -> Ball:
        return self._iv.log(a) if a.a > 0 else self._iv.mpf([-math.inf, math.inf])


def arithmetic() -> Arb | Intervals:
    """The best one that is installed."""
    try:
        return Arb()
    except MissingExtra:
        return Intervals()


class Values:
    """The values of expressions at a point.

    Args:
        roots: the expressions.
        point: the exact value of each symbol.
        bits: the precision.
        balls: the arithmetic.

    Raises:
        Undefined: a divisor or the argument of a logarithm or root may be outside of its domain.
    """

    def __init__(
        self, roots: Iterable[Expression], point: Mapping[str, Fraction], bits: int, balls: Arb | Intervals
    ) -> None:
        self._known: dict[int, Ball] = {}
        self._balls = balls
        with balls.precision(bits):
            for node in walked(roots):
                self._known[node.place] = self._value(node, point)

    def __getitem__(self, expression: Expression) -> Ball:
        """The value of an expression below the roots."""
        return self._known[expression.place]

    def sign(self, expression: Expression) -> int | None:
        """−1, 0 or 1; None where it is not known."""
        return self._balls.sign(self[expression])

    def digits(self, expression: Expression) -> float:
        """To how many digits it is 0, relative to what is added in it."""
        parts = expression.arguments if expression.operator == "add" else ()
        scale = max((self._balls.magnitude(self[part]) for part in parts), default=0.0)
        size = self._balls.magnitude(self[expression])
        if size == -math.inf:
            return math.inf
        # Logarithms beyond the range of floats tell nothing.
        return 0.0 if math.isinf(scale) else math.floor(scale - size)

    def middle(self, expression: Expression) -> float:
        """About its value."""
        return self._balls.middle(self[expression])

    def _value(self, node: Expression, point: Mapping[str, Fraction]) -> Ball:
        if node.operator == "number":
            return self._balls.number(node.detail)
        if node.operator == "symbol":
            return self._balls.number(point[node.detail])
        arguments = [self._known[argument.place] for argument in node.arguments]
        made = self._balls.table[node.operator](node.detail, *arguments)
        if not self._balls.is_finite(made):
            raise Undefined(
                f"{node.operator} of {', '.join(map(str, arguments))} has no value that is known to be finite"
            )
        return made


def _lacking(name: str) -> Callable[..., Ball]:
    def lacks(_: None, a: Ball) -> Ball:
        raise MissingExtra(f'{NEEDED_BY} with {name} need the extra "certify": pip install "gdverify[certify]"')

    return lacks


def _method(name: str) -> Callable[..., Ball]:
    return lambda _, a: getattr(a, name)()


def _function(own: Callable[..., Ball]) -> Callable[..., Ball]:
    return lambda _, a: own(a)

"""Balls: elements that are real numbers with a rigorous error, at any precision (python-flint's ``arb``).

What a subject computes on balls encloses what its code means in real arithmetic, so that rounding is no longer an
explanation for a difference. A comparison of balls that overlap is not known, and is refused as `Undecided`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gdverify.tracing.balls import Arb
from gdverify.tracing.elements import Element, Numbers
from gdverify.tracing.lines import Code, Undecided
from gdverify.tracing.path import RELATIONS


class Ball(Element):
    """A ball."""

    __slots__ = ("ball",)

    def __init__(self, numbers: Balls, ball: Any, constant: bool, rational: Fraction | None = None) -> None:
        self.numbers = numbers
        self.ball = ball
        self.constant = constant
        self.rational = rational

    @property
    def approximate(self) -> float:  # type: ignore[override]  # made only where it is asked for
        """A float near its middle."""
        return float(self.ball)


class Balls(Numbers):
    """Elements that are balls; to be used inside the `Arb.precision` that is wanted."""

    def __init__(self, code: Code, arb: Arb) -> None:
        super().__init__(code)
        self._arb = arb

    def entry(self, value: float) -> Ball:
        """An entry of the case, exactly."""
        return Ball(self, self._arb.number(Fraction(float(value))), constant=False)

    def number(self, value: Fraction) -> Ball:
        return Ball(self, self._arb.number(value), constant=True, rational=value)

    def add(self, a: Ball, b: Ball) -> Ball:
        return Ball(self, a.ball + b.ball, a.constant and b.constant)

    def sub(self, a: Ball, b: Ball) -> Ball:
        return Ball(self, a.ball - b.ball, a.constant and b.constant)

    def mul(self, a: Ball, b: Ball) -> Ball:
        return Ball(self, a.ball * b.ball, a.constant and b.constant)

    def div(self, a: Ball, b: Ball) -> Ball:
        return Ball(self, a.ball / b.ball, a.constant and b.constant)

    def neg(self, a: Ball) -> Ball:
        return Ball(self, -a.ball, a.constant, None if a.rational is None else -a.rational)

    def power(self, a: Ball, exponent: Fraction) -> Ball:
        return Ball(self, self._arb.table["pow"](exponent, a.ball), a.constant)

    def call(self, function: str, a: Ball) -> Ball:
        return Ball(self, self._arb.table[function](None, a.ball), a.constant)

    def compare(self, a: Ball, b: Ball, relation: str) -> bool:
        sign = self._arb.sign(a.ball - b.ball)
        if sign is None:
            self.stopped = Undecided(relation, self.code.line())
            raise self.stopped
        return sign in RELATIONS[relation]

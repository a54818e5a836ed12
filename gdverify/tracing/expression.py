"""What a traced computation computes: an expression as a graph in which equal parts are one node.

Code of a few lines makes expressions that are huge as trees and small as graphs, so a node is made once and shared,
and whoever walks a graph walks it in the order in which it was made (`Expression.place`), each node once.

    number, symbol                      leaves
    add, mul, div, neg, pow             field operations; the exponent of a power is a rational, √ is the power ½
    exp, log, tanh, …                   `FUNCTIONS`

A branch, such as that of a maximum, is no operator: it is taken by value, and stands in the path of the trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

# Functions of one argument that an expression may hold.
FUNCTIONS = ("exp", "log", "tanh", "sin", "cos", "atan", "erf")


# Bits of a power of a number, which is written out up to here.
LONGEST = 10_000


class Expression:
    """A node; made by a `Graph`, where equal nodes are the same object."""

    __slots__ = ("arguments", "detail", "operator", "place")

    def __init__(self, operator: str, arguments: tuple[Expression, ...], detail: Any, place: int) -> None:
        """``detail`` is the Fraction of a number, the name of a symbol, the exponent of a power."""
        self.operator = operator
        self.arguments = arguments
        self.detail = detail
        self.place = place

    @property
    def is_number(self) -> bool:
        """Whether it is a constant."""
        return self.operator == "number"


class Graph:
    """Makes expressions; those of one trace share one graph."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Expression] = {}

    def __len__(self) -> int:
        return len(self._made)

    def number(self, value: Fraction | int) -> Expression:
        """A constant."""
        return self._make("number", (), Fraction(value))

    def symbol(self, name: str) -> Expression:
        """An entry of an array, for example ``W1[0, 1]``."""
        return self._make("symbol", (), name)

    def add(self, a: Expression, b: Expression) -> Expression:
        """a + b"""
        if a.is_number and b.is_number:
            return self.number(a.detail + b.detail)
        if a.is_number and a.detail == 0:
            return b
        if b.is_number and b.detail == 0:
            return a
        cancelled = self._cancelled(a, b) or self._cancelled(b, a)
        return self._make("add", _ordered(a, b)) if cancelled is None else cancelled

    def _cancelled(self, a: Expression, b: Expression) -> Expression | None:
        """a + b where b is −a, −(a + c), or the negative of a summand of a: what an update is undone by."""
        if b.operator != "neg":
            return None
        c = b.arguments[0]
        if a is c:
            return self.number(0)
        if c.operator == "add" and a in c.arguments:
            return self.neg(_other(c, a))
        return _other(a, c) if a.operator == "add" and c in a.arguments else None

    def neg(self, a: Expression) -> Expression:
        """−a"""
        if a.is_number:
            return self.number(-a.detail)
        return a.arguments[0] if a.operator == "neg" else self._make("neg", (a,))

    def sub(self, a: Expression, b: Expression) -> Expression:
        """a − b, kept as a + (−b)"""
        return self.number(0) if a is b else self.add(a, self.neg(b))

    def mul(self, a: Expression, b: Expression) -> Expression:
        """a · b"""
        if a.is_number and b.is_number:
            return self.number(a.detail * b.detail)
        for constant, other in ((a, b), (b, a)):
            if constant.is_number and constant.detail in (0, 1, -1):
                return {0: constant, 1: other, -1: self.neg(other)}[int(constant.detail)]
            if constant.is_number and other.operator == "neg":
                return self.mul(self.number(-constant.detail), other.arguments[0])
            if constant.is_number and other.operator == "mul" and any(c.is_number for c in other.arguments):
                # c · (d · x) = (c d) · x
                d, x = sorted(other.arguments, key=lambda factor: not factor.is_number)
                return self.mul(self.number(constant.detail * d.detail), x)
        return self._make("mul", _ordered(a, b))

    def div(self, a: Expression, b: Expression) -> Expression:
        """a / b; the divisor is not zero"""
        if b.is_number:
            return self.mul(a, self.number(1 / b.detail))
        return a if a.is_number and a.detail == 0 else self._make("div", (a, b))

    def pow(self, a: Expression, exponent: Fraction | int) -> Expression:
        """aⁿ for a rational n"""
        n = Fraction(exponent)
        if n in (0, 1):
            return a if n else self.number(1)
        if a.is_number and n.denominator == 1 and (a.detail or n > 0) and is_short(a.detail, n):
            return self.number(a.detail ** int(n))
        return self._make("pow", (a,), n)

    def call(self, function: str, a: Expression) -> Expression:
        """One of `FUNCTIONS` of a."""
        return self._make(function, (a,))

    def _make(self, operator: str, arguments: tuple[Expression, ...], detail: Any = None) -> Expression:
        key = (operator, detail, *map(id, arguments))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Expression(operator, arguments, detail, len(self._made))
        return found


def walked(roots: Iterable[Expression]) -> list[Expression]:
    """Every node below the roots once, arguments before what reads them."""
    seen: dict[int, Expression] = {}
    waiting = [*roots]
    while waiting:
        node = waiting.pop()
        if node.place not in seen:
            seen[node.place] = node
            waiting += node.arguments
    return [seen[place] for place in sorted(seen)]


def _other(sum_: Expression, a: Expression) -> Expression:
    """The summand of a sum of two that is not a."""
    first, second = sum_.arguments
    return second if a is first else first


def is_short(number: Fraction, exponent: Fraction) -> bool:
    """Whether a power of a number is short enough to be written out."""
    return abs(exponent) * max(number.numerator.bit_length(), number.denominator.bit_length()) <= LONGEST


def _ordered(a: Expression, b: Expression) -> tuple[Expression, Expression]:
    return (a, b) if a.place <= b.place else (b, a)

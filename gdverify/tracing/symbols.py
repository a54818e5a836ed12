"""Symbols: elements that record the expression they are the value of, and the comparisons that chose the way there.

A comparison is decided by values, since code that branches can only go one way. What was compared, and how it came
out, is a `Condition`; all together are the path, the set of cases for which the expressions are what the code
computes. At a tie, a difference that is exactly 0, the other way would be as good.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gdverify.tracing.elements import IN_FLOATS, Element, Numbers, holds
from gdverify.tracing.expression import Expression, Graph
from gdverify.tracing.floats import VALUES
from gdverify.tracing.lines import Code, Place
from gdverify.tracing.path import Condition

# An expression with more nodes is neither decided nor read by anybody.
MOST_NODES = 100_000
MOST_BITS = 100_000  # of a constant
EXPLODES = "the expression explodes: {}; take a smaller shape"


class Symbol(Element):
    """An expression and its value in one case."""

    __slots__ = ("expression",)

    def __init__(self, numbers: Symbols, expression: Expression, value: Any, constant: bool) -> None:
        self.numbers = numbers
        self.expression = expression
        self.approximate = value
        self.constant = constant
        self.rational = expression.detail if expression.is_number else None


class Symbols(Numbers):
    """Elements that record.

    Attributes:
        graph: of the expressions.
        path: the conditions, in the order in which they were met.
        places: `Expression.place` to the user's line that made it first.
    """

    def __init__(self, code: Code, graph: Graph, most: int | None = None) -> None:
        """``most`` nodes may be made, by default `MOST_NODES`; code that makes more is refused."""
        super().__init__(code)
        self.graph = graph
        self.places: dict[int, Place] = {}
        self._path: dict[tuple[int, str], Condition] = {}
        self._most = MOST_NODES if most is None else most
        self._full = len(graph) + self._most

    @property
    def path(self) -> tuple[Condition, ...]:
        """Every condition once."""
        return tuple(self._path.values())

    def symbol(self, name: str, value: float) -> Symbol:
        """An entry of the case."""
        return Symbol(self, self.graph.symbol(name), np.float64(value), constant=False)

    def number(self, value: Fraction) -> Symbol:
        return Symbol(self, self.graph.number(value), _nearest(value), constant=True)

    def add(self, a: Symbol, b: Symbol) -> Symbol:
        return self._made(self.graph.add, "add", a, b)

    def sub(self, a: Symbol, b: Symbol) -> Symbol:
        return self._made(self.graph.sub, "sub", a, b)

    def mul(self, a: Symbol, b: Symbol) -> Symbol:
        return self._made(self.graph.mul, "mul", a, b)

    def div(self, a: Symbol, b: Symbol) -> Symbol:
        return self._made(self.graph.div, "div", a, b)

    def neg(self, a: Symbol) -> Symbol:
        return self._recorded(self.graph.neg(a.expression), -a.approximate, a.constant)

    def power(self, a: Symbol, exponent: Fraction) -> Symbol:
        if a.rational is not None and abs(exponent) * _bits(a.rational) > MOST_BITS:
            self.refuse(EXPLODES.format(f"a number of more than {MOST_BITS:,} bits"))
        if exponent < 0:  # written as a quotient, as the derived gradients are
            return self.div(self.number(Fraction(1)), self.power(a, -exponent))
        value = VALUES["pow"](exponent, a.approximate)
        return self._recorded(self.graph.pow(a.expression, exponent), value, a.constant)

    def call(self, function: str, a: Symbol) -> Symbol:
        value = VALUES[function](None, a.approximate)
        return self._recorded(self.graph.call(function, a.expression), value, a.constant)

    def compare(self, a: Symbol, b: Symbol, relation: str) -> bool:
        difference = self.graph.sub(a.expression, b.expression)
        if difference.is_number:
            return holds(difference.detail, relation)
        apart = a.approximate - b.approximate
        self._recorded(difference, apart, constant=False)
        condition = Condition(difference, relation, holds(apart, relation), bool(apart == 0))
        if not (a.constant and b.constant):
            self._path.setdefault((difference.place, relation), condition)
        return condition.holds

    def _made(self, combine: Callable[..., Expression], name: str, a: Symbol, b: Symbol) -> Symbol:
        value = IN_FLOATS[name](a.approximate, b.approximate)
        return self._recorded(combine(a.expression, b.expression), value, a.constant and b.constant)

    def _recorded(self, expression: Expression, value: Any, constant: bool) -> Symbol:
        if expression.is_number:
            if _bits(expression.detail) > MOST_BITS:
                self.refuse(EXPLODES.format(f"a number of more than {MOST_BITS:,} bits"))
        elif expression.place not in self.places and expression.operator != "symbol":
            place = self.code.place()
            if place is not None:
                self.places[expression.place] = place
            if len(self.graph) > self._full:
                self.refuse(EXPLODES.format(f"more than {self._most:,} nodes"))
        return Symbol(self, expression, value, constant)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _nearest(value: Fraction) -> np.float64:
    try:
        return np.float64(value)
    except OverflowError:
        return np.float64(np.copysign(np.inf, value.numerator > 0 or -1))

"""Expressions written as formulas, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gdverify.tracing.expression import Expression, Graph


@dataclass(frozen=True)
class Written:
    """An expression with operators."""

    graph: Graph
    node: Expression

    def _other(self, value: Any) -> Expression:
        return value.node if isinstance(value, Written) else self.graph.number(Fraction(value))

    def _made(self, node: Expression) -> Written:
        return Written(self.graph, node)

    def __add__(self, other: Any) -> Written:
        return self._made(self.graph.add(self.node, self._other(other)))

    def __radd__(self, other: Any) -> Written:
        return self._made(self.graph.add(self._other(other), self.node))

    def __sub__(self, other: Any) -> Written:
        return self._made(self.graph.sub(self.node, self._other(other)))

    def __rsub__(self, other: Any) -> Written:
        return self._made(self.graph.sub(self._other(other), self.node))

    def __mul__(self, other: Any) -> Written:
        return self._made(self.graph.mul(self.node, self._other(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Written:
        return self._made(self.graph.div(self.node, self._other(other)))

    def __rtruediv__(self, other: Any) -> Written:
        return self._made(self.graph.div(self._other(other), self.node))

    def __neg__(self) -> Written:
        return self._made(self.graph.neg(self.node))

    def __pow__(self, exponent: Any) -> Written:
        return self._made(self.graph.pow(self.node, Fraction(exponent)))


def symbols(names: str) -> list[Written]:
    """Symbols of one graph."""
    graph = Graph()
    return [Written(graph, graph.symbol(name)) for name in names.split()]


def call(function: str, z: Written) -> Written:
    """One of the functions of a graph."""
    return Written(z.graph, z.graph.call(function, z.node))


def exp(z: Written) -> Written:
    """eᶻ"""
    return call("exp", z)


def log(z: Written) -> Written:
    """log z"""
    return call("log", z)


def tanh(z: Written) -> Written:
    """tanh z"""
    return call("tanh", z)


def sqrt(z: Written) -> Written:
    """√z"""
    return z ** Fraction(1, 2)


def sigmoid(z: Written) -> Written:
    """σ(z)"""
    return 1 / (1 + exp(-z))


def slope(z: Written) -> Written:
    """σ'(z)"""
    return sigmoid(z) * (1 - sigmoid(z))

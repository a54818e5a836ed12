"""Expressions: equal parts are one node, constants fold, and a walk meets each node once."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gdverify.tracing.expression import Expression, Graph, walked


def test_equal_expressions_are_the_same_node() -> None:
    graph = Graph()
    x, y = graph.symbol("x"), graph.symbol("y")
    assert graph.mul(x, y) is graph.mul(y, x)
    assert graph.call("exp", graph.add(x, y)) is graph.call("exp", graph.add(y, x))
    assert graph.pow(x, 2) is not graph.pow(x, 3)


@pytest.mark.parametrize(
    "made",
    [
        lambda g, x: g.add(x, g.number(0)),
        lambda g, x: g.mul(g.number(1), x),
        lambda g, x: g.neg(g.mul(g.number(-1), x)),
        lambda g, x: g.pow(x, 1),
        lambda g, x: g.div(g.mul(x, g.number(1)), g.number(1)),
    ],
)
def test_what_changes_nothing_makes_no_node(made) -> None:  # type: ignore[no-untyped-def]
    graph = Graph()
    x = graph.symbol("x")
    assert made(graph, x) is x


def test_constants_fold() -> None:
    graph = Graph()
    half = graph.div(graph.number(1), graph.number(2))
    assert half.detail == Fraction(1, 2)
    assert graph.mul(half, graph.number(0)).detail == 0
    assert graph.sub(graph.symbol("x"), graph.symbol("x")).detail == 0
    assert graph.pow(graph.number(2), -1).detail == Fraction(1, 2)
    # A number of a billion digits is not written out.
    assert graph.pow(graph.number(3), 10**9).operator == "pow"
    assert graph.pow(graph.number(Fraction(1, 3)), -(10**9)).operator == "pow"


def test_a_walk_meets_shared_parts_once_and_arguments_first() -> None:
    graph = Graph()
    node: Expression = graph.symbol("x")
    for _ in range(200):  # a tree of 2²⁰⁰ leaves
        node = graph.mul(node, node)
    order = walked([node])
    assert len(order) == 201
    assert all(argument.place < read.place for read in order for argument in read.arguments)

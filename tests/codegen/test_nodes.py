"""Printing: what an expression computes is what its text computes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy

from gdverify.codegen.nodes import OPERATORS, Node, evaluate, name, number, render
from gdverify.evidence.arithmetic import NUMPY, VIEWS

A, B, C = name("a"), name("b"), name("c")
INFIX = ("add", "sub", "mul", "div")
VALUES = {"a": np.array([1.5, -2.0]), "b": np.array([0.25, 3.0]), "c": np.array([-4.0, 0.75])}
third = sympy.Rational(1, 3)


def same(node: Node) -> bool:
    """Whether the text and the interpreter give the same bits."""
    printed = eval(render(node), {"np": np, **VALUES})
    return bool(np.array_equal(printed, evaluate(node, VALUES, NUMPY)))


@pytest.mark.parametrize(("outer", "inner"), [*itertools.product(INFIX, INFIX)])
def test_parentheses_of_two_infix_operators(outer: str, inner: str) -> None:
    assert same(Node(outer, (Node(inner, (A, B)), C)))
    assert same(Node(outer, (A, Node(inner, (B, C)))))


@pytest.mark.parametrize("outer", INFIX)
@pytest.mark.parametrize(
    "part",
    [
        Node("neg", (A,)),
        Node("pow", (A,), sympy.Integer(2)),
        Node("pow", (Node("neg", (A,)),), sympy.Integer(2)),
        Node("neg", (Node("pow", (A,), sympy.Integer(2)),)),
        Node("pow", (Node("pow", (A,), sympy.Integer(2)),), sympy.Integer(3)),
        Node("where", (Node("gt", (A, Node("add", (B, C)))), A, Node("neg", (B,)))),
        Node("sum", (Node("sub", (A, B)),), None),
        number(sympy.Rational(1, 3)),
        number(-2),
        number(sympy.Rational(1, 8)),
    ],
    ids=render,
)
def test_parentheses_of_other_operators(outer: str, part: Node) -> None:
    assert same(Node(outer, (part, B)))
    assert same(Node(outer, (B, part)))
    assert same(Node("neg", (part,)))


def test_power_whose_exponent_is_a_quotient() -> None:
    assert same(Node("pow", (Node("pow", (A,), sympy.Integer(2)),), third))


def test_cast() -> None:
    assert render(Node("cast", (Node("where", (Node("gt", (A, number(0))), number(1), number(0))), A))) == (
        "np.where(a > 0, 1, 0).astype(a.dtype)"
    )


def test_every_operator_has_an_arithmetic_and_the_reverse() -> None:
    # Slips rearrange entries, which nothing that is printed does.
    rearranged = VIEWS.keys() - OPERATORS.keys()
    # What is carried from one step to the next is read, and not computed; a loop counts its steps.
    assert OPERATORS.keys() - {"name", "carried"} == NUMPY.keys() - rearranged - {"count"}

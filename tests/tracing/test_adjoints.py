"""Differentiated graphs: the gradient is that of differences to many digits, and costs as much as the expression."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from gdverify.tracing.adjoints import LEAVES, RULES, gradient
from gdverify.tracing.balls import Arb, Values
from gdverify.tracing.expression import FUNCTIONS, Expression, Graph, walked
from tests.tracing.written import Written, call, exp, log, sqrt, symbols, tanh

NAMES = ("x", "y", "z")
AT = {"x": Fraction(3, 7), "y": Fraction(-5, 4), "z": Fraction(9, 8)}
STEP = Fraction(1, 2**100)
BITS = 600
DIGITS = 50  # of what differences keep at that step

# A node of each kind from any arguments, so that its value exists.
KINDS: dict[str, Callable[[Written, Written], Written]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (2 + b * b),
    "neg": lambda a, b: -a,
    "pow 3": lambda a, b: a**3,
    "pow ½": lambda a, b: sqrt(1 + a * a),
    "pow ⅔": lambda a, b: Written(a.graph, a.graph.pow((1 + a * a).node, Fraction(2, 3))),
    "pow −2": lambda a, b: Written(a.graph, a.graph.pow((1 + a * a).node, -2)),
    "exp": lambda a, b: exp(a / 4),
    "log": lambda a, b: log(1 + a * a),
    "tanh": lambda a, b: tanh(a),
    **{name: lambda a, b, name=name: call(name, a) for name in ("sin", "cos", "atan", "erf")},
}


def value(node: Expression, at: dict[str, Fraction]) -> Fraction:
    """To many digits."""
    ball = Values([node], at, BITS, Arb())[node]
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def by_differences(node: Expression, name: str) -> Fraction:
    above, below = ({**AT, name: AT[name] + step} for step in (STEP, -STEP))
    return (value(node, above) - value(node, below)) / (2 * STEP)


def check(written: Written) -> None:
    slopes = gradient(written.graph, written.node)
    read = {node.detail for node in walked([written.node]) if node.operator == "symbol"}
    assert slopes.keys() == read
    for name in read:
        expected = by_differences(written.node, name)
        assert abs(value(slopes[name], AT) - expected) <= Fraction(1, 10**DIGITS) * (1 + abs(expected))


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "erf"])
def test_the_rule_of_each_kind_is_its_slope(kind: str) -> None:
    x, y = symbols("x y")
    check(KINDS[kind](x, y))
    check(KINDS[kind](x * y, x + y))


def test_the_slope_of_erf_is_that_of_the_code_that_writes_pi() -> None:
    (x,) = symbols("x")
    slope = gradient(x.graph, call("erf", x).node)["x"]
    assert abs(value(slope, AT) - by_differences(call("erf", x).node, "x")) <= Fraction(1, 10**15)


def test_every_operator_has_a_rule() -> None:
    assert RULES.keys() == {"add", "mul", "div", "neg", "pow", *FUNCTIONS}
    assert not RULES.keys() & {*LEAVES}


@pytest.mark.parametrize("seed", range(12))
def test_random_expressions_have_the_gradient_of_differences(seed: int) -> None:
    draw = random.Random(seed)
    made = [*symbols(" ".join(NAMES))]
    kinds = [kind for name, kind in KINDS.items() if name != "erf"]
    for _ in range(14):
        a, b = draw.choice(made), draw.choice(made[-4:])
        made.append(tanh(draw.choice(kinds)(a, b)) if len(made) % 3 == 0 else draw.choice(kinds)(a, b))
    check(tanh(made[-1] + made[-2] * made[0]))


def test_a_part_that_is_read_twice_is_differentiated_twice() -> None:
    (x,) = symbols("x")
    inner = x * x
    at = {"x": Fraction(1, 2)}
    assert value(gradient(x.graph, (inner * inner + inner).node)["x"], at) == Fraction(3, 2)


def test_the_work_is_linear_in_the_graph() -> None:
    graph = Graph()
    node = graph.symbol("x")
    for _ in range(200):  # a tree of 2²⁰⁰ leaves
        node = graph.mul(graph.call("tanh", node), node)
    before = len(graph)
    gradient(graph, node)
    assert len(graph) <= 8 * before


def test_a_constant_has_no_gradient() -> None:
    graph = Graph()
    assert gradient(graph, graph.call("log", graph.number(2))) == {}

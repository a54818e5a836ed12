"""Reverse accumulation: the gradient of an expression by every symbol, as expressions, in one walk over its graph.

Read from the end, each node hands its adjoint ā = ∂root/∂a on to its arguments, times its slope in each: one row of
`RULES` an operator. The work is linear in the size of the graph, whatever the number of symbols.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from gdverify.tracing.expression import Expression, Graph, walked
from gdverify.tracing.snapping import snapped

Rule = Callable[[Graph, Expression, Expression], Sequence[Expression]]  # of a node and its adjoint


def gradient(graph: Graph, root: Expression) -> dict[str, Expression]:
    """``∂root/∂symbol`` for each symbol below the root, by its name.

    Args:
        graph: in which the root was made, and where the adjoints are.
        root: what is differentiated, on the path that it was traced on.
    """
    nodes = walked([root])
    adjoints = {root.place: graph.number(1)}
    for node in reversed(nodes):
        if node.operator in LEAVES or node.place not in adjoints:
            continue
        for argument, part in zip(node.arguments, RULES[node.operator](graph, node, adjoints[node.place]), strict=True):
            known = adjoints.get(argument.place)
            adjoints[argument.place] = part if known is None else graph.add(known, part)
    symbols = (node for node in nodes if node.operator == "symbol")
    return {node.detail: adjoints[node.place] for node in symbols}


def _mul(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    a, b = node.arguments
    return graph.mul(adjoint, b), graph.mul(adjoint, a)


def _div(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    # ∂(a/b)/∂b = −(a/b) / b
    b = node.arguments[1]
    over = graph.div(adjoint, b)
    return over, graph.neg(graph.mul(over, node))


def _pow(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    # n aⁿ⁻¹, a negative power as a quotient
    (a,), n = node.arguments, node.detail
    times = graph.mul(graph.number(n), adjoint)
    return (graph.mul(times, graph.pow(a, n - 1)) if n >= 1 else graph.div(times, graph.pow(a, 1 - n)),)


def _log(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    return (graph.div(adjoint, node.arguments[0]),)


def _tanh(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    return (graph.mul(adjoint, graph.sub(graph.number(1), graph.mul(node, node))),)


def _sin(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    return (graph.mul(adjoint, graph.call("cos", node.arguments[0])),)


def _cos(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    return (graph.neg(graph.mul(adjoint, graph.call("sin", node.arguments[0]))),)


def _atan(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    a = node.arguments[0]
    return (graph.div(adjoint, graph.add(graph.number(1), graph.mul(a, a))),)


def _erf(graph: Graph, node: Expression, adjoint: Expression) -> Sequence[Expression]:
    # 2/√π e^(−a²), with π as the rational that `np.pi` in the user's code is snapped to
    a = node.arguments[0]
    bell = graph.call("exp", graph.neg(graph.mul(a, a)))
    root = graph.pow(graph.number(snapped(math.pi)), Fraction(1, 2))
    return (graph.mul(adjoint, graph.div(graph.mul(graph.number(2), bell), root)),)


LEAVES = ("number", "symbol")
RULES: Mapping[str, Rule] = {
    "add": lambda graph, node, adjoint: (adjoint, adjoint),
    "mul": _mul,
    "div": _div,
    "neg": lambda graph, node, adjoint: (graph.neg(adjoint),),
    "pow": _pow,
    "exp": lambda graph, node, adjoint: (graph.mul(adjoint, node),),
    "log": _log,
    "tanh": _tanh,
    "sin": _sin,
    "cos": _cos,
    "atan": _atan,
    "erf": _erf,
}

"""How large an expression is as a quotient of polynomials: what bounds the chance of an accidental zero.

Of numerator and denominator one size each, which bounds both the degree and the bits of the coefficients:

    a + b    (n_a + m_b or n_b + m_a, the larger one, + 1 ; m_a + m_b)        a · b    (n_a + n_b ; m_a + m_b)

A value of a function counts as a variable of its own. Two of n exponents that differ may be equal by accident: that
is n² times their size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

from gdverify.tracing.expression import Expression

LARGEST = 2**64  # sizes beyond bound nothing
Size = tuple[int, int]

_VALUES: dict[str, Size] = {
    "exp": (2, 2),
    "tanh": (5, 5),
    "log": (3, 3),
    "sin": (4, 4),
    "cos": (4, 4),
    "atan": (1, 1),
    "erf": (1, 1),
}


def errors(
    roots: Sequence[Expression], nodes: Sequence[Expression], levels: Mapping[int, set[int]], chains: float, points: int
) -> list[float]:
    """For each root a bound on the probability of a zero at every point though it is none.

    Args:
        roots, nodes: the expressions, and every node below them in order.
        levels: of the chain, on which a node was read.
        chains: how many there are to draw from.
        points: how many were drawn.
    """
    sizes = _sizes(nodes)
    accidents = 0
    for level in {level for read in levels.values() for level in read}:
        arguments = [
            a for node in nodes if node.operator in _VALUES and level in levels[node.place] for a in node.arguments
        ]
        accidents += len(arguments) ** 2 * max((sum(sizes[a.place]) for a in arguments), default=0)
    return [min(1.0, (sizes[root.place][0] + accidents) / chains) ** points for root in roots]


def _sizes(nodes: Sequence[Expression]) -> dict[int, Size]:
    found: dict[int, Size] = {}
    for node in nodes:
        above, below = _size(node, [found[argument.place] for argument in node.arguments])
        found[node.place] = min(above, LARGEST), min(below, LARGEST)
    return found


def _size(node: Expression, parts: Sequence[Size]) -> Size:
    if node.operator == "number":
        return node.detail.numerator.bit_length(), node.detail.denominator.bit_length() - 1
    if node.operator == "symbol":
        return 1, 0
    if node.operator in _VALUES:
        return _VALUES[node.operator]
    if node.operator == "pow":
        return _raised(parts[0], node.detail)
    if node.operator == "neg":
        return parts[0]
    (n, m), (k, j) = parts
    if node.operator == "div":
        return n + j, m + k
    return (n + k, m + j) if node.operator == "mul" else (max(n + j, k + m) + 1, m + j)


def _raised(size: Size, exponent: Fraction) -> Size:
    above, below = size if exponent > 0 else size[::-1]
    # A root is a variable that a multiple of its degree eliminates.
    times = ceil(abs(exponent)) * exponent.denominator
    return above * times, below * times

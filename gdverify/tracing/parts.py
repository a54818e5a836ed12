"""An expression taken apart: into the factors of a product, into the parts of a sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from gdverify.tracing.expression import Expression, is_short

Whole = Callable[[Expression], bool]


@dataclass
class Product:
    """number · Π baseⁿ; equal bases are one."""

    number: Fraction
    powers: dict[Expression, Fraction]


def factors(expression: Expression, whole: Whole, most: int) -> Product:
    """The factors of an expression.

    Args:
        expression: what to take apart.
        whole: which nodes below it are not taken apart.
        most: how many nodes are taken apart.
    """
    made = Product(Fraction(1), {})
    waiting = [(expression, Fraction(1))]
    while waiting:
        node, exponent = waiting.pop()
        kept = node is not expression and whole(node)
        defined = exponent.denominator == 1 and (node.detail or exponent > 0)
        if node.is_number and defined and is_short(node.detail, exponent):
            made.number *= node.detail ** int(exponent)
        elif kept or exponent.denominator != 1 or most <= 0 or node.operator not in _TAKEN:
            made.powers[node] = made.powers.get(node, Fraction(0)) + exponent
        else:
            most -= 1
            sign, parts = _TAKEN[node.operator](node)
            made.number *= Fraction(sign) ** int(exponent)
            waiting += [(part, n * exponent) for part, n in reversed(parts)]
    made.powers = {base: exponent for base, exponent in made.powers.items() if exponent}
    return made


def addends(expression: Expression, whole: Whole, most: int) -> list[tuple[int, Expression]]:
    """The parts of a sum with their signs; arguments as in `factors`."""
    made: list[tuple[int, Expression]] = []
    waiting = [(1, expression)]
    while waiting:
        sign, node = waiting.pop()
        kept = node is not expression and whole(node)
        if kept or most <= 0 or node.operator not in ("add", "neg"):
            made.append((sign, node))
        else:
            most -= 1
            sign = -sign if node.operator == "neg" else sign
            waiting += [(sign, argument) for argument in reversed(node.arguments)]
    return made


def logistic(node: Expression) -> tuple[int, Expression] | None:
    """The sign and the expression z where a node is σ(±z): 1 / (1 + e⁻ᶻ), or eᶻ / (1 + eᶻ)."""
    if node.operator == "pow" and node.detail == -1:
        return opposite(exponent_beside_one(node.arguments[0]))
    if node.operator != "div":
        return None
    above, below = node.arguments
    exponent = exponent_beside_one(below)
    if above.is_number and above.detail == 1:
        return opposite(exponent)
    return signed(exponent) if exponent and above.operator == "exp" and above.arguments[0] is exponent else None


def exponent_beside_one(node: Expression) -> Expression | None:
    """u in 1 + eᵘ."""
    if node.operator != "add":
        return None
    one, other = node.arguments if node.arguments[0].is_number else node.arguments[::-1]
    return other.arguments[0] if one.is_number and one.detail == 1 and other.operator == "exp" else None


def signed(node: Expression) -> tuple[int, Expression]:
    """A sign, and an expression without one."""
    return (-1, node.arguments[0]) if node.operator == "neg" else (1, node)


def opposite(node: Expression | None) -> tuple[int, Expression] | None:
    """The same for −node."""
    if node is None:
        return None
    sign, rest = signed(node)
    return -sign, rest


_TAKEN: dict[str, Callable[[Expression], tuple[int, list[tuple[Expression, Fraction]]]]] = {
    "neg": lambda node: (-1, [(node.arguments[0], Fraction(1))]),
    "mul": lambda node: (1, [(argument, Fraction(1)) for argument in node.arguments]),
    "div": lambda node: (1, [(node.arguments[0], Fraction(1)), (node.arguments[1], Fraction(-1))]),
    "pow": lambda node: (1, [(node.arguments[0], node.detail)]),
}

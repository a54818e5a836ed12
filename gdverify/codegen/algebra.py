"""How an expression is laid out: sign, number, factors above and below, in the order in which a person writes them.

SymPy distributes numbers over sums (``2 (a − b)`` becomes ``2 a − 2 b``) and orders by its own keys. Formulas and
code are both printed from the layout computed here, so that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy

from gdverify.derivation.graph import slot


@dataclass(frozen=True)
class Fraction:
    """``number · Π above / Π below``; the number is rational, the factors are not numbers."""

    number: sympy.Rational
    above: tuple[sympy.Expr, ...]
    below: tuple[sympy.Expr, ...]


@lru_cache(maxsize=8192)
def fraction(expression: sympy.Expr) -> Fraction:
    """Lay a product out."""
    number: sympy.Rational = sympy.Integer(1)
    above: list[sympy.Expr] = []
    below: list[sympy.Expr] = []
    for factor in sympy.Mul.make_args(expression):
        if factor.is_Rational:
            number *= factor
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            below.append(factor.base**-factor.exp)
        elif factor.is_Add:
            content, primitive = _common(factor)
            number *= content
            above.append(primitive)
        else:
            above.append(factor)
    number, above, below = _joined_constants(number, above, below)
    differences = [place for place, factor in enumerate(above) if factor.is_Add and _has_minus(factor)]
    if number < 0 and differences:
        # −(a − b) reads better as (b − a).
        first = differences[0]
        number, above[first] = -number, sympy.Add(*(-part for part in above[first].args))
    return Fraction(number, tuple(sorted(above, key=_place)), tuple(sorted(below, key=_place)))


def _joined_constants(
    number: sympy.Rational, above: list[sympy.Expr], below: list[sympy.Expr]
) -> tuple[sympy.Rational, list[sympy.Expr], list[sympy.Expr]]:
    """``√2 / √π`` is ``√(2 / π)``: what is a root of a rational or of such a one with π is one constant."""
    constants = [*filter(_is_constant, above), *(1 / factor for factor in filter(_is_constant, below))]
    square = (number * sympy.Mul(*constants)) ** 2
    numerator, denominator = sympy.fraction(square)
    if not constants or not _is_root(square) or (len(constants) == 1 and numerator != 1):
        return number, above, below
    above, below = ([factor for factor in side if not _is_constant(factor)] for side in (above, below))
    if numerator == 1:
        below.append(_root(denominator))
    else:
        above.append(_root(square))
    return sympy.Integer(-1 if number < 0 else 1), above, below


def _is_root(square: sympy.Expr) -> bool:
    """Whether it is a rational, or one with π, that is no square itself."""
    plain = any((square * power).is_Rational for power in (1, sympy.pi, 1 / sympy.pi))
    return plain and not (square.is_Rational and sympy.sqrt(square).is_Rational)


def _is_constant(expression: sympy.Expr) -> bool:
    return expression.is_number and not expression.is_Rational


def _root(square: sympy.Expr) -> sympy.Expr:
    return sympy.Pow(square, sympy.Rational(1, 2), evaluate=False)


@lru_cache(maxsize=8192)
def addends(expression: sympy.Expr) -> tuple[tuple[bool, sympy.Expr], ...]:
    """The parts of a sum as (is negative, magnitude), positive ones first, in the order of their slots."""
    parts = []
    for part in sympy.Add.make_args(expression):
        negative = _is_negative(part)
        parts.append((negative, -part if negative else part))
    return tuple(sorted(parts, key=lambda signed: (signed[0], _place(signed[1]))))


def _common(total: sympy.Add) -> tuple[sympy.Rational, sympy.Expr]:
    """``2 a - 2 b`` is ``2 (a - b)``; but ``v + 0.001`` is not ``0.001 (1000 v + 1)``."""
    content, primitive = total.primitive()
    if any(abs(part.as_coeff_Mul()[0]) != 1 for part in primitive.args):
        content, primitive = sympy.Integer(1), total
    return (-content, -primitive) if all(map(_is_negative, primitive.args)) else (content, primitive)


def _has_minus(expression: sympy.Expr) -> bool:
    return any(map(_is_negative, expression.args))


def _is_negative(expression: sympy.Expr) -> bool:
    return bool(expression.as_coeff_Mul()[0] < 0)


@lru_cache(maxsize=8192)
def slots(expression: sympy.Expr) -> tuple[int, ...]:
    """The places of the slots that occur, in order."""
    return tuple(sorted(int(s.name[1:]) for s in expression.free_symbols if s.name.startswith("·")))


def is_slot(symbol: sympy.Symbol) -> bool:
    """Whether a symbol stands for an operand, and not for a size."""
    return symbol.name.startswith("·") and symbol == slot(int(symbol.name[1:]))


@lru_cache(maxsize=8192)
def _place(expression: sympy.Expr) -> tuple[bool, tuple[int, ...], int, _Text]:
    return (expression.is_Function, slots(expression), int(expression.count_ops()), _Text(expression))


class _Text:
    """The text of an expression, which takes long, and is made where nothing before it decides."""

    def __init__(self, expression: sympy.Expr) -> None:
        self.expression = expression

    def __lt__(self, other: _Text) -> bool:
        return str(self.expression) < str(other.expression)

"""Scalar SymPy expressions at exact points: rationals stay exact, anything else has 60 digits and more.

Nothing here is shared with the code under test but the *definition* of each elementwise function
(`FUNCTIONS[…].value`); derivatives, stable forms and conventions at kinks are not looked at.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from gdverify.notation.functions import FUNCTIONS, select

DIGITS = 50
mp = mpmath.mp.clone()
mp.dps = 75  # leaves room for cancellation: results are compared to 50 digits

Number = Any  # Fraction, or a real number of the context above
RELATIONS = {
    sympy.StrictGreaterThan: operator.gt,
    sympy.GreaterThan: operator.ge,
    sympy.StrictLessThan: operator.lt,
    sympy.LessThan: operator.le,
}
ELEMENTARY = {sympy.exp: mp.exp, sympy.log: mp.log, sympy.tanh: mp.tanh, sympy.erf: mp.erf}
ELEMENTARY |= {sympy.sin: mp.sin, sympy.cos: mp.cos}


class OutsideDomain(ArithmeticError):
    """A logarithm or root of what has none."""


def evaluate(expression: sympy.Basic, at: Mapping[sympy.Symbol, Number]) -> Number:
    """The value of a scalar expression, symbols read from ``at``."""
    if expression.is_Symbol:
        return at[expression]
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    if expression is sympy.pi:
        return +mp.pi
    if expression.is_Add:
        return added([evaluate(part, at) for part in expression.args])
    if expression.is_Mul:
        return multiplied([evaluate(part, at) for part in expression.args])
    if expression.is_Pow:
        return _power(evaluate(expression.base, at), evaluate(expression.exp, at))
    if isinstance(expression, select):
        condition, first, second = expression.args
        return evaluate(first if _holds(condition, at) else second, at)
    if isinstance(expression, sympy.Piecewise):
        return next(evaluate(value, at) for value, condition in expression.args if _holds(condition, at))
    return apply(type(expression), evaluate(expression.args[0], at))


def apply(function: type, argument: Number) -> Number:
    """The value of a function of one argument."""
    if function in ELEMENTARY:
        return _real(ELEMENTARY[function], argument)
    variable = sympy.Dummy("z", real=True)
    return evaluate(FUNCTIONS[function.__name__].value(variable), {variable: argument})


def added(numbers: list[Number]) -> Number:
    """The sum; exact as long as every part is."""
    return sum(alike(numbers), Fraction(0))


def multiplied(numbers: list[Number]) -> Number:
    """The product; exact as long as every factor is."""
    product = Fraction(1) if all(isinstance(n, Fraction) for n in numbers) else mp.one
    for number in alike(numbers):
        product *= number
    return product


def alike(numbers: list[Number]) -> list[Number]:
    """All rational, or all real."""
    return numbers if all(isinstance(n, Fraction) for n in numbers) else [real(n) for n in numbers]


def real(number: Number) -> Number:
    """The number to 75 digits."""
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else number


def agree(first: np.ndarray, second: np.ndarray, digits: int = DIGITS) -> bool:
    """Equal, and exactly so where both are rational; else to so many digits of the largest entry."""
    if first.shape != second.shape:
        return False
    numbers = [*first.flat, *second.flat]
    tolerance = mp.mpf(10) ** -digits * max([1, *(abs(real(n)) for n in numbers)])
    return all(_equal(a, b, tolerance) for a, b in zip(first.flat, second.flat, strict=True))


def _equal(first: Number, second: Number, tolerance: Number) -> bool:
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first == second
    return bool(abs(real(first) - real(second)) <= tolerance)


def _holds(condition: sympy.Basic, at: Mapping[sympy.Symbol, Number]) -> bool:
    if condition in (sympy.true, sympy.false):
        return condition is sympy.true
    if isinstance(condition, BooleanFunction):  # SymPy joins nested cases
        relations = condition.atoms(Relational)
        return condition.xreplace({part: sympy.sympify(_holds(part, at)) for part in relations}) is sympy.true
    left, right = alike([evaluate(side, at) for side in condition.args])
    return bool(RELATIONS[type(condition)](left, right))


def largest(numbers: Sequence[Number]) -> Number:
    """The largest of numbers of any kind."""
    return max(alike(numbers))


def first_largest(numbers: Sequence[Number]) -> int:
    """The position of the first of the largest."""
    every = alike(numbers)
    return every.index(max(every))


def _power(base: Number, exponent: Number) -> Number:
    if not isinstance(exponent, Fraction):
        raise TypeError(f"exponent={exponent!r}: expected a rational")
    if base == 0 and exponent < 0:
        raise OutsideDomain(f"0 to the power of {exponent}")
    if exponent.denominator == 1:
        return base**exponent.numerator
    return _real(lambda z: mp.power(z, real(exponent)), base)


def _real(function: Any, argument: Number) -> Number:
    value = function(real(argument))
    if isinstance(value, mp.mpc) or not mp.isfinite(value):
        raise OutsideDomain(f"{function} of {argument}")
    return value

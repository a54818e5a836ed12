"""Functions by cases: where their derivative jumps, from which value to which.

A function (`select`, or a row of `FUNCTIONS` that is not analytic) is compared with itself on the two sides of each of
its boundaries. Where the one-sided derivatives differ there is a kink, and every value between them is a subgradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy.core.relational import Relational

from gdverify.notation.functions import FUNCTIONS, select

# How far beside a boundary the conditions are asked; derivatives are taken at the boundary itself.
_ASIDE = sympy.Rational(1, 10**9)

# What SymPy knows by another name, and solves for.
_KNOWN = {"absolute": sympy.Abs, "sign": sympy.sign, "relu": lambda z: sympy.Max(z, 0)}

Point = dict[sympy.Basic, sympy.Basic]


@dataclass(frozen=True)
class Place:
    """A kink of a scalar function, in slots: where ``left = right``, as seen by the derivative by ``by``.

    Attributes:
        by: the slot that the derivative is taken by.
        left, right: the kink is where they are equal; left is a slot, unless no operand can be solved for.
        value: the derivative that is taken there.
        lower, upper: the one-sided derivatives, ordered: numbers, unless they depend on another operand.
        jumps: the function itself is not continuous there, so that it has no subgradient.
    """

    by: sympy.Symbol
    left: sympy.Expr
    right: sympy.Expr
    value: sympy.Expr
    lower: sympy.Expr
    upper: sympy.Expr
    jumps: bool


@lru_cache(maxsize=1024)
def places(function: sympy.Expr) -> tuple[Place, ...]:
    """The kinks of a function by cases of slots, by each of them."""
    plain = _plain(function)
    relations = sorted(plain.atoms(Relational), key=sympy.default_sort_key)
    found = (place for relation in relations for place in _along(function, plain, relation))
    return tuple(dict.fromkeys(found))


def _along(function: sympy.Expr, plain: sympy.Expr, relation: Relational) -> Iterator[Place]:
    """The kinks where one condition changes."""
    points = _located(relation)
    for left, right in points or ():
        sides = [_chosen(plain, {left: right + aside}) for aside in (-_ASIDE, _ASIDE)]
        yield from _compared(function, (left, right), sides, {left: right}, {left: right})
    if points is None:
        sides = [plain.xreplace({relation: holds}) for holds in (sympy.false, sympy.true)]
        holds = sympy.true if isinstance(relation, (sympy.GreaterThan, sympy.LessThan)) else sympy.false
        yield from _compared(function, relation.args, sides, {relation: holds}, _boundary(relation))


def _boundary(relation: Relational) -> Point:
    """A slot with what makes both sides equal, whatever the others are; nothing where no slot can be solved for."""
    difference = _known(relation.lhs - relation.rhs)
    for unknown in _slots(difference):
        if difference.is_polynomial(unknown) and sympy.degree(difference, unknown) == 1:
            return {unknown: sympy.solve(difference, unknown)[0]}
    return {}


def _compared(
    function: sympy.Expr, where: tuple[sympy.Expr, sympy.Expr], sides: Sequence[sympy.Expr], at: Point, boundary: Point
) -> Iterator[Place]:
    jumps = _differ(*(side.xreplace(boundary or at) for side in sides))
    for by in _slots(function):
        bounds = [_taken(side.diff(by), at) for side in sides]
        if jumps or _differ(*bounds):
            value = _taken(_plain(function.diff(by)), at)
            yield Place(by, *where, value, sympy.Min(*bounds), sympy.Max(*bounds), jumps)


def functions_by_cases(expression: sympy.Basic) -> Iterator[sympy.Expr]:
    """The outermost functions by cases."""
    if _is_by_cases(expression):
        yield expression
    else:
        for argument in expression.args:
            yield from functions_by_cases(argument)


def _is_by_cases(expression: sympy.Basic) -> bool:
    row = FUNCTIONS.get(type(expression).__name__)
    return isinstance(expression, select) or (row is not None and not row.analytic)


def _plain(expression: sympy.Expr) -> sympy.Expr:
    """The expression with every function by cases written as a `select`; conditions stay as they are."""
    if not expression.args:
        return expression
    if isinstance(expression, select):
        condition, first, second = expression.args
        return select(condition, _plain(first), _plain(second))
    if _is_by_cases(expression):
        return _plain(FUNCTIONS[type(expression).__name__].value(*expression.args))
    return expression.func(*map(_plain, expression.args))


def _located(relation: Relational) -> list[tuple[sympy.Symbol, sympy.Expr]] | None:
    """Where a condition changes, as an operand's slot and its value there; None where that cannot be told."""
    difference = _known(relation.lhs - relation.rhs)
    # An operand in which the condition is linear has one boundary, with nothing to decide about roots.
    for unknown in sorted(_slots(difference), key=lambda s: difference.diff(s).has(s)):
        try:
            solutions = sympy.solve(difference, unknown)
        except NotImplementedError:
            continue
        if all(_is_decided(relation, unknown, solution) for solution in solutions):
            return [(unknown, solution) for solution in sorted(solutions, key=sympy.default_sort_key)]
    return None


def _is_decided(relation: Relational, unknown: sympy.Symbol, solution: sympy.Expr) -> bool:
    return all(_truth(relation, {unknown: solution + aside}) is not None for aside in (-_ASIDE, _ASIDE))


def _truth(condition: sympy.Basic, at: Point) -> bool | None:
    found = _known(condition.xreplace(at))
    return bool(found) if found in (sympy.true, sympy.false) else None


def _known(expression: sympy.Basic) -> sympy.Basic:
    """The expression in functions that SymPy can evaluate and solve for."""
    if not expression.args:
        return expression
    name = type(expression).__name__
    function = _KNOWN.get(name, FUNCTIONS[name].value) if name in FUNCTIONS else expression.func
    return function(*map(_known, expression.args))


def _slots(expression: sympy.Expr) -> list[sympy.Symbol]:
    return sorted((symbol for symbol in expression.free_symbols if symbol.name.startswith("·")), key=str)


def _chosen(expression: sympy.Expr, at: Point) -> sympy.Expr:
    """The expression with the cases chosen that hold at a point, and the point not put in."""
    if not expression.args:
        return expression
    if isinstance(expression, select):
        holds = _truth(expression.args[0], at)
        if holds is not None:
            return _chosen(expression.args[1 if holds else 2], at)
    return expression.func(*(_chosen(argument, at) for argument in expression.args))


def _taken(derivative: sympy.Expr, at: Point) -> sympy.Expr:
    return _chosen(derivative, at).xreplace(at)


def _differ(first: sympy.Expr, second: sympy.Expr) -> bool:
    return bool(sympy.expand(first - second) != 0)

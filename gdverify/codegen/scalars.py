"""A scalar expression in slots, laid over whole arrays: each operand with axes of length 1 where it lacks an index.

Numbers and sizes become one number before they meet an array; the factors of a case go into its branches; powers are
products of squares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType

import sympy

from gdverify.codegen.algebra import Fraction, addends, fraction, is_slot, slots
from gdverify.codegen.moves import size_node
from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.values import Value, over
from gdverify.derivation.graph import Reference, slot
from gdverify.notation.functions import select
from gdverify.notation.selectors import Causal

RELATIONS = {
    sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "ge",
    sympy.StrictLessThan: "lt",
    sympy.LessThan: "le",
}
OVERFLOWING = ("exp", "expm1")
LARGEST_POWER = 8  # of a variable that is written as a product
NO_LIMITS: Mapping[sympy.Expr, sympy.Rational] = MappingProxyType({})


class Lowering:
    """Lays scalar expressions over the operands of one term."""

    def __init__(self, operands: Sequence[Reference], limits: Mapping[sympy.Expr, sympy.Rational] = NO_LIMITS) -> None:
        self.operands = operands
        self.limits = limits  # what certain expressions are below, wherever the branch is taken

    def places(self, expression: sympy.Expr) -> set[int]:
        """The indices that an expression depends on."""
        return {place for k in slots(expression) for place in self.operands[k].places}

    def value(self, expression: sympy.Expr) -> Value:
        """The array of a scalar expression."""
        if expression.is_Symbol:
            return self._symbol(expression)
        if expression.is_Rational:
            return Value(number(expression), ())
        if expression is sympy.pi:
            return Value(Node("pi"), ())
        if expression.is_Add and fraction(expression).number == 1:
            return sum_of([(negative, self.value(part)) for negative, part in addends(expression)])
        if expression.is_Add or expression.is_Mul:
            return self.product(fraction(expression), [])
        if expression.is_Pow and not isinstance(expression, sympy.exp):
            return self._power(expression)
        if isinstance(expression, select):
            return self._select(expression, sympy.Integer(1), [])
        arguments = [self._held(expression, argument) for argument in expression.args]
        return self._typed(over(type(expression).__name__, arguments), arguments, expression)

    def product(self, laid: Fraction, more: Sequence[Value]) -> Value:
        """``number · above · more / below``."""
        chosen = [f for f in laid.above if _is_mask(f) or (isinstance(f, select) and not more)]
        if chosen:
            return self._chosen(chosen[0], laid, more)
        negative = bool(laid.number < 0)
        magnitude = abs(laid.number)
        # A number such as 1/2 divides, one such as 0.01 multiplies, 2/3 does both.
        decimal = magnitude.q not in (1, 2, 3, 4) and _is_decimal(magnitude)
        top, bottom = (magnitude, 1) if decimal else (magnitude.p, magnitude.q)
        above = [value for f in laid.above for value in self._factors(f)] + list(more)
        below = [self.value(f) for f in laid.below]
        if top != 1 or not above:
            above.insert(0, Value(number(top), ()))
        if bottom != 1:
            below.insert(0, Value(number(bottom), ()))
        if top != 1 and laid.below and not any(value.reads_arrays for value in below):
            # Numbers and sizes become one number before they meet an array.
            above[0], below = over("div", [above[0], product_of(below)]), []
        value = product_of(above)
        if negative:
            value = over("neg", [value])
        return over("div", [value, product_of(below)]) if below else value

    def _held(self, function: sympy.Expr, argument: sympy.Expr) -> Value:
        """The argument, held where its branch is not taken, so that nothing overflows there: ``exp(min(z, 0))``."""
        value = self.value(argument)
        if type(function).__name__ not in OVERFLOWING or argument not in self.limits:
            return value
        return over("minimum", [value, Value(number(self.limits[argument]), ())])

    def _symbol(self, symbol: sympy.Symbol) -> Value:
        if not is_slot(symbol):
            return Value(name(symbol.name), (), reads_arrays=False)
        operand = self.operands[slots(symbol)[0]]
        if isinstance(operand.tensor, Causal):
            return _causal(operand)
        return Value(name(operand.tensor.name), operand.places, reads_arrays=True)

    def _power(self, expression: sympy.Expr) -> Value:
        if expression.exp.is_Rational and expression.exp < 0:
            return self.product(fraction(expression), [])
        if expression.exp == sympy.Rational(1, 2):
            base = self.value(expression.base)
            # NumPy's root of a size would be a float64 that does not give way to float32.
            return over("sqrt", [base]) if base.reads_arrays else over("pow", [base], expression.exp)
        return product_of(self._factors(expression)) if _is_small(expression) else self._raised(expression)

    def _raised(self, power: sympy.Expr) -> Value:
        return over("pow", [self.value(power.base)], power.exp)

    def _factors(self, expression: sympy.Expr) -> list[Value]:
        """What is multiplied one after the other: ``z**3`` as ``z**2 * z``.

        NumPy multiplies for squares alone; any other power costs it a logarithm.
        """
        if not _is_small(expression):
            return [self.value(expression)]
        base = self.value(expression.base)
        if base.node.operator != "name" or not base.reads_arrays:
            return [self._raised(expression)]
        squares, odd = divmod(int(expression.exp), 2)
        return [over("pow", [base], sympy.Integer(2))] * squares + [base] * odd

    def masked(self, factors: Sequence[sympy.Expr]) -> list[sympy.Expr]:
        """Factors of a sum, each mask together with those that go into its branches."""
        mask = next((f for f in factors if _is_mask(f)), None)
        if mask is None:
            return [*factors]
        others = [f for f in factors if f is not mask]
        inside = [f for f in others if self.places(f) <= self.places(mask)]
        inside = inside or [f for f in others if self.places(f) >= self.places(mask)][:1]
        return [sympy.Mul(mask, *inside), *self.masked([f for f in others if f not in inside])]

    def _chosen(self, chosen: sympy.Expr, laid: Fraction, more: Sequence[Value]) -> Value:
        """``number · select · rest / below``; what is the same for every entry stays outside, unless a case is 0."""
        others, below = sympy.Mul(*(f for f in laid.above if f is not chosen)), sympy.Mul(*laid.below)
        branches = chosen.args[1:]
        same, own = others.as_independent(*map(slot, slots(others)), as_Add=False)
        inside = [own * branch for branch in branches]
        outside = laid.number * same / below
        if _is_mask(chosen) or more or not any(map(slots, inside)) or _is_whole(outside, inside):
            return self._select(chosen, laid.number * others / below, more)
        return self.product(fraction(outside), [self._select(chosen, own, [])])

    def _select(self, expression: sympy.Expr, factor: sympy.Expr, more: Sequence[Value]) -> Value:
        # The factors go into the branches: multiplying by a mask would turn 0 · ∞ into nan.
        condition, first, second = expression.args
        relation = over(RELATIONS[type(condition)], [self.value(side) for side in condition.args])
        branches = [
            Lowering(self.operands, {**self.limits, **limits})._scaled(factor * branch, more)
            for branch, limits in zip((first, second), _limits(condition), strict=True)
        ]
        return self._typed(over("where", [relation, *branches]), branches, expression)

    def _scaled(self, expression: sympy.Expr, more: Sequence[Value]) -> Value:
        return self.product(fraction(expression), more) if more and expression != 0 else self.value(expression)

    def _typed(self, value: Value, parts: Sequence[Value], expression: sympy.Expr) -> Value:
        """What is computed from parts that are numbers alone, in the dtype of an operand instead of float64."""
        if any(part.reads_arrays for part in parts) or not self.operands:
            return value
        like = self.operands[next(iter(slots(expression)), 0)].tensor.name
        return Value(Node("cast", (value.node, name(like))), value.places, reads_arrays=True)


def _causal(operand: Reference) -> Value:
    """What hides the keys behind a query, in the dtype of an array."""
    sizes = [size_node(axis.size) for axis in operand.tensor.axes]
    like = operand.tensor.found_in.name  # type: ignore[attr-defined]  # always there
    return Value(Node("causal", (name(like), *sizes)), operand.places, reads_arrays=True)


def _limits(condition: sympy.Basic) -> tuple[dict[sympy.Expr, sympy.Rational], ...]:
    """For each branch of a comparison with a number, an expression and what it is below there."""
    left, right = condition.args
    if not right.is_Rational:
        return {}, {}
    below, above = {left: right}, {-left: -right}
    return (above, below) if RELATIONS[type(condition)] in ("gt", "ge") else (below, above)


def _is_small(expression: sympy.Expr) -> bool:
    """Whether it is a power that may be written as a product of squares."""
    return bool(expression.is_Pow and expression.exp.is_Integer and 2 < expression.exp <= LARGEST_POWER)


def _is_mask(expression: sympy.Expr) -> bool:
    """Whether it is 0 in some case."""
    return expression == 0 or (isinstance(expression, select) and any(map(_is_mask, expression.args[1:])))


def _is_whole(factor: sympy.Expr, branches: Sequence[sympy.Expr]) -> bool:
    """Whether the factor is nothing, or leaves whole numbers before branches that have other ones."""
    numbers = [branch.as_coeff_Mul()[0] for branch in branches]
    left = [factor * number for number in numbers if abs(number) != 1]
    return abs(factor) == 1 or (factor.is_Integer and all(number.is_Integer for number in left))


def _is_decimal(value: sympy.Rational) -> bool:
    return sympy.Rational(repr(float(value))) == value


def reciprocal(value: Value) -> Value:
    """``1 / value``."""
    return over("div", [Value(number(1), ()), value])


def product_of(values: Sequence[Value]) -> Value:
    """The values multiplied."""
    # Scalars first, then as the axes of the result stand: dz[:, None] * x, not x * dz[:, None]. Where several lack some
    # of the axes they come before what has them all, so that it is gone through once.
    every = {place for value in values for place in value.places}
    several = sum({*value.places} < every for value in values) > 1
    ordered = sorted(values, key=lambda one: (several and {*one.places} == every, min(one.places, default=-1)))
    return reduce(lambda a, b: over("mul", [a, b]), ordered)


def sum_of(parts: Sequence[tuple[bool, Value]]) -> Value:
    """The values added, each with whether it is taken away."""
    ordered = sorted(parts, key=lambda part: part[0])
    negative, total = ordered[0]
    if negative:
        total = over("neg", [total])
    for negative, value in ordered[1:]:
        total = over("sub" if negative else "add", [total, value])
    return total

"""From a definition to an array expression.

A scalar body is laid over whole arrays: each operand is transposed and given axes of length 1 where it lacks an index.
A reduced term ``Σ_r Π factors`` is grouped by index set: two groups that share the one reduced index are a matrix
product, one group that has every index is a product and ``.sum(axis)``, anything else an ``einsum``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, reduce
from types import MappingProxyType

import sympy

from gdverify.codegen.algebra import Fraction, addends, fraction, is_slot, slots
from gdverify.codegen.moves import moves, size_node
from gdverify.codegen.moving import lower_moved
from gdverify.codegen.nodes import Node, name, number
from gdverify.codegen.products import contract, reduction
from gdverify.codegen.shaping import side_by_side
from gdverify.codegen.values import Value, aligned, over
from gdverify.derivation.graph import Definition, Reference, Term, axis_at, slot
from gdverify.notation.axes import Axis
from gdverify.notation.functions import select
from gdverify.notation.selectors import Causal, Constant
from gdverify.notation.tensors import Tensor

Axes = tuple[Axis, ...]
Read = tuple[tuple[str | Constant, tuple[int, ...]], ...]  # of operands their names, of constants what they say
Part = tuple[Axes, sympy.Expr, Read, str]  # reduced axes, body, operands, reduction
VIEWS = ("transpose", "expand", "take", "reshape", "part")
RELATIONS = {
    sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "ge",
    sympy.StrictLessThan: "lt",
    sympy.LessThan: "le",
}
OVERFLOWING = ("exp", "expm1")
LARGEST_POWER = 8  # of a variable that is written as a product
NO_LIMITS: Mapping[sympy.Expr, sympy.Rational] = MappingProxyType({})


def lower(definition: Definition, like: str | None = None) -> Node:
    """The array expression of a definition, with its axes in the declared order, and memory of its own.

    Args:
        definition: what to compute.
        like: the name of an array of the same shape and dtype; needed where no operand has every axis.
    """
    parts = tuple((part.reduced, part.body, _read(part), part.reduction) for part in definition.terms)
    return _lowered(definition.tensor.axes, parts, like)


@lru_cache(maxsize=8192)  # members of a family, and a network under each loss, have most definitions in common
def _lowered(axes: Axes, parts: tuple[Part, ...], like: str | None) -> Node:
    """The array expression, from all that it depends on: of operands it reads their names and places."""
    terms = tuple(
        Term(
            reduced,
            body,
            tuple(Reference(one if isinstance(one, Constant) else Tensor(one, ()), places) for one, places in read),
            kind,
        )
        for reduced, body, read, kind in parts
    )
    return _expression(Definition(Tensor("", axes), terms), like)


def _read(part: Term) -> Read:
    return tuple((t if isinstance(t := ref.tensor, Constant) else t.name, ref.places) for ref in part.operands)


def _expression(definition: Definition, like: str | None) -> Node:
    free = tuple(range(len(definition.tensor.axes)))
    shape = Node("name", (), like)
    if not definition.terms:
        return Node("full_like", (shape, number(0)))
    if len(definition.terms) == 1:
        value = _term(definition, definition.terms[0], definition.terms[0].body)
    elif (joined := side_by_side(definition)) is not None:
        value = Value(joined, free, reads_arrays=True)
    else:
        value = _sum([_signed(definition, part) for part in definition.terms])
    if not value.reads_arrays:
        return Node("full_like", (shape, value.node))
    if set(value.places) != set(free):
        return Node("copy", (Node("broadcast", (shape, aligned(value, free))),))
    node = aligned(value, free)
    # A bare name, or a view of one, would share its memory with what the caller holds. Windows that the forward pass
    # reads nobody holds.
    return Node("copy", (node,)) if _is_view(node, VIEWS if like is None else (*VIEWS, "windows")) else node


def _is_view(node: Node, views: Sequence[str]) -> bool:
    """Whether an expression is a variable, seen in some way."""
    return node.operator == "name" or (node.operator in views and _is_view(node.arguments[0], views))


def lower_entry(expression: sympy.Expr, operands: Sequence[Reference]) -> Node:
    """The array expression of a scalar expression in slots."""
    return _Lowering(operands).value(expression).node


def _signed(definition: Definition, part: Term) -> tuple[bool, Value]:
    negative = bool(fraction(part.body).number < 0)
    return negative, _term(definition, part, -part.body if negative else part.body)


def _term(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    if found := moves(part):
        scale = body / part.body * found[0].scale
        value = _added(definition, lower_moved(definition, part, found))
        return _Lowering(part.operands).product(fraction(scale), [value])
    if not part.reduced:
        return _Lowering(part.operands).value(body)
    return (_reduced if part.reduction == "total" else _taken_over)(definition, part, body)


def _added(definition: Definition, value: Value) -> Value:
    """The value, with what has been moved to the indices of a sum added up."""
    reduced = tuple(place for place in value.places if place >= len(definition.tensor.axes))
    return contract([value], reduced) if reduced else value


def _taken_over(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    """A reduction of the body as it is: ``x.max(axis=1)``."""
    value = _Lowering(part.operands).value(body)
    start = len(definition.tensor.axes)
    return reduction(part.reduction, value, tuple(range(start, start + len(part.reduced))))


def _reduced(definition: Definition, part: Term, body: sympy.Expr) -> Value:
    start = len(definition.tensor.axes)
    reduced = set(range(start, start + len(part.reduced)))
    lowering = _Lowering(part.operands)
    laid = fraction(body)
    above, outer_above = _parted(laid.above, lambda f: bool(lowering.places(f) & reduced))
    below, outer_below = _parted(laid.below, lambda f: bool(lowering.places(f) & reduced))
    missing = reduced - {p for f in (*above, *below) for p in lowering.places(f)}
    sizes = [axis_at(definition, part, place).size for place in sorted(missing)]
    factors = [lowering.value(f) for f in lowering.masked(above)]
    factors += [_reciprocal(lowering.value(f)) for f in below]
    outside = laid.number * sympy.Mul(*sizes, *outer_above, *(1 / f for f in outer_below), evaluate=True)
    if not factors:
        return lowering.value(outside)
    inside = contract(factors, tuple(sorted(reduced - missing)))
    return lowering.product(fraction(outside), [inside])


class _Lowering:
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
            return _sum([(negative, self.value(part)) for negative, part in addends(expression)])
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
            above[0], below = over("div", [above[0], _product(below)]), []
        value = _product(above)
        if negative:
            value = over("neg", [value])
        return over("div", [value, _product(below)]) if below else value

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
        return _product(self._factors(expression)) if _is_small(expression) else self._raised(expression)

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
            _Lowering(self.operands, {**self.limits, **limits})._scaled(factor * branch, more)
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


def _reciprocal(value: Value) -> Value:
    return over("div", [Value(number(1), ()), value])


def _product(values: Sequence[Value]) -> Value:
    # Scalars first, then as the axes of the result stand: dz[:, None] * x, not x * dz[:, None]. Where several lack some
    # of the axes they come before what has them all, so that it is gone through once.
    every = {place for value in values for place in value.places}
    several = sum({*value.places} < every for value in values) > 1
    ordered = sorted(values, key=lambda one: (several and {*one.places} == every, min(one.places, default=-1)))
    return reduce(lambda a, b: over("mul", [a, b]), ordered)


def _sum(parts: Sequence[tuple[bool, Value]]) -> Value:
    ordered = sorted(parts, key=lambda part: part[0])
    negative, total = ordered[0]
    if negative:
        total = over("neg", [total])
    for negative, value in ordered[1:]:
        total = over("sub" if negative else "add", [total, value])
    return total


def _parted(
    factors: Sequence[sympy.Expr], inside: Callable[[sympy.Expr], bool]
) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    return [f for f in factors if inside(f)], [f for f in factors if not inside(f)]

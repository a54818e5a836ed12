"""Kinks are found where the one-sided slopes differ, and nowhere else."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from sympy import Expr, Integer, Rational, exp

from gdverify import catalogue
from gdverify.derivation.cases import Place, places
from gdverify.derivation.graph import slot
from gdverify.derivation.kinks import Kink, kinks
from gdverify.derivation.steps import derive
from gdverify.notation import functions as f
from gdverify.notation import operation

z, y, w = (slot(place) for place in range(3))
HALF = Rational(1, 2)


def kink(value: object, lower: object, upper: object, at: object = 0) -> tuple[Expr, ...]:
    return tuple(map(sympy.sympify, (at, value, lower, upper)))


# By the first slot: where, the value taken, and the interval of subgradients.
ONE_OPERAND = {
    "relu": (f.relu(z), [kink(0, 0, 1)]),
    "absolute": (f.absolute(z), [kink(0, -1, 1)]),
    "leaky": (f.select(z > 0, z, z / 100), [kink(Rational(1, 100), Rational(1, 100), 1)]),
    "leaky, 0 on the other side": (f.select(z >= 0, z, z / 100), [kink(1, Rational(1, 100), 1)]),
    "falling": (f.select(z > 0, -3 * z, 2 * z), [kink(2, -3, 2)]),
    "relu of a multiple": (f.relu(3 * z), [kink(0, 0, 3)]),
    "relu, mirrored": (f.relu(1 - 2 * z), [kink(0, -2, 0, at=HALF)]),
    "clip": (f.select(z > 1, Integer(1), f.select(z < -1, Integer(-1), z)), [kink(1, 0, 1, -1), kink(1, 0, 1, 1)]),
    "absolute in three cases": (f.select(z > 0, z, f.select(z < 0, -z, Integer(0))), [kink(0, -1, 1)]),
    "two boundaries": (f.relu(f.absolute(z) - 1), [kink(0, -1, 0, -1), kink(0, 0, 1, 1)]),
    "relu in a branch": (f.select(z > 0, 2 * f.relu(z), -z), [kink(-1, -1, 2)]),
    "condition on a sigmoid": (f.select(f.sigmoid(z) > HALF, z, 2 * z), [kink(2, 1, 2)]),
    "Huber, which is smooth": (f.select(f.absolute(z) < 1, z**2 / 2, f.absolute(z) - HALF), []),
    "ELU, which is smooth": (f.select(z > 0, z, exp(z) - 1), []),
    "ELU with slope 2": (f.select(z > 0, z, 2 * (exp(z) - 1)), [kink(2, 1, 2)]),
    "a case that never ends": (f.select(z**2 > -1, z, -z), []),
}


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_where_what_is_taken_and_what_would_do(name: str) -> None:
    function, expected = ONE_OPERAND[name]
    found = [(place.right, place.value, place.lower, place.upper) for place in places(function)]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert not any(place.jumps for place in places(function))


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_bounds_are_the_slopes_on_the_two_sides(name: str) -> None:
    function, _ = ONE_OPERAND[name]
    for place in places(function):
        slopes = [_slope(function, place.right, side) for side in (-1, 1)]
        assert [float(place.lower), float(place.upper)] == pytest.approx(sorted(slopes), abs=1e-4)
        assert place.lower <= place.value <= place.upper


def _slope(function: Expr, at: Expr, side: int) -> float:
    step = Rational(side, 10**6)
    here, beside = (_defined(function.xreplace({z: end})) for end in (at, at + step))
    return float((beside - here) / step)


def _defined(expression: Expr) -> Expr:
    """The value of an expression without slots, by the definitions in the table of functions."""
    if not expression.args:
        return expression
    arguments = [_defined(argument) for argument in expression.args]
    row = f.FUNCTIONS.get(type(expression).__name__)
    return _defined(row.value(*arguments)) if row else expression.func(*arguments)


def by_each(function: Expr) -> dict[Expr, Place]:
    return {place.by: place for place in places(function)}


def test_the_larger_of_two_has_a_kink_by_each() -> None:
    found = by_each(f.select(z > y, z, y))
    assert [(place.left, place.right) for place in found.values()] == [(z, y)] * 2
    assert (found[z].value, found[z].lower, found[z].upper) == (0, 0, 1)
    assert (found[y].value, found[y].lower, found[y].upper) == (1, 0, 1)


def test_a_difference_has_a_kink_by_each() -> None:
    found = by_each(f.absolute(z - y))
    assert {by: (place.lower, place.upper) for by, place in found.items()} == {z: (-1, 1), y: (-1, 1)}


def test_a_learned_slope_bounds_the_subgradients() -> None:
    found = by_each(f.select(z > 0, z, w * z))
    assert set(found) == {z}, "by the slope both cases give 0 at the boundary"
    assert (found[z].lower, found[z].upper) == (sympy.Min(1, w), sympy.Max(1, w))
    assert found[z].value == w


def test_a_boundary_that_is_not_linear() -> None:
    found = by_each(f.select(z**2 > y, z**2, y))
    assert (found[y].left, found[y].right) == (y, z**2)
    assert (found[y].lower, found[y].upper) == (0, 1)


def test_a_boundary_that_nothing_solves_is_told_all_the_same() -> None:
    function = f.select(z + exp(z) > z**2 * exp(y) + y, z, 2 * z)
    assert by_each(function)[z].lower == 1
    assert by_each(function)[z].upper == 2


@pytest.mark.parametrize("function", [f.sign(z), f.select(z > 0, Integer(1), Integer(0))])
def test_a_jump_is_no_kink(function: Expr) -> None:
    (place,) = places(function)
    assert place.jumps
    assert place.value == 0


def _kinks(name: str, **options: object) -> list[Kink]:
    return kinks(derive(catalogue.find(name), **options).forward)


def test_each_layer_has_its_own() -> None:
    found = _kinks("mlp", activation="relu", hidden=3)
    assert [(k.tensor.name, k.operand.name, k.function) for k in found] == [
        ("a1", "z1", "relu"),
        ("a2", "z2", "relu"),
        ("a3", "z3", "relu"),
    ]


def test_a_constant_of_the_operation_moves_the_bounds() -> None:
    (found,) = kinks(derive(catalogue.find("leaky_relu"), alpha=Fraction(1, 5)).forward)
    assert (found.place.lower, found.place.upper) == (Rational(1, 5), 1)


def test_a_loss_is_seen_from_prediction_and_target() -> None:
    found = _kinks("mean_absolute_error")
    assert [(k.operand.name, k.place.lower, k.place.upper) for k in found] == [("y", -1, 1), ("t", -1, 1)]


@pytest.mark.parametrize("name", ["mlp", "sigmoid", "softplus", "binary_cross_entropy", "affine"])
def test_what_is_smooth_has_none(name: str) -> None:
    assert _kinks(name) == []


@operation("a")
def shrink(u: Expr, *, width: Rational = HALF) -> Expr:
    """Soft threshold."""
    return f.select(u > width, u - width, f.select(u < -width, u + width, 0 * u))


@operation("a")
def twice(u: Expr) -> Expr:
    """The same kink in two places of one formula."""
    return f.relu(u) + 2 * f.tanh(f.relu(u))


def test_a_user_operation() -> None:
    found = kinks(derive(shrink).forward)
    assert [(k.place.right, k.place.lower, k.place.upper) for k in found] == [(HALF, 0, 1), (-HALF, 0, 1)]
    assert {k.function for k in found} == {"select"}


def test_a_kink_is_told_once_a_definition() -> None:
    found = kinks(derive(twice).forward)
    assert len(found) == len({(k.tensor, k.place) for k in found})


def test_a_maximum_has_its_tie() -> None:
    by_first, by_second = places(f.maximum(z, y))
    assert {by_first.by, by_second.by} == {z, y}
    for place in (by_first, by_second):
        assert (place.lower, place.upper, place.jumps) == (0, 1, False)
        assert {place.left, place.right} == {z, y}
        assert place.value == (1 if place.by == y else 0)  # the second is taken

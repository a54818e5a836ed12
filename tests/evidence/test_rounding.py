"""The rounding rules: what a correct implementation of each operator loses, against exact fractions and 60 digits.

Each row states what the operator is and how a textbook computes it, in several ways. The operands are not exact: each
is off by as much as its error says, and rounded to the dtype. What comes out must lie within the bound that the rule
gives, and the bound must not be so wide that it means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from gdverify.evidence.bounded import Bounded, exact
from gdverify.evidence.conditions import Decision, Slope
from gdverify.evidence.rounding import Rounding

DTYPES = ("float64", "float32")
SAMPLES = 60
VACUOUS = 1e3  # in units of the rounding error of one operation

mp = mpmath.mp.clone()
mp.dps = 60

Exact = Callable[..., Any]
Textbook = Callable[..., Any]


def number(value: Any) -> mpmath.mpf:
    """A float or a fraction, exactly."""
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / value.denominator
    return mp.mpf(float(value))


@dataclass(frozen=True)
class Rule:
    """An operator.

    Attributes:
        operator, detail: as in the table of `Rounding`.
        means: its value, in 60 digits.
        textbook: how implementations compute it.
        shapes: of the operands.
        draw: values of an operand, from numbers in ±2.
        scale: beside its value, what a rounding error may be proportional to.
    """

    operator: str
    means: Exact
    textbook: Sequence[Textbook]
    detail: Any = None
    shapes: Sequence[tuple[int, ...]] = ((4,),)
    draw: Callable[[np.ndarray], np.ndarray] = field(default=lambda values: values)
    scale: Callable[..., Any] = field(default=lambda *operands: 1.0)

    def __str__(self) -> str:
        return self.operator if self.detail is None else f"{self.operator} {self.detail}"


def elementwise(function: Callable[..., mpmath.mpf]) -> Exact:
    """A function of numbers on arrays of them."""
    return np.vectorize(lambda *numbers: function(*map(number, numbers)), otypes=[object])


def contracted(spec: str) -> Exact:
    """A sum of products, exactly."""

    def means(*operands: np.ndarray) -> np.ndarray:
        as_fractions = [np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(o) for o in operands]
        return np.vectorize(number, otypes=[object])(np.asarray(np.einsum(spec, *as_fractions)))

    return means


def _loop_matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    made = np.zeros((a.shape[0], b.shape[1]), a.dtype)
    for k in reversed(range(a.shape[1])):
        made += a[:, k, None] * b[k, None, :]
    return made


def _loop_sum(a: np.ndarray) -> np.ndarray:
    made = np.zeros(a.shape[1:], a.dtype)
    for row in a:
        made = made + row
    return made


def _magnitudes(spec: str) -> Callable[..., Any]:
    return lambda *operands: np.einsum(spec, *map(np.abs, operands))


def _far(values: np.ndarray) -> np.ndarray:
    return values * 9  # into saturation, and back out of it


MATMUL, THREE = "ij,jk->ik", "ni,ij,jk->nk"
RULES: list[Rule] = [
    Rule("add", elementwise(mp.fadd), [np.add], shapes=((4,), (4,)), scale=lambda a, b: np.abs(a) + np.abs(b)),
    Rule("sub", elementwise(mp.fsub), [np.subtract], shapes=((4,), (4,)), scale=lambda a, b: np.abs(a) + np.abs(b)),
    Rule("mul", elementwise(mp.fmul), [np.multiply], shapes=((4,), (4,))),
    Rule("div", elementwise(mp.fdiv), [np.divide, lambda a, b: a * (1 / b)], shapes=((4,), (4,))),
    Rule("pow", elementwise(lambda a: a**2), [np.square, lambda a: a * a, lambda a: a**2], sympy.Integer(2)),
    Rule("pow", elementwise(lambda a: a**3), [lambda a: a * a * a, lambda a: a**3], sympy.Integer(3)),
    Rule("pow", elementwise(lambda a: 1 / a), [lambda a: 1 / a, lambda a: a ** a.dtype.type(-1)], sympy.Integer(-1)),
    Rule(
        "pow",
        elementwise(lambda a: a ** mp.mpf("1.5")),
        [lambda a: a * np.sqrt(a), lambda a: a**1.5],
        sympy.Rational(3, 2),
        draw=np.abs,
    ),
    Rule(
        "pow",
        elementwise(lambda a: a ** (mp.mpf(1) / 3)),
        [lambda a: a ** (1 / 3), np.cbrt],
        sympy.Rational(1, 3),
        draw=np.abs,
    ),
    Rule("matmul", contracted(MATMUL), [np.matmul, _loop_matmul], shapes=((3, 9), (9, 2)), scale=_magnitudes(MATMUL)),
    Rule(
        "einsum",
        contracted(THREE),
        [lambda a, b, c: np.einsum(THREE, a, b, c), lambda a, b, c: a @ (b @ c)],
        THREE,
        shapes=((3, 4), (4, 5), (5, 2)),
        scale=_magnitudes(THREE),
    ),
    Rule(
        "sum",
        contracted("ij->j"),
        [lambda a: a.sum(axis=0), _loop_sum],
        (0,),
        shapes=((30, 2),),
        scale=_magnitudes("ij->j"),
    ),
    Rule("exp", elementwise(mp.exp), [np.exp], draw=_far),
    Rule("log", elementwise(mp.log), [np.log], draw=np.abs),
    Rule("sqrt", elementwise(mp.sqrt), [np.sqrt, lambda a: a**0.5], draw=np.abs),
    Rule("tanh", elementwise(mp.tanh), [np.tanh, lambda a: (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)], draw=_far),
    Rule("root", elementwise(mp.sqrt), [np.sqrt, lambda a: a**0.5], draw=np.abs),
    Rule("reciprocal", elementwise(lambda a: 1 / a), [lambda a: 1 / a, lambda a: a**-1.0]),
    Rule("sin", elementwise(mp.sin), [np.sin], draw=_far),
    Rule("cos", elementwise(mp.cos), [np.cos, lambda a: np.sin(a + a.dtype.type(np.pi / 2))], draw=_far),
    Rule(
        "sigmoid",
        elementwise(lambda a: 1 / (1 + mp.exp(-a))),
        [lambda a: 1 / (1 + np.exp(-a)), lambda a: (1 + np.tanh(a / 2)) / 2, lambda a: np.exp(a) / (1 + np.exp(a))],
        draw=_far,
    ),
    Rule(
        "softplus",
        elementwise(lambda a: mp.log1p(mp.exp(a))),
        [
            lambda a: np.logaddexp(0, a),
            lambda a: np.log(1 + np.exp(a)),
            lambda a: np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))),
        ],
        draw=_far,
    ),
    Rule("relu", elementwise(lambda a: max(a, mp.mpf(0))), [lambda a: np.maximum(a, 0), lambda a: a * (a > 0)]),
    Rule("absolute", elementwise(abs), [np.abs]),
]


def operands(rule: Rule, dtype: str, rng: np.random.Generator, spread: float) -> tuple[list[np.ndarray], list[Bounded]]:
    """Operands as an implementation has them, and as the reference does: off by up to so many roundings."""
    held, bounded = [], []
    for shape in rule.shapes:
        values = rule.draw(rng.uniform(-2, 2, size=shape) * 10.0 ** rng.integers(-3, 1, size=shape))
        moved = (values * (1 + spread * np.finfo(dtype).eps * rng.uniform(-1, 1, size=shape))).astype(dtype)
        held.append(moved)
        bounded.append(Bounded(values, np.abs(moved.astype(np.float64) - values)))
    return held, bounded


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_what_a_textbook_loses_is_within_the_bound(rule: Rule, dtype: str) -> None:
    rng = np.random.default_rng(sum(map(ord, str(rule))))
    apply = Rounding(np.dtype(dtype)).table[rule.operator]
    for spread in (0, 4, 1e3, 3e5):
        for _ in range(SAMPLES // 4):
            held, bounded = operands(rule, dtype, rng, spread)
            bound = apply(rule.detail, *bounded).error
            right = rule.means(*(o.value for o in bounded))
            for way in rule.textbook:
                with np.errstate(all="ignore"):
                    made = way(*held)
                assert made.dtype == dtype
                lost = np.vectorize(lambda a, b: abs(number(a) - b), otypes=[object])(made, right)
                assert np.all(lost <= bound), (held, made, right, bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_bound_is_not_vacuous(rule: Rule, dtype: str) -> None:
    rng = np.random.default_rng(1)
    rounding = Rounding(np.dtype(dtype))
    for _ in range(SAMPLES // 4):
        _, bounded = operands(rule, dtype, rng, 0)
        given = [exact(o.value) for o in bounded]
        made = rounding.table[rule.operator](rule.detail, *given)
        scale = np.abs(made.value) + rule.scale(*(o.value for o in given))
        assert np.all(made.error <= VACUOUS * rounding.precision.unit * scale)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_constant_is_as_exact_as_the_dtype_holds_it(dtype: str) -> None:
    rounding = Rounding(np.dtype(dtype))
    for value in (
        sympy.Rational(1, 100),
        sympy.Rational(1, 3),
        sympy.Rational(1, 2),
        sympy.Integer(3),
        sympy.Integer(2**30 + 1),
    ):
        made = rounding.table["number"](value)
        held = np.dtype(dtype).type(float(value))
        lost = abs(Fraction(float(held)) - Fraction(int(value.p), int(value.q)))
        assert lost <= Fraction(float(made.error))
        assert made.error <= rounding.precision.unit * abs(float(value))
    assert rounding.table["number"](sympy.Rational(1, 2)).error == 0


def test_values_on_the_grid_are_exact_in_single_precision() -> None:
    rounding = Rounding(np.dtype("float32"))
    rng = np.random.default_rng(2)
    a, b = (rng.integers(-64, 65, size=(5, 5)) / 32 for _ in range(2))
    ways = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "matmul": np.matmul}
    for operator, way in ways.items():
        made = rounding.table[operator](None, exact(a), exact(b))
        assert not made.error.any()
        assert np.array_equal(made.value, way(a.astype(np.float32), b.astype(np.float32)).astype(np.float64))
    assert not rounding.table["sum"]((0,), exact(a)).error.any()
    assert rounding.table["add"](None, exact(a), exact(np.full((5, 5), 0.1))).error.any()  # off the grid
    assert rounding.table["mul"](None, exact(a + 3), exact(np.full((5, 5), 2000.0))).error.all()  # too large for it


def test_powers_leave_the_grid() -> None:
    # 2^1.5 is no fraction, and the cube of a number with 17 binary digits has more digits than float32 holds.
    rounding = Rounding(np.dtype("float32"))
    assert rounding.table["pow"](sympy.Rational(3, 2), exact(2.0)).error > 0
    assert rounding.table["pow"](sympy.Integer(-1), exact(3.0)).error > 0
    assert rounding.table["pow"](sympy.Integer(3), exact(8 + 1 / 32)).error > 0


def test_what_is_exact_is_so_only_as_long_as_its_terms_are_not_scaled() -> None:
    # Σ (d² / n) rounds each term, which (Σ d²) / n does not.
    rounding = Rounding(np.dtype("float32"))
    squares = exact(np.full(750, 0.25))
    summed = rounding.table["sum"](None, squares)
    assert not summed.error.any()
    n = np.float32(750)
    apart = np.float64(np.sum((np.full(750, 0.25, np.float32) / n)[::-1].cumsum(dtype=np.float32)[-1:]))
    divided = rounding.table["div"](None, summed, exact(750.0))
    assert abs(apart - 0.25) <= divided.error
    assert divided.error >= 700 * rounding.precision.unit * 0.25
    assert not rounding.table["where"](
        None, rounding.table["gt"](None, summed, exact(0.0)), summed, exact(0.0)
    ).error.any()


def test_without_roundings_only_the_sets_at_ties_are_followed() -> None:
    rounding = Rounding(np.dtype("float64"), rounds=0)
    z, x = exact(np.array([[0.0], [1.0]])), exact(np.array([[0.1], [0.3]]))
    slope = rounding.table["where"](
        None, rounding.table["gt"](None, z, exact(0.0)), exact(np.ones((2, 1))), exact(np.zeros((2, 1)))
    )
    made = rounding.table["matmul"](None, slope.map(np.transpose), x)
    assert made.value == pytest.approx(0.35)
    assert made.error == pytest.approx(0.05)


def test_what_overflows_in_the_dtype_is_unbounded() -> None:
    large = exact(np.array([1e30, 1.0]))
    with np.errstate(all="ignore"):
        single = Rounding(np.dtype("float32")).table["mul"](None, large, large)
        double = Rounding(np.dtype("float64")).table["mul"](None, large, large)
        assert np.isinf(Rounding(np.dtype("float64")).table["exp"](None, exact(800.0)).error)
    assert np.isinf(single.error[0])
    assert np.isfinite(single.error[1])
    assert np.isfinite(double.error).all()


def test_what_has_no_value_is_unbounded() -> None:
    rounding = Rounding(np.dtype("float64"))
    near = Bounded(np.array(1e-9), np.array(1e-8))
    with np.errstate(all="ignore"):
        assert np.isinf(rounding.table["div"](None, exact(1.0), near).error)
        assert np.isinf(rounding.table["log"](None, near).error)
        assert np.isinf(rounding.table["pow"](sympy.Integer(-1), near).error)
        assert np.isfinite(rounding.table["sqrt"](None, near).error)


def test_an_open_condition_covers_both_branches() -> None:
    rounding = Rounding(np.dtype("float64"))
    z = Bounded(np.array([1.0, 1e-17, -1e-17, -1.0]), np.full(4, 1e-16))
    made = rounding.table["where"](
        None, rounding.table["gt"](None, z, exact(0.0)), exact(np.full(4, 5.0)), exact(np.full(4, 3.0))
    )
    assert made.value.tolist() == [5, 5, 3, 3]
    assert made.error.tolist() == [0, 2, 2, 0]
    assert not rounding.conditions.met_tie


def test_an_unknown_error_decides_nothing() -> None:
    rounding = Rounding(np.dtype("float64"))
    with np.errstate(all="ignore"):
        z = rounding.table["mul"](None, exact(0.0), Bounded(np.array(1.0), np.array(np.inf)))
        decision = rounding.table["gt"](None, z, exact(1.0))
        cube = rounding.table["pow"](sympy.Integer(3), z)
    assert np.isnan(z.error)
    assert decision.open
    assert not np.isfinite(cube.error)


@pytest.mark.parametrize(
    ("ties", "value", "error"),
    [
        ("any", [0, 0.5, 1], [0, 0.5, 0]),
        ("declared", [0, 0, 1], [0, 0, 0]),
        ("other", [0, 1, 1], [0, 0, 0]),
        ("larger", [0, 1, 1], [0, 0, 0]),
        ("whatever", [0, 0, 1], [0, np.inf, 0]),
        (Slope(0.25, ((0.0, 1.0),)), [0, 0.25, 1], [0, 4 * 2**-24 * 0.25, 0]),
    ],
    ids=str,
)
def test_what_is_taken_at_an_exact_tie(ties: str | Slope, value: list[float], error: list[float]) -> None:
    rounding = Rounding(np.dtype("float32"), ties)
    decision = rounding.table["gt"](None, exact(np.array([-1.0, 0.0, 1.0])), exact(0.0))
    assert isinstance(decision, Decision)
    made = rounding.table["where"](None, decision, exact(np.ones(3)), exact(np.zeros(3)))
    assert made.value.tolist() == value
    assert made.error.tolist() == error
    assert rounding.conditions.met_tie


@pytest.mark.parametrize(("ties", "value", "error"), [("any", 0, 1), ("declared", 0, 0)])
def test_the_sign_at_zero_lies_between_the_signs_beside_it(ties: str, value: float, error: float) -> None:
    made = Rounding(np.dtype("float64"), ties).table["sign"](None, exact(np.array([-2.0, 0.0, 2.0])))
    assert made.value.tolist() == [-1, value, 1]
    assert made.error.tolist() == [0, error, 0]

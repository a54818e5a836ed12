"""Each row of the table of elementwise functions: value, derivative and stable form say the same."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
import sympy

from gdverify.codegen.helpers import helper, helpers_in
from gdverify.codegen.lower import lower_entry
from gdverify.codegen.nodes import Node, evaluate, render
from gdverify.derivation.graph import Reference, slot
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation import functions
from gdverify.notation.functions import ELEMENTARY, FUNCTIONS, select
from gdverify.notation.tensors import Tensor
from tests.oracles import exact
from tests.oracles.exact import DIGITS, agree, mp, real
from tests.oracles.unrolled import written_out

z = sympy.Dummy("z", real=True)
# Away from kinks: dyadic, thirds, and points at which stable forms matter.
POINTS = [Fraction(n, 7) for n in (-700, -141, -20, -9, -1, 1, 5, 13, 40, 333, 900)]
INSIDE = {"root": [point for point in POINTS if point > 0]}  # where not every number has a value
STABLE = [name for name, row in FUNCTIONS.items() if row.stable is not None]
APPROXIMATED = {"erf": 16}  # to so many digits: a little less than those of a float
GRID = np.concatenate([np.linspace(-745, 745, 5961), np.linspace(-1, 1, 2001), [-0.0, 1e-300, -1e-300, 5e-324]])

# Where the value neither overflows nor is missing.
GRIDS = {
    **dict.fromkeys(("exp", "expm1"), GRID[GRID < 709]),
    "log": GRID[GRID > 0],
    "root": GRID[GRID >= 0],
    "reciprocal": GRID[(np.abs(GRID) >= 1e-300) | (GRID == 0)],
}
KINKED = {"relu": 0, "absolute": 0, "sign": 0, "softsign": 1, "reciprocal": 0}


def at_points(expression: sympy.Expr, points: list[Fraction] = POINTS) -> np.ndarray:
    """The exact values of an expression in z."""
    return np.array([exact.evaluate(expression, {z: point}) for point in points], dtype=object)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivative_is_that_of_the_value(name: str) -> None:
    row, points = FUNCTIONS[name], INSIDE.get(name, POINTS)
    assert agree(at_points(row.derivative(z), points), at_points(written_out(row.value(z)).diff(z).doit(), points))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sympy_differentiates_by_the_table(name: str) -> None:
    function = getattr(functions, name)
    assert function(z).diff(z) == FUNCTIONS[name].derivative(z)
    assert function(z**2).diff(z) == FUNCTIONS[name].derivative(z**2) * 2 * z
    assert function(z).is_real


@pytest.mark.parametrize("name", STABLE)
def test_stable_form_is_the_value(name: str) -> None:
    row = FUNCTIONS[name]
    assert row.stable is not None
    assert agree(at_points(row.stable(z)), at_points(row.value(z)), APPROXIMATED.get(name, DIGITS))


@pytest.mark.parametrize(("name", "at_kink"), {**KINKED, "root": 0}.items(), ids=lambda value: str(value))
def test_derivative_at_the_kink(name: str, at_kink: int) -> None:
    assert exact.evaluate(getattr(functions, name)(z).diff(z), {z: Fraction(0)}) == at_kink


def test_every_function_that_is_not_analytic_has_its_kink_tested() -> None:
    assert {name for name, row in FUNCTIONS.items() if not row.analytic} == KINKED.keys()


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f.__name__ for f in ELEMENTARY if f is not select)])
def test_generated_function_is_right_to_8_ulp(name: str) -> None:
    function = getattr(functions, name)
    node = lower_entry(function(slot(0)), [Reference(Tensor("z", ()), ())])
    points = GRIDS.get(name, GRID)
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        found = evaluate(node, {"z": points}, NUMPY)
    sample = slice(None, None, 23)
    for point, value in zip(points[sample], found[sample], strict=True):
        with mp.workdps(400):  # 1 + e^(-745) is not 1
            expected = real(exact.apply(function, mp.mpf(point)))
        assert abs(mp.mpf(value) - expected) < 8 * np.spacing(abs(float(expected))), point


@pytest.mark.parametrize("name", STABLE)
def test_helper_keeps_single_precision_and_scalars(name: str) -> None:
    for argument in (np.linspace(-80, 80, 9, dtype=np.float32), np.float32(0.5), np.array(-0.5, np.float32)):
        found = NUMPY[name](None, argument)
        assert found.dtype == np.float32
        assert np.shape(found) == np.shape(argument)


@pytest.mark.parametrize("name", STABLE)
def test_helper_names_what_it_computes_twice(name: str) -> None:
    statements = helper(name)
    texts = [render(node) for _, node in statements]
    assert statements[-1][0] == "value"
    assert len(set(texts)) == len(texts)
    assert sum(text.count("np.exp(") for text in texts) <= 1


def test_helpers_are_found_inside_expressions() -> None:
    inner = Node("sigmoid", (Node("name", (), "z"),))
    assert helpers_in(Node("mul", (inner, inner))) == {"sigmoid"}
    assert helper("exp") == ()


# select: the value at a step is stated, not ½.


def test_select_differentiates_branch_by_branch() -> None:
    chosen = select(z > 0, z**2, -z)
    assert chosen.diff(z) == select(z > 0, 2 * z, -1)
    assert chosen.diff(sympy.Dummy()) == 0


def test_select_decides_what_can_be_decided() -> None:
    assert select(sympy.true, z, 1) == z
    assert select(sympy.false, z, 1) == 1
    assert select(z > 0, z, z) == z
    assert select(z**2 >= 0, z, 1) == z


@pytest.mark.parametrize(
    ("condition", "at_zero"), [(z > 0, 5), (z >= 0, 3), (z < 0, 5), (z <= 0, 3)], ids=[">", ">=", "<", "<="]
)
def test_the_condition_states_which_side_a_step_belongs_to(condition: sympy.Basic, at_zero: int) -> None:
    step = select(condition, 3 * z, 5 * z).diff(z)
    assert exact.evaluate(step, {z: Fraction(0)}) == at_zero

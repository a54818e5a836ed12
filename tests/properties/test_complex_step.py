"""The derived gradient against the complex step, where the equations are analytic: no cancellation, no step to choose.

Every elementwise function is evaluated by its definition, not by the stable form that the generated code uses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import Space, cases
from gdverify.codegen.nodes import Node
from gdverify.codegen.program import program, run
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.differences import complex_step
from gdverify.notation.functions import FUNCTIONS
from tests.helpers import EVERY, Source, interpreted, operators
from tests.oracles.complexes import complex_erf

TOLERANCE = 1e-12
# Where definitions neither overflow nor lose all digits.
REGIMES = ("ordinary", "on kinks", "ties", "zeros", "tiny")
KINKED = {"where", "sign", "winner", "largest_at", *(name for name, row in FUNCTIONS.items() if not row.analytic)}


def forward(source: Source) -> list[Node]:
    return [statement.node for statement in program(source.derivation).loss]


# Its gradient grows as its arguments shrink, and so do the roundings of it.
OF_DIRECTIONS = {"cosine_distance"}
ANALYTIC = [source for source in EVERY if not KINKED & set().union(*map(operators, forward(source)))]


@pytest.mark.parametrize("source", ANALYTIC, ids=str)
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_derived_equals_complex_step(source: Source, data: st.DataObject) -> None:
    small = {axis.name: (1, 2, 3) for axis in source.derivation.composition.axes}
    regimes = [regime for regime in REGIMES if regime != "tiny" or source.name not in OF_DIRECTIONS]
    case = data.draw(cases(Space(source.made, source.options, small, regimes, ("float64",))))
    derivation = derive(source.made, **case.options)
    with np.errstate(all="ignore"):
        values = interpreted(derivation, case.arrays)
    assume(np.isfinite(values["loss"]))  # a user's reciprocal has none at 0
    for tensor in derivation.wanted:
        gradient = values[f"d{tensor.name}"]
        found = complex_step(loss(derivation, case, tensor.name), case.arrays[tensor.name])
        scale = max(1.0, float(np.abs(found).max()))
        assert np.all(np.abs(gradient - found) <= TOLERANCE * scale), tensor


def test_most_of_the_catalogue_is_analytic() -> None:
    assert {"sigmoid", "softplus", "binary_cross_entropy", "mlp", "user's softmax"} <= {s.name for s in ANALYTIC}
    assert not {"relu", "absolute_error", "mlp(activation=relu)"} & set(map(str, ANALYTIC))


def loss(derivation: Derivation, case: Case, name: str) -> Callable[[Array], complex]:
    """The loss, or Σ upstream · result, as a complex function of one tensor."""
    return lambda moved: complex(
        run(program(derivation).loss, {**case.arrays, **case.sizes, name: moved}, COMPLEX)["loss"]
    )


Z = sympy.Symbol("z")


def defined(expression: sympy.Expr, z: Any) -> Any:
    """A definition in elementary functions, at complex numbers."""
    if expression == Z:
        return z
    if expression.is_Number:
        return float(expression)
    return ELEMENTARY[expression.func](*(defined(argument, z) for argument in expression.args))


ELEMENTARY: dict[type, Callable[..., Any]] = {
    sympy.Add: lambda *terms: sum(terms[1:], start=terms[0]),
    sympy.Mul: lambda *factors: math.prod(factors[1:], start=factors[0]),
    sympy.Pow: lambda base, exponent: base**exponent,
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.erf: complex_erf,
}


def elementwise(definition: sympy.Expr) -> Callable[[None, Any], Any]:
    return lambda _, z: defined(definition, z)


COMPLEX = {**NUMPY, **{name: elementwise(row.value(Z)) for name, row in FUNCTIONS.items() if row.analytic}}

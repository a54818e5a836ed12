"""Random equations: forward pass, adjoints and array code against the oracles."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.derivation.steps import derive
from gdverify.notation import Operation
from tests.helpers import ORDINARY, TIES, by_equations, case, interpreted, reference
from tests.oracles import unrolled
from tests.oracles.exact import agree
from tests.random_equations import equations

EQUATIONS = equations(24)
SHAPE = (2, 3, 1)


@pytest.mark.parametrize("regime", [ORDINARY, TIES])
@pytest.mark.parametrize("operation", EQUATIONS, ids=str)
def test_random_equation(operation: Operation, regime: str) -> None:
    derivation = derive(operation)
    given = case(derivation, SHAPE, regime)
    found = reference(given)
    assert agree(found[derivation.result], by_equations(given)[derivation.result])
    expected = unrolled.adjoints(derivation, given.exact, given.sizes)
    for tensor, definition in derivation.every_adjoint.items():
        assert agree(found[definition.tensor], expected[tensor]), definition.tensor


@pytest.mark.parametrize("operation", EQUATIONS, ids=str)
def test_array_code_of_a_random_equation(operation: Operation) -> None:
    derivation = derive(operation)
    given = case(derivation, SHAPE, ORDINARY)
    exact = {tensor.name: array.astype(np.float64) for tensor, array in reference(given).items()}
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-3)):
        found = interpreted(derivation, given.arrays(dtype))
        for name in (derivation.result.name, *(d.tensor.name for d in derivation.every_adjoint.values())):
            scale = np.abs(exact[name]).max(initial=1.0)
            np.testing.assert_allclose(found[name], exact[name], rtol=tolerance, atol=tolerance * scale, err_msg=name)
            assert found[name].dtype == dtype, name


def test_equations_are_of_many_kinds() -> None:
    text = " ".join(str(operation.equation().expression) for operation in EQUATIONS)
    assert all(function in text for function in ("Total", "tanh", "select", "sigmoid", "relu", "exp", "sqrt"))

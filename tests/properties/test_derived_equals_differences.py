"""The derived gradient against central differences of the loss, away from kinks.

Where there is a hand-written twin the loss is the twin's: forward pass and gradient then have nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import Space, cases
from gdverify.codegen.program import program, run
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.differences import central
from tests.helpers import EVERY, Source, interpreted
from tests.twins import TWINS

# An error of a central difference is about 1e-11 of the loss by rounding, and as much of its third derivative.
TOLERANCE = 1e-7
CLEAR = 1e-3  # of kinks, far more than a step
KINKED = ("gt", "ge", "lt", "le", "relu", "absolute", "sign")


@pytest.mark.parametrize("source", EVERY, ids=str)
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_derived_equals_differences(source: Source, data: st.DataObject) -> None:
    small = {axis.name: (1, 2, 3) for axis in source.derivation.composition.axes}
    space = Space(source.made, source.options, small, regimes=("ordinary",), dtypes=("float64",))
    case = data.draw(cases(space))
    derivation = derive(source.made, **case.options)
    assume(distance_to_kinks(derivation, case) > CLEAR)
    values = interpreted(derivation, case.arrays)
    for tensor in derivation.wanted:
        gradient = values[f"d{tensor.name}"]
        differences = central(loss(source, derivation, case, tensor.name), case.arrays[tensor.name])
        scale = max(1.0, abs(float(values["loss"])), float(np.abs(gradient).max()))
        assert np.all(np.abs(gradient - differences) <= TOLERANCE * scale), tensor


def loss(source: Source, derivation: Derivation, case: Case, name: str) -> Callable[[Array], float]:
    """The loss, or Σ upstream · result, as a function of one tensor."""

    def function(moved: Array) -> float:
        given = case.replaced(**{name: moved})
        if source.name in TWINS and "loss" in (returned := TWINS[source.name](given)):
            return float(returned["loss"])
        return float(interpreted(derivation, given.arrays)["loss"])

    return function


def distance_to_kinks(derivation: Derivation, case: Case) -> float:
    """How far the nearest condition of the forward pass is from turning."""
    distances = [np.inf]

    def watched(name: str) -> Callable[..., Any]:
        def operator(detail: Any, a: Any, b: Any = 0) -> Any:
            distances.append(float(np.min(np.abs(np.subtract(a, b)))))
            return NUMPY[name](detail, a, b) if name in KINKED[:4] else NUMPY[name](detail, a)

        return operator

    made = program(derivation)
    arithmetic = {**NUMPY, **{name: watched(name) for name in KINKED}}
    run(made.loss, {**case.arrays, **case.sizes}, arithmetic)
    return min(distances)

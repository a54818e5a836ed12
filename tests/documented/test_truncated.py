"""Truncated back-propagation by hand is, piece by piece, what is derived of a network whose first state is given."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.codegen.program import program, run
from gdverify.derivation.steps import derive
from gdverify.evidence.arithmetic import NUMPY
from tests.networks import RECURRENT, recurrence

STEPS = 7
SIZES = {"batch": 3, "time": STEPS, "inputs": 4, "hidden": 2, "classes": 5}


def sequence(name: str) -> Case:
    """A whole sequence, of values at which nothing saturates; the loss is the mean over all of its steps."""
    case = build(derive(catalogue.find(name)), {}, SIZES, "ordinary", "float64", seed=5)
    return case.replaced(**{one: array / 4 for one, array in case.arrays.items() if one != "t"})


def derived(name: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """The states and the adjoints of one piece, whose first states are inputs."""
    piece = derive(catalogue.find(name), start="given")
    assert {"h0", "c0"} & {tensor.name for tensor in piece.composition.role("input")}
    assert not {"h0", "c0"} & {tensor.name for tensor in piece.wanted}
    code = program(piece)
    return run((*code.loss, *code.every_adjoint), {**arrays, **SIZES, "time": arrays["x"].shape[1]}, NUMPY)


@pytest.mark.parametrize("truncation", [1, 3, STEPS])
@pytest.mark.parametrize("name", RECURRENT)
def test_truncated_is_the_sum_of_the_derived_gradients_of_the_pieces(name: str, truncation: int) -> None:
    case = sequence(name)
    make, held = RECURRENT[name]
    found = recurrence(partial(make, truncation=truncation), **held)(case)
    starts = [tensor for tensor in case.parameters if tensor.endswith("0")]
    arrays, expected = dict(case.arrays), dict.fromkeys(found, 0.0)
    for first in range(0, STEPS, truncation):
        steps = slice(first, first + truncation)
        whole = derived(name, {**arrays, "x": case.arrays["x"][:, steps], "t": case.arrays["t"][:, steps]})
        share = case.arrays["x"][:, steps].shape[1] / STEPS
        expected["loss"] += whole["loss"] * share
        for gradient in case.parameters:
            # The states before the first piece are those of the sequence.
            if gradient not in starts or first == 0:
                expected[gradient] = expected[gradient] + whole[f"d{gradient}"] * share
        arrays |= {start: whole[start.removesuffix("0")][:, -1] for start in starts}
    for gradient, value in expected.items():
        np.testing.assert_allclose(found[gradient], value, rtol=1e-10, atol=1e-14, err_msg=gradient)


@pytest.mark.parametrize("name", RECURRENT)
def test_what_is_truncated_is_another_gradient(name: str) -> None:
    case = sequence(name)
    make, held = RECURRENT[name]
    cut, full = (recurrence(partial(make, truncation=k), **held)(case) for k in (3, None))
    recurrent = next(gradient for gradient in full if gradient.startswith("U"))
    assert np.abs(cut[recurrent] - full[recurrent]).max() > 1e-3 * np.abs(full[recurrent]).max()

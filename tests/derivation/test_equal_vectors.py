"""Where two vectors are equal their distance has no derivative: 0 is taken, one of its subgradients, and never 0/0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.codegen.second import hessian_product
from gdverify.derivation.steps import derive
from gdverify.documented.counterparts import counterpart
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference
from tests.helpers import imported

NAMES = ("euclidean_distance", "contrastive_pairs")


def pairs(name: str, dtype: str = "float64") -> Case:
    """Two vectors that are equal, and two that are not."""
    case = build(derive(catalogue.find(name)), {}, {"batch": 2, "features": 3}, "ordinary", dtype, seed=1)
    u = np.array([[1.5, 2, -0.5], [0.5, 0, 0]], dtype)
    v = np.array([[1.5, 2, -0.5], [0, 0, 0]], dtype)
    target = {"t": np.zeros(2, dtype)} if "t" in case.arrays else {}
    return case.replaced(u=u, v=v, **target)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_generated_code_gives_zero_there_and_warns_of_nothing(name: str, dtype: str, tmp_path: Path) -> None:
    case = pairs(name, dtype)
    with np.errstate(all="raise"):
        loss, gradients = imported(derive(catalogue.find(name)), tmp_path).loss_and_gradients(**case.arrays)
    assert loss == counterpart(name).gradients(case)["loss"]
    for gradient in (gradients["u"], gradients["v"]):
        assert gradient.dtype == dtype
        assert not gradient[0].any()
        assert gradient[1].any()


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_expects_zero_there(name: str) -> None:
    bounds = reference(derive(catalogue.find(name)), pairs(name), ["du", "dv"]).bounds
    for bound in bounds.values():
        assert not bound.expected[0].any()
        assert compare(bound.expected, bound).agrees
        assert not compare(bound.expected + np.array([[1e-12], [0]]), bound).agrees


def test_an_implementation_that_divides_by_zero_is_told_so() -> None:
    def divided(case: Case) -> dict[str, Any]:
        difference = case.arrays["u"] - case.arrays["v"]
        with np.errstate(all="ignore"):
            du = difference * (case.arrays["dd"] / np.sqrt((difference**2).sum(axis=1)))[:, None]
        return {"u": du, "v": -du}

    source = catalogue.find("euclidean_distance")
    found = examine(Subject(divided, "divided", source), derive(source), pairs("euclidean_distance"))
    assert {sighting.kind for sighting in found.sightings} == {"not finite"}


def test_the_second_derivative_is_a_number_too() -> None:
    arrays = pairs("euclidean_distance").arrays
    directions = {f"v{name}": np.ones((2, 3)) for name in ("u", "v")}
    with np.errstate(all="raise"):
        made = hessian_product(catalogue.find("euclidean_distance"))(**arrays, **directions)
    assert all(np.isfinite(array).all() for array in made.values())

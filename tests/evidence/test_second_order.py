"""The bounds of second derivatives hold what the derived NumPy computes, in either precision."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify import catalogue, hessian_diagonal, hessian_product
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.second import Hessian
from gdverify.derivation.curvature import curvature
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference

NETWORKS = ("mlp", "logistic_regression", "rnn", "lstm", "log_softmax", "layer_norm", "attention")
MADE = {f"{name} diagonal": hessian_diagonal(loss) for name, loss in catalogue.losses().items()}
MADE |= {f"{name} product": hessian_product(name) for name in (*NETWORKS, *catalogue.losses())}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_derived_function_lies_within_the_bounds_of_what_it_is_judged_by(name: str, dtype: str) -> None:
    made: Hessian = MADE[name]
    derivation = curvature(made.derivatives)
    for regime in ("ordinary", "saturated", "on kinks"):
        for case in fresh(Space(made.derivatives), derivation, {}, 2, 5, regime, dtype):
            with np.errstate(all="ignore"):
                got = made(**{tensor.name: case.arrays[tensor.name] for tensor in made.arguments})
            names = [f"d{tensor.name}" for tensor in derivation.wanted]
            bounds = reference(derivation, case, names).bounds
            for by, adjoint in zip(made.order.results, names, strict=True):
                assert compare(got[by.name], bounds[adjoint]).agrees

"""What the comparison with a package notices: a digit that is wrong, and a kink that is taken otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.derivation.steps import derive
from gdverify.evidence.allowance import Allowance
from tests.witness.judging import agrees, disagreeing
from tests.witness.package import Package, package
from tests.witness.rows import Row


def with_row(name: str, row: Row) -> Package:
    """torch with another row."""
    torch = package("torch")
    return replace(torch, rows={**torch.rows, name: row})


def at(name: str, z: float, regime: str = "ordinary", dtype: str = "float64") -> Case:
    """An activation at one point."""
    derivation = derive(catalogue.find(name))
    sizes = {axis.name: 1 for axis in derivation.composition.axes}
    drawn = build(derivation, {}, sizes, regime, dtype, seed=100)
    return drawn.replaced(z=np.full((1, 1), z, dtype))


@pytest.mark.parametrize(("dtype", "off"), [("float64", 1e-14), ("float32", 1e-5)])
def test_a_wrong_digit_in_torch_is_noticed(dtype: str, off: float) -> None:
    case, tanh = at("tanh", 0.75, dtype=dtype), catalogue.find("tanh")
    agrees(package("torch"), tanh, case)
    with pytest.raises(AssertionError, match="agrees=False"):
        agrees(with_row("tanh", lambda z: (1 + off) * z.tanh()), tanh, case)


def test_another_subgradient_in_torch_is_noticed_where_the_table_has_no_row_for_it() -> None:
    case, relu = at("relu", 0.0), catalogue.find("relu")
    agrees(package("torch"), relu, case)
    with pytest.raises(AssertionError, match="agrees=False"):
        agrees(with_row("relu", lambda z: z.clamp(min=0)), relu, case)


def test_an_equal_share_of_a_tie_in_torch_is_noticed_where_the_table_has_no_row_for_it() -> None:
    pooling = catalogue.find("global_max_pooling")
    derivation = derive(pooling)
    sizes = {axis.name: 2 for axis in derivation.composition.axes}
    case = build(derivation, {}, sizes, "ties", "float64", seed=100)
    agrees(package("torch"), pooling, case)
    with pytest.raises(AssertionError, match="Not equal"):
        agrees(with_row("global_max_pooling", lambda x: x.amax(dim=(2, 3))), pooling, case)


def test_torch_is_not_compared_where_the_table_says_that_it_computes_something_else() -> None:
    agrees(package("torch"), catalogue.find("softplus"), at("softplus", 20.5))


def test_a_gradient_by_torch_of_the_triplet_with_two_differences_is_within_the_bound() -> None:
    triplet = catalogue.find("triplet")
    sizes = {axis.name: 1 for axis in derive(triplet).composition.axes}
    vectors = {"anchor": -1e5, "positive": 2e-5, "negative": -1e-5}
    case = build(derive(triplet), {}, sizes, "ordinary", "float64", seed=0)
    case = case.replaced(**{name: np.full((1, 1), value) for name, value in vectors.items()})
    assert not disagreeing(package("torch"), triplet, case, Allowance())

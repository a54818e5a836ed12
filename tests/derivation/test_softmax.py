"""A softmax is differentiated as one: what it changes by is read from its weights alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Expr

from gdverify import catalogue, hessian_product
from gdverify.derivation.steps import derive
from gdverify.notation import Tensor, axis, indices, logsumexp, operation, softmax, total
from tests.helpers import code, source_of

batch, classes, parts = axis("batch", "n"), axis("classes", "k"), axis("parts", "m")
RNG = np.random.default_rng(0)
STEP = 1e-5


@operation("loss", z=(batch, classes), t=(batch, classes), gives=())
def both_ways(z: Tensor, t: Tensor) -> Expr:
    """A softmax, and beside it the logarithm of the same sum, whose terms are differentiated one by one."""
    n, k = indices(batch, classes)
    weights = softmax(z[n, k], over=k)
    return total(t[n, k] * weights) + total(logsumexp(z[n, k], over=k))


@operation("loss", z=(batch, classes, parts), t=(batch, classes, parts), gives=())
def over_two(z: Tensor, t: Tensor) -> Expr:
    """A softmax over two axes at once, of what is computed from the operand."""
    n, k, m = indices(batch, classes, parts)
    return total(t[n, k, m] * softmax(z[n, k, m] ** 2, over=(k, m)) ** 2)


def generated(made: Any) -> Any:
    names: dict[str, Any] = {}
    exec(source_of(derive(made)), names)
    return names["loss_and_gradients"]


@pytest.mark.parametrize(("made", "shape"), [(both_ways, (2, 3)), (over_two, (2, 3, 2))], ids=["both ways", "two axes"])
def test_gradients_are_differences_of_the_loss(made: Any, shape: tuple[int, ...]) -> None:
    function = generated(made)
    z, t = RNG.normal(size=shape), RNG.normal(size=shape)
    _, gradients = function(z, t)
    for at in np.ndindex(shape):
        step = np.zeros(shape)
        step[at] = STEP
        difference = (function(z + step, t)[0] - function(z - step, t)[0]) / (2 * STEP)
        assert gradients["z"][at] == pytest.approx(difference, rel=1e-7, abs=1e-9)


def test_second_order_goes_through_the_weights_too() -> None:
    function, product = generated(both_ways), hessian_product(both_ways)
    z, t, v = (RNG.normal(size=(2, 3)) for _ in range(3))
    found = product(z, t, v)["z"]
    ahead, behind = (function(z + step * v, t)[1]["z"] for step in (STEP, -STEP))
    np.testing.assert_allclose(found, (ahead - behind) / (2 * STEP), rtol=1e-6, atol=1e-9)


def test_the_backward_pass_is_the_line_that_one_writes_by_hand() -> None:
    lines = code(derive(catalogue.find("softmax")), "loss_and_gradients")
    assert "dz = p * (dp - (p * dp).sum(axis=1)[:, None])" in lines
    names = [tensor.name for tensor in derive(catalogue.find("softmax")).every_adjoint]
    assert names == ["z"]


def test_what_nothing_goes_back_through_has_no_adjoint() -> None:
    names = [tensor.name for tensor in derive(catalogue.find("attention")).every_adjoint]
    assert "y_weights" in names
    assert not {"y_exp", "y_total", "y_peak"} & {*names}

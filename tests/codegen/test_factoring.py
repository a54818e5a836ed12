"""What terms share stands in front of them; a number that is one for all entries stands where it is read."""

from __future__ import annotations

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import Tensor, indices, mean, operation, total
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, features
from tests.helpers import code


@operation("y")
def powers(x: Expr) -> Expr:
    """What x receives has a factor in common, of which one term has the cube."""
    return x**2 * f.exp(x**4)


@operation("y", x=(batch, features), gives=(batch, features))
def partly_reduced(x: Tensor) -> Expr:
    """What x receives is a sum beside two terms with a factor in common."""
    n, j, k = indices(batch, features, features)
    return x[n, j] * f.sigmoid(x[n, j]) + total(x[n, k], over=k)


@operation("loss")
def logarithmic(y: Expr, t: Expr) -> Expr:
    """Its adjoints on the way are one number each."""
    return mean(f.exp(y) - t * y)


@operation("loss")
def thresholds(y: Expr, t: Expr) -> Expr:
    """A number that is read as one of two: there is no other array to say in which dtype."""
    return mean(f.relu(y - t))


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (powers, "dx = x * (4 * x**2 * (x**2 * dy) + 2 * dy) * y_exp"),
        (partly_reduced, "dx = y_sigmoid * ((1 - y_sigmoid) * (x * dy) + dy) + dy.sum(axis=1)[:, None]"),
        (catalogue.find("silu"), "dz = a_sigmoid * ((1 - a_sigmoid) * (z * da) + da)"),
        (logarithmic, "dy = (loss_exp - t) / (batch * outputs)"),
        (thresholds, "dy = np.where(loss_relu > 0, dloss_relu, 0)"),
        (catalogue.find("hinge"), "dy = np.where(loss_relu > 0, -t / (batch * outputs), 0)"),
    ],
    ids=str,
)
def test_lines(made: object, line: str) -> None:
    assert line in code(derive(made), "loss_and_gradients")  # type: ignore[arg-type]


def test_every_adjoint_is_still_given() -> None:
    assert "dloss_exp = np.full_like(loss_exp, 1 / (batch * outputs))" in code(derive(logarithmic), "adjoints")
    assert not any("dloss_exp" in line for line in code(derive(logarithmic), "loss_and_gradients"))

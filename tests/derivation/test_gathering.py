"""Scales leave the sums that they stand in front of, and a sum that is known is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import (
    Tensor,
    axis,
    indices,
    operation,
    over_root_mean_square,
    standardised,
    standardised_with,
    total,
    whole,
)
from gdverify.operations.numbers import SMALL
from tests.helpers import code, source_of

batch, features, rows = axis("batch", "n"), axis("features", "j"), axis("rows", "i")
RNG = np.random.default_rng(0)
STEP = 1e-5


def lines(made: Any) -> list[str]:
    return [
        line for line in code(derive(made), "loss_and_gradients") if line.startswith("d") and not line.startswith("del")
    ]


def test_batch_normalisation_goes_back_in_the_compact_form() -> None:
    assert lines(catalogue.find("batch_norm")) == [
        "dg = (y_normal * dy).sum(axis=0)",
        "db = dy.sum(axis=0)",
        "dx = y_power * g * (dy - db / batch - y_normal * (dg / batch))",
    ]


def test_given_statistics_read_what_the_parameters_have_summed() -> None:
    assert lines(catalogue.find("batch_norm_evaluation"))[-3:] == [
        "dx = y_power * g * dy",
        "dcentre = -(y_power * g * db)",
        "dvariance = -(y_power**2 * g * dg) / 2",
    ]


def test_a_scale_inside_the_sums_stays() -> None:
    assert "dy_normal = dy * g" in lines(catalogue.find("layer_norm"))


@operation("y", x=(batch, features), g=(features,), gives=(batch, features))
def read_twice(x: Tensor, g: Tensor) -> Expr:
    """A scaled array that is read as it is: one pass for it is less than one for every reader."""
    n, j = indices(batch, features)
    z = whole(x[n, j] ** 2, "square")
    return g[j] * z + z**2


@operation("y", x=(batch, features), g=(features,), h=(features,), gives=(features,))
def other_axes(x: Tensor, g: Tensor, h: Tensor) -> Expr:
    """Sums of one array over different axes are different sums."""
    n, j = indices(batch, features)
    return g[j] * total(x[n, j], over=n) + h[j] * total(x[n, j] * g[j], over=n)


@operation("y", x=(batch, features, rows), gives=(batch, features, rows))
def over_both(x: Tensor) -> Expr:
    """Over two axes that are not neighbours, of what is computed."""
    n, j, i = indices(batch, features, rows)
    return standardised(2 * x[n, j, i] + x[n, j, i] ** 2, over=(n, i), epsilon=SMALL) ** 2


@operation("y", x=(batch, features), gives=(batch, features))
def mean_square(x: Tensor) -> Expr:
    """Beside the operand itself."""
    n, j = indices(batch, features)
    return over_root_mean_square(x[n, j], over=j, epsilon=SMALL) * x[n, j]


@operation("y", x=(batch, features), c=(features,), v=(features,), gives=(batch, features))
def shared_statistics(x: Tensor, c: Tensor, v: Tensor) -> Expr:
    """Statistics that are read again."""
    n, j = indices(batch, features)
    return standardised_with(x[n, j], c[j], v[j] ** 2, SMALL) * c[j] + v[j]


SHAPES: dict[Any, list[tuple[int, ...]]] = {
    read_twice: [(3, 2), (2,), (3, 2)],
    other_axes: [(3, 2), (2,), (2,), (2,)],
    over_both: [(2, 3, 2), (2, 3, 2)],
    mean_square: [(2, 3), (2, 3)],
    shared_statistics: [(3, 2), (2,), (2,), (3, 2)],
}


@pytest.mark.parametrize(("made", "shapes"), SHAPES.items(), ids=map(str, SHAPES))
def test_gradients_are_differences_of_the_loss(made: Any, shapes: list[tuple[int, ...]]) -> None:
    names: dict[str, Any] = {}
    exec(source_of(derive(made)), names)
    arrays = [RNG.normal(size=shape) for shape in shapes]
    _, gradients = names["loss_and_gradients"](*arrays)
    for place, gradient in enumerate(gradients.values()):
        for at in np.ndindex(gradient.shape):
            ahead, behind = ([array.copy() for array in arrays] for _ in range(2))
            ahead[place][at] += STEP
            behind[place][at] -= STEP
            difference = (names["loss"](*ahead) - names["loss"](*behind)) / (2 * STEP)
            assert gradient[at] == pytest.approx(difference, rel=1e-6, abs=1e-8)

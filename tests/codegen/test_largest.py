"""The largest over several indices: of equal ones the first, where the last index runs fastest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Expr

from gdverify.derivation.steps import derive
from gdverify.notation import Tensor, axis, indices, largest, operation
from tests.helpers import source_of

batch, rows, columns, depth = axis("batch", "n"), axis("rows", "i"), axis("columns", "j"), axis("depth", "d")
WHOLE = (batch, rows, columns, depth)


@operation("y", x=WHOLE, gives=(batch, depth))
def neighbours(x: Tensor) -> Expr:
    """Over axes that lie side by side."""
    n, i, j, d = indices(*WHOLE)
    return largest(x[n, i, j, d], over=(i, j))


@operation("y", x=WHOLE, gives=(batch, columns))
def apart(x: Tensor) -> Expr:
    """Over axes with another between them, the first of which runs fastest; of a computed value."""
    n, i, j, d = indices(*WHOLE)
    return largest(2 * x[n, i, j, d] + 1, over=(d, i))


@operation("y", x=WHOLE, gives=(batch,))
def three(x: Tensor) -> Expr:
    """Over three axes."""
    n, i, j, d = indices(*WHOLE)
    return largest(x[n, i, j, d], over=(i, j, d))


# The order in which the axes are compared, those that stay in front, and the scale.
CASES = [(neighbours, (0, 3, 1, 2), 2, 1.0), (apart, (0, 2, 3, 1), 2, 2.0), (three, (0, 1, 2, 3), 1, 1.0)]


@pytest.mark.parametrize(("made", "order", "kept", "scale"), CASES, ids=[str(case[0]) for case in CASES])
def test_the_first_of_the_largest_gets_it_all(made: Any, order: tuple[int, ...], kept: int, scale: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (2, 3, 4, 5)).astype(float)  # ties everywhere
    moved = x.transpose(order)
    lines = moved.reshape(*moved.shape[:kept], -1)
    winner = lines.argmax(axis=-1)[..., None]
    dy = rng.normal(size=lines.shape[:-1])
    gradient = np.zeros_like(lines)
    np.put_along_axis(gradient, winner, scale * dy[..., None], axis=-1)
    expected = gradient.reshape(moved.shape).transpose(np.argsort(order))
    names: dict[str, Any] = {}
    exec(source_of(derive(made)), names)
    loss, gradients = names["loss_and_gradients"](x, dy)
    np.testing.assert_array_equal(gradients["x"], expected)
    largest_ones = scale * np.take_along_axis(lines, winner, -1)[..., 0] + (scale - 1)
    assert loss == pytest.approx((dy * largest_ones).sum(), rel=1e-12)

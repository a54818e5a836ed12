"""Two arrays are the same up to what two programs for one equation may differ by; nothing is the same as nothing."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.binding.equations.evaluation import NEAR, near

SHAPES = [(), (1,), (3, 2)]  # a loss, which has a way of its own, and arrays


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", ">f4"])
def test_what_is_near_depends_on_the_dtype(shape: tuple[int, ...], dtype: str) -> None:
    within = NEAR[np.dtype(dtype).name]
    expected = np.full(shape, -2.0)
    assert near(np.full(shape, -2.0 * (1 + 0.8 * within)).astype(dtype), expected)
    assert not near(np.full(shape, -2.0 * (1 + 1.5 * within)).astype(dtype), expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", [0.0, np.nan, np.inf])
def test_what_says_nothing_is_near_nothing(shape: tuple[int, ...], number: float) -> None:
    said = np.full(shape, number)
    assert not near(said, said)
    assert not near(said, np.full(shape, 1.0))


def test_other_shapes_and_objects_are_never_near() -> None:
    assert not near(np.ones(1), np.ones(()))
    assert not near(np.array(1, dtype=object), np.ones(()))
    assert near(np.array(1), np.ones(()))

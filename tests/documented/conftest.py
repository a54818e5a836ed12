"""Central finite differences, the witness of every gradient in this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import SupportsFloat

import numpy as np
import pytest

from gdverify.documented.arrays import Array

Difference = Callable[[Callable[[], SupportsFloat], Array], Array]


@pytest.fixture
def central_difference() -> Difference:
    """∂loss/∂array, where the loss reads the array that is varied in place."""

    def difference(loss: Callable[[], SupportsFloat], array: Array, step: float = 1e-5) -> Array:
        gradient = np.empty_like(array)
        for entry in np.ndindex(array.shape):
            value = array[entry]
            array[entry] = value + step
            above = float(loss())
            array[entry] = value - step
            below = float(loss())
            array[entry] = value
            gradient[entry] = (above - below) / (2 * step)
        return gradient

    return difference

"""Finite differences: the witness that knows nothing of the chain rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The central difference loses h² f''' / 6 by truncation and u |f| / h by rounding; they balance near the cube root
# of u.
STEP = {"float64": 6e-6, "float32": 5e-3}
COMPLEX_STEP = 1e-40


def central(function: Callable[[Array], float], at: Array, step: float | None = None) -> Array:
    """``(f(x + h) − f(x − h)) / 2h`` for each entry, with h relative to entries above 1.

    Source: Press et al., Numerical Recipes, 5.7.
    """
    gradient = np.zeros(at.shape, dtype=np.float64)
    relative = STEP[at.dtype.name] if step is None else step
    for index in np.ndindex(at.shape):
        h = relative * max(1.0, abs(float(at[index])))
        above, below = at.copy(), at.copy()
        above[index] += h
        below[index] -= h
        # The difference of the points as they were stored, not as they were meant.
        width = float(above[index]) - float(below[index])
        gradient[index] = (float(function(above)) - float(function(below))) / width
    return gradient


def complex_step(function: Callable[[Array], complex], at: Array) -> Array:
    """``Im f(x + ih) / h`` for each entry: no cancellation, so right to rounding, where f is analytic.

    Source: Squire and Trapp, SIAM Review 40 (1998).
    """
    gradient = np.zeros(at.shape, dtype=np.float64)
    for index in np.ndindex(at.shape):
        moved = at.astype(np.complex128)
        moved[index] += 1j * COMPLEX_STEP
        gradient[index] = complex(function(moved)).imag / COMPLEX_STEP
    return gradient

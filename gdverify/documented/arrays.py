"""What the documented implementations share: the type of an array, first weights, and the sigmoid."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Scalar: TypeAlias = np.floating[Any]

# A scalar or an array: what comes in goes out.
Real = TypeVar("Real", Array, Scalar)


def initial(rng: np.random.Generator, *shape: int, inputs: int) -> Array:
    """Weights ``shape`` of neurons with so many inputs: normal, and such that the variance of what passes is kept."""
    return rng.standard_normal(shape) / np.sqrt(inputs)


def sigmoid(z: Real) -> Real:
    """σ(z) = 1 / (1 + e^(−z)), elementwise, any shape; 0 and 1 are reached by rounding."""
    # Far below zero e^(−z) overflows to infinity, and 1/∞ = 0 is the value that is wanted.
    with np.errstate(over="ignore"):
        value: Real = 1 / (1 + np.exp(-z))
    return value

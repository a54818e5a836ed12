"""Whether two results of one case are the same: to the bit, or as far as rounding allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gdverify.auditing.execution import Array, Returned, adjoint_name
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound


@dataclass(frozen=True)
class Difference:
    """The entry in which two results differ most."""

    tensor: str
    index: tuple[int, ...]
    first: float
    second: float

    @property
    def place(self) -> str:
        """The gradient and the entry, in words."""
        what = "the loss" if self.tensor == "loss" else f"the gradient of {self.tensor}"
        return f"{what} at [{', '.join(map(str, self.index))}]" if self.index else what


def same_bits(first: Returned, second: Returned) -> bool:
    """Whether every value is the same, nan included."""
    return first.values.keys() == second.values.keys() and all(
        np.array_equal(value, second.values[name], equal_nan=True) for name, value in first.values.items()
    )


def beyond_rounding(first: Returned, second: Returned, bounds: Mapping[str, Bound]) -> Difference | None:
    """Where two results of one case differ by more than the rounding errors of both.

    Args:
        first, second: the results.
        bounds: of the case, by the names ``loss`` and ``dW1``.
    """
    for name, value in first.values.items():
        other = second.values.get(name)
        if other is None:
            return Difference(name, (), float("nan"), float("nan"))
        bound = bounds[adjoint_name(name)]
        far = ~_near(value, other, _slack(first, name, bound))
        if far.any():
            with np.errstate(all="ignore"):
                apart = np.where(far, np.nan_to_num(np.abs(value - other), nan=np.inf), -1)
            index = tuple(int(k) for k in np.unravel_index(int(np.argmax(apart)), apart.shape))
            return Difference(name, index, float(value[index]), float(other[index]))
    return None


def _near(first: Array, second: Array, slack: Array) -> Array:
    with np.errstate(all="ignore"):
        near: Array = np.abs(first - second) <= 2 * slack
    equal = (first == second) | (np.isnan(first) & np.isnan(second))
    return near | equal


def _slack(result: Returned, name: str, bound: Bound) -> Array:
    """How far rounding may take a value: what is derived where the value is right, half the digits where it is not."""
    value, uncertainty = result.values[name], result.uncertainty.get(name, 0.0)
    eps = max(np.finfo(gradient.dtype).eps for gradient in result.gradients.values())  # a loss is stored in float64
    half = np.sqrt(eps) * np.max(np.abs(value), initial=0, where=np.isfinite(value)) + uncertainty
    if not np.isfinite(value).all() or not compare(value, bound, uncertainty).agrees:
        return np.broadcast_to(half, value.shape)
    return np.where(np.isfinite(bound.tolerance), bound.tolerance + uncertainty, half)

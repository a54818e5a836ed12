"""A value with a bound on its error, and what holds for it in every operator.

Values on a grid, small integers and halves, are summed and multiplied without any rounding, in float32 too: that
makes ties decidable. What such an exact value would have lost had it been scaled before, as a sum that is written as a
mean times the number of its terms, is kept as `Bounded.latent`: no comparison on the way sees it, every result does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.evidence.arithmetic import NUMPY, VIEWS

Reals = NDArray[np.float64]

GRID, GRID_LARGEST = 2.0**5, 2.0**12


@dataclass(eq=False, slots=True)  # not frozen, which would cost a tenth of every reference
class Bounded:
    """A value in float64, and how far from it a correct implementation may be."""

    value: Reals
    error: Reals
    cut: NDArray[np.bool_] | None = None  # where a rectifier has surely made it 0: no tie with 0, and no doubt
    latent: Reals | None = None  # what an exact value would have lost, had its terms been scaled before: n Σ (d² / n)

    @property
    def scaled(self) -> Bounded:
        """As it is where a factor that is not exact may have been multiplied out."""
        return self if self.latent is None else Bounded(self.value, self.error + self.latent, self.cut)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    @property
    def largest(self) -> Reals:
        """The largest magnitude that is possible."""
        return np.abs(self.value) + self.error

    def map(self, function: Callable[[Reals], Reals]) -> Bounded:
        """The same view of value and error."""
        latent = None if self.latent is None else function(self.latent)
        return Bounded(function(self.value), function(self.error), latent=latent)


def exact(value: Any) -> Bounded:
    """A value that is given, without error."""
    array = np.asarray(value, dtype=np.float64)
    return Bounded(array, np.zeros(array.shape))


def settled(value: Any, charged: Any, is_exact: bool) -> Bounded:
    """A value with what is charged for it: at once, or where it is exact, only if it is scaled later."""
    made, error = np.asarray(value), np.asarray(charged)
    return Bounded(made, np.zeros(made.shape), latent=error) if is_exact else Bounded(made, error)


def are_exact(a: Bounded, b: Bounded) -> bool:
    """Whether both are on the grid, and without error."""
    return not a.error.any() and not b.error.any() and on_grid(a.value) and on_grid(b.value)


def on_grid(values: Reals) -> bool:
    """Whether all values are on the grid."""
    scaled = values * GRID
    return bool(((scaled == np.rint(scaled)) & (np.abs(scaled) < GRID * GRID_LARGEST)).all())


def largest_of(values: Reals) -> float:
    """The largest magnitude, 0 of no values."""
    return float(np.abs(values).max(initial=0))


def _view(function: Callable[..., Any]) -> Callable[..., Bounded]:
    """A view of arrays, of values and errors alike; a condition, which has neither, is seen as it says."""

    def viewed(detail: Any, *a: Bounded) -> Bounded:
        if len(a) == 1:
            return a[0].map(lambda array: function(detail, array))
        value, error = (function(detail, *parts) for parts in ([x.value for x in a], [x.error for x in a]))
        if all(x.latent is None for x in a):
            return Bounded(value, error)
        latent = [np.zeros_like(x.value) if x.latent is None else x.latent for x in a]
        return Bounded(value, error, latent=function(detail, *latent))

    return viewed


def _full_like(_: None, like: Bounded, a: Bounded) -> Bounded:
    """A constant in the shape of another array."""
    return a.map(lambda array: np.broadcast_to(array, like.shape))


def _sized(operator: str) -> Callable[..., Bounded]:
    """Entries moved as sizes say; what lies outside is an exact 0."""

    def moved(detail: Any, a: Bounded, *sizes: Bounded) -> Bounded:
        return a.map(lambda array: NUMPY[operator](detail, array, *(size.value for size in sizes)))

    return moved


def _counted(_: None, size: Bounded) -> int:
    """A size as a number to count to."""
    return int(size.value)


# What moves entries, and computes nothing.
MOVED: dict[str, Callable[..., Any]] = {
    **{name: _view(function) for name, function in VIEWS.items()},
    **{name: _sized(name) for name in ("windows", "reshape", "part", "pad", "repeated")},
    "causal": lambda _, __, q, k: exact(np.triu(np.full((int(q.value), int(k.value)), -1e30), 1)),
    "count": _counted,
    "full_like": _full_like,
    "broadcast": _full_like,
    "copy": lambda _, a: a,
    "cast": lambda _, a, like: a,
}

"""What is read at positions, with errors: what is given is exact, the position of the largest may be one of several.

Where the errors of two terms overlap, or two are equal, each of them may be the largest: what is read is then as
uncertain as they are apart, and each may be what the gradient goes back to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.evidence.arithmetic import NUMPY
from gdverify.evidence.bounded import Bounded, Reals
from gdverify.evidence.precision import Precision


@dataclass(eq=False, slots=True)
class Winner(Bounded):
    """The position of the largest, and all that it may be."""

    possible: NDArray[np.bool_] | None = None  # in the shape of what is compared

    def doubtful(self, axis: int) -> NDArray[np.bool_]:
        """Where one of several may be the largest, for each of them."""
        assert self.possible is not None
        return self.possible & (self.possible.sum(axis=axis, keepdims=True) > 1)


def winner(_: Precision, axes: tuple[int, ...] | None, a: Bounded) -> Winner:
    """argmax a"""
    axis = axes[0] if axes else 0
    value = np.asarray(a.value.argmax(axis=axis), dtype=np.float64)
    surely = np.nanmax(a.value - a.error, axis=axis, keepdims=True)
    possible = ~(a.value + a.error < surely)
    return Winner(value, np.zeros(value.shape), possible=possible)


def picked(_: Precision, axis: int, a: Bounded, at: Bounded) -> Bounded:
    """From each line along an axis the entry at its position"""
    made = a.map(lambda array: NUMPY["picked"](axis, array, _whole(at)))
    if not isinstance(at, Winner):
        return made
    apart = np.abs(a.value - np.expand_dims(made.value, axis)) + a.error
    spread = np.where(at.doubtful(axis), apart, 0).max(axis=axis)
    return Bounded(made.value, np.maximum(made.error, spread), latent=made.latent)


def placed(_: Precision, axis: int, dy: Bounded, at: Bounded, size: Bounded) -> Bounded:
    """Each entry put back at its position"""
    made = dy.map(lambda array: NUMPY["placed"](axis, array, _whole(at), size.value))
    if not isinstance(at, Winner):
        return made
    doubtful = at.doubtful(axis)
    # Any of those that may be the largest may receive all of it, or a share.
    reach = np.expand_dims(dy.largest, axis)
    return Bounded(made.value, np.where(doubtful, reach + made.error, made.error), latent=made.latent)


def rows(_: Precision, __: None, a: Bounded, at: Bounded) -> Bounded:
    """Whole rows"""
    return a.map(lambda array: np.asarray(array[_whole(at)]))


def added_up(p: Precision, _: None, dy: Bounded, at: Bounded, size: Bounded) -> Bounded:
    """Rows added up by their positions"""

    def added(array: Reals) -> Reals:
        return np.asarray(NUMPY["added_up"](None, array, _whole(at), size.value))

    dy = dy.scaled
    terms = added(np.ones(dy.shape))
    return Bounded(added(dy.value), added(dy.error) + np.maximum(terms - 1, 0) * p.unit * added(dy.largest))


def _whole(at: Bounded) -> NDArray[Any]:
    return np.asarray(at.value).astype(np.int64)


POSITIONS: dict[str, Callable[..., Bounded]] = {
    **{function.__name__: function for function in (winner, picked, placed, rows, added_up)},
    "largest_at": winner,
}

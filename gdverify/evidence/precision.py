"""The precision of a subject: what one of its operations may lose by rounding, underflow and overflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gdverify.evidence.bounded import GRID_LARGEST, Bounded, Reals, largest_of, settled


@dataclass(frozen=True)
class Precision:
    """What is charged for one rounding.

    Attributes:
        unit: the unit roundoff u.
        smallest: what a product may lose by underflow.
        largest: the largest value that there is.
    """

    unit: float
    smallest: float
    largest: float

    @classmethod
    def of(cls, dtype: np.dtype[Any], rounds: int = 1) -> Precision:
        """That of a dtype, its roundings charged so many times."""
        information = np.finfo(dtype)
        return cls(rounds * float(information.eps) / 2, rounds * float(information.tiny), float(information.max))

    def rounded(self, value: Reals, carried: Reals, exact_operands: bool, more: Reals | float) -> Bounded:
        """The errors carried in, one rounding of the result, and what is charged more; none of it on the grid."""
        on_grid = exact_operands and largest_of(value) < GRID_LARGEST
        return settled(value, carried + self.unit * (np.abs(value) + carried) + more, on_grid)

    def underflow(self, magnitude: Reals) -> Reals:
        """What a product may lose by underflow: nothing where a factor is 0, so that 0 · a meets a kink exactly."""
        return np.minimum(self.smallest, magnitude)

    def in_range(self, made: Bounded) -> Bounded:
        """Unbounded where a value overflows."""
        if largest_of(made.value) <= self.largest:
            return made
        error = np.where(np.abs(made.value) <= self.largest, made.error, np.inf)
        return Bounded(made.value, error, made.cut, made.latent)

"""What a subject is allowed beyond the derived bound: a factor, a coarser precision inside, one choice at kinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from gdverify.errors import UsageError

PRECISIONS = ("float64", "float32")
DECLARED = "declared"


@dataclass(frozen=True)
class Allowance:
    """How a subject is judged; as it stands, by the derived bound and nothing else.

    Attributes:
        tolerance: a factor of the derived bound.
        precision: the dtype that the subject computes in, where that is coarser than the dtype it is given.
        kink: the derivative that it has to take at kinks, a number or ``declared``; None where any subgradient will do.
    """

    tolerance: float = 1.0
    precision: str | None = None
    kink: float | str | None = None

    def __post_init__(self) -> None:
        if not _is_finite(self.tolerance) or self.tolerance <= 0:
            raise UsageError(
                f"tolerance={self.tolerance!r}: expected a finite number above 0, by which the derived bound is "
                "multiplied; 1 is the bound itself."
            )
        if self.precision is not None and self.precision not in PRECISIONS:
            raise UsageError(
                f"precision={self.precision!r}: expected one of {PRECISIONS}, the dtype that the subject computes in."
            )
        if self.kink is not None and self.kink != DECLARED and not _is_finite(self.kink):
            raise UsageError(
                f"kink={self.kink!r}: expected a number, the derivative that has to be taken at kinks, or "
                f"{DECLARED!r}, the one that each operation declares."
            )

    @property
    def said(self) -> dict[str, float | str]:
        """What differs from the default, by name, as it is written in a call."""
        default = Allowance()
        return {name: value for name, value in vars(self).items() if value != getattr(default, name)}

    def with_changes(self, changes: Mapping[str, Any]) -> Allowance:
        """With what is not None exchanged; raises UsageError as the constructor does."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def roundings(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The dtype whose roundings are charged: the coarser of the subject's and of the one it computes in."""
        inside = dtype if self.precision is None else np.dtype(self.precision)
        return max(dtype, inside, key=lambda candidate: float(np.finfo(candidate).eps))


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)

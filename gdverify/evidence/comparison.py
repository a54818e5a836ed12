"""One tensor of a subject against its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gdverify.evidence.reference import Bound


@dataclass(frozen=True)
class Comparison:
    """Whether a tensor agrees, and its worst entry.

    Attributes:
        agrees: every entry is within its tolerance.
        informative: entries whose tolerance is smaller than their size, so that a wrong value would be noticed.
        entries: how many there are.
        index, got, expected, tolerance, error: of the entry that is furthest out, relative to its tolerance, among
            those that are wrong or could be.
        vanishes: every entry should be exactly 0.
    """

    agrees: bool
    informative: int
    entries: int
    index: tuple[int, ...]
    got: float
    expected: float
    tolerance: float
    error: float
    vanishes: bool

    @property
    def excess(self) -> float:
        """The error in units of the tolerance; none where no value could be wrong."""
        if self.error == 0 or (self.agrees and self.tolerance >= abs(self.expected)):
            return 0.0
        return self.error / self.tolerance if self.tolerance > 0 else np.inf


def compare(got: Any, bound: Bound, uncertainty: Any = 0.0) -> Comparison:
    """Compare entry by entry.

    Args:
        got: the subject's values, finite wherever the tolerance is.
        bound: what they should be.
        uncertainty: how inexactly the values themselves are known, for example when recovered from a weight update.
    """
    got = np.asarray(got, dtype=np.float64)
    tolerance = bound.tolerance + uncertainty
    known = np.isfinite(tolerance)
    with np.errstate(all="ignore"):
        error = np.where(known, np.abs(got - bound.expected), 0.0)
        outside = ~(error <= np.where(known, tolerance, np.inf))  # nan is outside
        informative = known & (tolerance < np.abs(bound.expected))
        # At a kink every choice of the set is as good: only where something could be wrong does the worst entry tell.
        excess = np.where(outside | informative, np.where(error > 0, error / tolerance, 0.0), -1.0)
    place = np.unravel_index(int(np.argmax(excess)), excess.shape) if excess.size else ()
    index = tuple(int(k) for k in place)
    if not excess.size:
        return Comparison(True, 0, 0, (), 0.0, 0.0, 0.0, 0.0, True)
    return Comparison(
        not outside.any(),
        int(informative.sum()),
        int(excess.size),
        index,
        float(got[index]),
        float(bound.expected[index]),
        float(tolerance[index]),
        float(error[index]),
        not bound.expected.any(),
    )

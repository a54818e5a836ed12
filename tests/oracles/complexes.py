"""Functions at complex numbers that NumPy has at real ones only, or not at all."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

_wide = mpmath.mp.clone()
_wide.dps = 230  # a step of 1e-200 is not lost beside a number of order 1
_entries = np.frompyfunc(lambda z: complex(_wide.erf(complex(z))), 1, 1)


def complex_erf(z: Any) -> Any:
    """The error function of each entry."""
    return np.asarray(_entries(z), dtype=complex)

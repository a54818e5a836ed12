"""The derivative of relu is read off its value: what is cut off is decided, only a pre-activation of 0 is a tie."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.evidence.bounded import Bounded, exact
from gdverify.evidence.rounding import Rounding


@pytest.mark.parametrize(
    ("z", "error", "holds", "is_open", "tie"),
    [
        (-5.0, 1e-9, False, False, False),
        (5.0, 1e-9, True, False, False),
        (0.0, 0.0, False, True, True),
        (-1e-12, 1e-9, False, True, False),
        (1e-12, 1e-9, True, True, False),
    ],
)
def test_the_side_of_a_rectified_value(z: float, error: float, holds: bool, is_open: bool, tie: bool) -> None:
    arithmetic = Rounding(np.dtype("float64"))
    rectified = arithmetic.table["relu"](None, Bounded(np.array([z]), np.array([error])))
    decision = arithmetic.table["gt"](None, rectified, exact(0.0))
    assert decision.holds.tolist() == [holds]
    assert decision.open.tolist() == [is_open]
    assert arithmetic.conditions.met_tie is tie

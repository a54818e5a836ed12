"""Gradients by extrapolated differences, with how far each entry can be trusted, and the verdict beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG, ParameterVerdict
from gdverify.binding.calling.carriers import Array
from gdverify.evidence.differences import central

STEP = 2.0**-8
ROUNDING = 2.0**-52
SLIGHT = 1e-5  # of the largest entry: an ε that is added for safety, or a constant that is rounded, does as much
INFORMATIVE = 1e-3  # of the largest entry: differences that are less certain than this say nothing


@dataclass(frozen=True)
class Differences:
    """A gradient by differences, and how far each entry may be off."""

    value: Array
    error: Array


def differences(function: Callable[[Array], float], at: Array, scale: float) -> Differences:
    """``(4 D(h/2) − D(h)) / 3`` of central differences D: what they lose in h² cancels.

    Source: Richardson (1911); Press et al., Numerical Recipes, 5.7.
    """
    coarse, fine = central(function, at, STEP), central(function, at, STEP / 2)
    value = (4 * fine - coarse) / 3
    # The extrapolation gains the square of what the steps disagree by; the rest is rounding of the function.
    lost = np.abs(fine - coarse)
    smooth = lost <= 1e-3 * (np.abs(value) + np.abs(value).max(initial=0.0) * 1e-2)
    error = np.where(smooth, lost**2 / np.maximum(np.abs(value), 1e-30) + lost * 1e-3, np.inf)
    return Differences(value, error + 64 * ROUNDING * scale / STEP)


def tolerance(expected: Differences) -> Array:
    """What a right gradient may differ by from its differences; anything where these say nothing."""
    known = np.isfinite(expected.value) & np.isfinite(expected.error)
    return np.where(known, 1e-7 * _size(expected) + 8 * expected.error, np.inf)


def _size(expected: Differences) -> float:
    return float(np.abs(np.where(np.isfinite(expected.value), expected.value, 0.0)).max(initial=0.0))


def row(name: str, got: Array, expected: Differences) -> ParameterVerdict:
    """The verdict on one gradient beside its differences."""
    size = _size(expected)
    allowed = tolerance(expected)
    error = np.where(np.isfinite(allowed), np.abs(got - expected.value), 0.0)
    informative = bool(np.any(allowed < INFORMATIVE * size))
    index = np.unravel_index(int(np.argmax(error - np.where(np.isfinite(allowed), allowed, 0.0))), error.shape)
    place = tuple(int(k) for k in index)
    wrong = bool(np.any(~(error <= allowed)))
    slight = wrong and float(error.max()) <= SLIGHT * size
    return ParameterVerdict(
        name,
        UNDECIDED if slight else WRONG if wrong else CORRECT if informative else UNDECIDED,
        float(error[place]),
        float(allowed[place]),
        place,
        float(got[place]),
        float(expected.value[place]),
        int(informative),
        1,
    )


def worse(before: ParameterVerdict | None, now: ParameterVerdict) -> ParameterVerdict:
    """The row that shows more: wrong before correct, correct before undecided; counts add up."""
    if before is None:
        return now

    def rank(row: ParameterVerdict) -> tuple[int, float]:
        return {WRONG: 3, CORRECT: 1, UNDECIDED: 2 * is_slight(row)}[row.verdict], row.largest_error

    shown = max((before, now), key=rank)
    return replace(shown, informative=before.informative + now.informative, cases=before.cases + now.cases)


def is_slight(row: ParameterVerdict) -> bool:
    """Whether a gradient differs, but by so little that the equation may be meant a little differently."""
    return row.verdict == UNDECIDED and row.largest_error > row.tolerance


def fits(row: ParameterVerdict) -> bool:
    """Whether a gradient is the one by differences, at most slightly off."""
    return row.verdict == CORRECT or is_slight(row)

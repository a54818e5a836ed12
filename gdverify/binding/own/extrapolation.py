"""Gradients by extrapolated differences, with how far each entry can be trusted, and the verdict beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gdverify.auditing.verdicts import CORRECT, UNDECIDED, WRONG, ParameterVerdict
from gdverify.binding.calling.carriers import Array

STEP = 2.0**-8
ROUNDING = 2.0**-52
SLIGHT = 1e-5  # of the largest entry: an ε that is added for safety, or a constant that is rounded, does as much
ALL_OF, SOME = 60, 12  # entries: of a larger array so many are looked at
INFORMATIVE = 1e-3  # of the largest entry: differences that are less certain than this say nothing


@dataclass(frozen=True)
class Differences:
    """A gradient by differences, and how far each entry may be off."""

    value: Array
    error: Array


def differences(function: Callable[[Array], float], at: Array, scale: float, roundoff: float = ROUNDING) -> Differences:
    """Central differences D for three steps, extrapolated twice: what they lose in h² and in h⁴ cancels.

    R(h) = (4 D(h/2) − D(h)) / 3, and then (16 R(h/2) − R(h)) / 15. Source: Richardson (1911); Press et al., Numerical
    Recipes, 5.7.
    """
    entries = _some(at)
    (coarse, far), (fine, near), (finest, nearest) = (_sides(function, at, STEP / part, entries) for part in (1, 2, 4))
    once, again = (4 * fine - coarse) / 3, (4 * finest - fine) / 3
    value = (16 * again - once) / 15
    # What the second extrapolation changes is more than what is left; a kink beside the point shows in the first. At
    # a kink that is next to the point slopes agree, but the bend between both sides does not shrink with the step.
    size = np.abs(value) + 1e-2 * np.abs(value).max(initial=0.0)
    rounding = 128 * roundoff * scale / STEP
    smooth = np.abs(fine - coarse) <= 1e-3 * size
    bent, bent_less = np.abs(far - near), 2 * np.abs(near - nearest)
    kinked = (bent_less > 0.7 * bent) & (bent_less > (1e-6 * size + rounding) * STEP)
    looked_at = np.zeros(at.shape, dtype=bool)
    looked_at[tuple(np.array(entries, dtype=int).reshape(len(entries), at.ndim).T)] = True
    error = np.where(smooth & ~kinked & looked_at, np.abs(value - again), np.inf)
    return Differences(value, error + rounding)


def _sides(
    function: Callable[[Array], float], at: Array, step: float, entries: Sequence[tuple[int, ...]]
) -> tuple[Array, Array]:
    """``(f(x + h) − f(x − h)) / 2h``, and ``f(x + h) + f(x − h)`` for h relative to entries above 1."""
    slope, together = np.zeros(at.shape), np.zeros(at.shape)
    for index in entries:
        size = max(1.0, abs(float(at[index])))
        above, below = at.copy(), at.copy()
        above[index] += step * size
        below[index] -= step * size
        # The difference of the points as they were stored, not as they were meant.
        width = float(above[index]) - float(below[index])
        up, down = float(function(above)), float(function(below))
        slope[index], together[index] = (up - down) / width, (up + down) / size
    return slope, together


def _some(at: Array) -> list[tuple[int, ...]]:
    """All entries of a small array, some of a large one; other ones at another point."""
    every = list(np.ndindex(at.shape))
    if len(every) <= ALL_OF:
        return every
    rng = np.random.default_rng(np.frombuffer(at.tobytes(), np.uint8).astype(np.uint64).sum())
    return [every[place] for place in sorted(rng.choice(len(every), SOME, replace=False))]


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
    informative = allowed < INFORMATIVE * size
    index = np.unravel_index(int(np.argmax(np.where(np.isfinite(allowed), error - allowed, -np.inf))), error.shape)
    place = tuple(int(k) for k in index)
    wrong = bool(np.any(~(error <= allowed)))
    slight = wrong and float(error.max()) <= SLIGHT * size
    return ParameterVerdict(
        name,
        UNDECIDED if slight else WRONG if wrong else CORRECT if informative.any() else UNDECIDED,
        float(error[place]),
        float(allowed[place]),
        place,
        float(got[place]),
        float(expected.value[place]),
        int(informative.any()),
        1,
        int(informative.sum()),
        informative.size,
    )


def worse(before: ParameterVerdict | None, now: ParameterVerdict) -> ParameterVerdict:
    """The row that shows more: wrong before correct, correct before undecided; counts add up."""
    if before is None:
        return now

    def rank(row: ParameterVerdict) -> tuple[int, float]:
        return {WRONG: 3, CORRECT: 1, UNDECIDED: 2 * is_slight(row)}[row.verdict], row.largest_error

    shown = max((before, now), key=rank)
    return replace(
        shown,
        informative=before.informative + now.informative,
        cases=before.cases + now.cases,
        informative_entries=before.informative_entries + now.informative_entries,
        entries=before.entries + now.entries,
    )


def is_slight(row: ParameterVerdict) -> bool:
    """Whether a gradient differs, but by so little that the equation may be meant a little differently."""
    return row.verdict == UNDECIDED and row.largest_error > row.tolerance


def fits(row: ParameterVerdict) -> bool:
    """Whether a gradient is the one by differences, at most slightly off."""
    return row.verdict == CORRECT or is_slight(row)

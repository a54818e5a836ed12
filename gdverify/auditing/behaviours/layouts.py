"""Arrays with the same values, laid out in memory in another way: a row each.

An argument may be a column of a larger array, a transpose, or protected. A right implementation does not notice: it
returns the same up to rounding (not to the bit, since libraries sum in another order), or refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gdverify.auditing.behaviours.agreement import Difference, beyond_rounding
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.trial import Trial
from gdverify.auditing.execution import Array, call_on, raised
from gdverify.auditing.problems import Problem


def read_only(array: Array) -> Array:
    """A copy that cannot be written into."""
    made = array.copy()
    made.flags.writeable = False
    return made


def spread(array: Array) -> Array:
    """Every second entry, along each axis, of a larger array; nan in between, so that who reads it shows it."""
    # The number of a class has no nan, and none is negative.
    around = np.full([2 * size + 1 for size in array.shape], -1 if array.dtype.kind in "iu" else np.nan, array.dtype)
    between: Any = (*(slice(1, None, 2) for _ in array.shape), ...)
    made: Array = around[between]
    made[...] = array
    return made


def fortran(array: Array) -> Array:
    """A copy whose first index runs fastest."""
    return np.array(array, order="F")


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "read-only": read_only,
    "non-contiguous": spread,
    "Fortran-ordered": fortran,
}


def laid_out(trial: Trial) -> Iterator[Sighting]:
    """What the subject makes of each layout."""
    for name, layout in LAYOUTS.items():
        try:
            result = call_on(trial.subject, trial.derivation, trial.case, trial.case.copied(layout))
        except Problem as problem:
            yield _refusal(trial, name, problem)
            continue
        different = beyond_rounding(trial.returned, result, trial.bounds)
        if different is not None:
            yield _other(trial, name, different)


def _refusal(trial: Trial, layout: str, problem: Problem) -> Sighting:
    cause = problem.__cause__
    said = str(problem) if cause is None or problem.kind != "raises" else f"it raised {raised(cause, trial.subject)}"
    return Sighting(*refusal(layout, said, cause), trial.case)


def refusal(layout: str, said: str, cause: BaseException | None) -> tuple[str, str]:
    """The kind and the message of what cannot be called with arrays of a layout.

    Args:
        layout: a key of `LAYOUTS`.
        said: what it did instead.
        cause: what it raised, if anything.
    """
    if layout == "read-only" and _is_write(cause):
        return (
            "writes and restores",
            f"given read-only arrays {said}: it changes its arguments and changes them back; expected that they are "
            "left alone, since who shares them sees the change; work on a copy.",
        )
    return (
        f"refuses {layout} arrays",
        f"given {layout} arrays {said}; expected the result that it returns for other arrays with these values.",
    )


def _is_write(cause: BaseException | None) -> bool:
    """Whether a write into protected memory was refused, and not a buffer to compiled code, which may never write."""
    said = str(cause)
    return isinstance(cause, (ValueError, TypeError)) and "read-only" in said and not said.startswith("buffer source")


def _other(trial: Trial, layout: str, different: Difference) -> Sighting:
    return Sighting(*other(layout, different), trial.case, frozenset({different.tensor}))


def other(layout: str, different: Difference) -> tuple[str, str]:
    """The kind and the message of results that differ on arrays of a layout."""
    return (
        f"other results on {layout} arrays",
        f"{different.place} is {different.second:.6g} for {layout} arrays and {different.first:.6g} for others with "
        "the same values: expected the same; look for code that reads memory in the order in which it lies, such as "
        "ravel('K'), strides written out, or a pointer.",
    )

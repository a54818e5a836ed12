"""How arguments lie in memory: as the arrays of the case do, so that the code meets what its users hand over.

What is put inside an object is in memory of its own, writable and in rows: those arrays are the object's, which made
them so itself and may change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gdverify.auditing.behaviours.layouts import fortran, read_only, spread
from gdverify.binding.calling.carriers import Array

# How one sees it in an array, and how another is laid out so.
WAYS: tuple[tuple[Callable[[Array], bool], Callable[[Array], Array]], ...] = (
    (lambda array: not array.flags.writeable, read_only),
    (lambda array: not (array.flags.c_contiguous or array.flags.f_contiguous), spread),
    (lambda array: not array.flags.c_contiguous, fortran),
)


def alike(made: Any, given: Iterable[Array]) -> Any:
    """What is handed over, laid out in memory as the arrays are that it was made from; what is no array stays."""
    if type(made) is not np.ndarray or made.dtype.kind not in "fiub":
        return made
    every = [one for one in given if not (one.flags.c_contiguous and one.flags.writeable)]  # what no row is for
    way = next((lay for shows, lay in WAYS if any(map(shows, every))), None)
    return made if way is None else way(made)

"""Packages that compute in single precision unless they are told otherwise are told so for the time of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.packages import jax_precision, torch_precision

PRECISIONS = {"torch": ("set_default_dtype", torch_precision), "jax": ("enable_x64", jax_precision)}


@contextmanager
def precise(arrays: Mapping[str, Array]) -> Iterator[None]:
    """What the packages that the user's code has imported make along the way has the dtype of what goes in."""
    dtypes = [array.dtype.name for array in arrays.values() if array.dtype.kind == "f"]
    with ExitStack() as stack:
        for package, (setting, told) in PRECISIONS.items():
            if dtypes and hasattr(sys.modules.get(package), setting):
                stack.enter_context(told(dtypes[0]))
        yield

"""What a subject returned for one tensor, read as an array of exactly the right shape and dtype.

Taken as they are: arrays of NumPy and of libraries that NumPy can read, memory-mapped ones too; and numbers and nested
lists of numbers of Python, which have no dtype of their own and get the case's. Everything else is refused by name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.problems import Problem
from gdverify.errors import described

Dtype = np.dtype[Any]

# What to do about a gradient of another kind of dtype.
REMEDIES = {
    "f": "Where the implementation computes in one dtype only, say so: {declared}.",
    "c": "The gradient of a real loss is real: look for the square root or logarithm that turned complex.",
    "i": "Whole numbers cannot hold a gradient: look for // or for a buffer that was made with an integer dtype.",
    "u": "Whole numbers cannot hold a gradient: look for // or for a buffer that was made with an integer dtype.",
    "b": "A mask is no gradient yet: multiply it by the gradient that arrives.",
    "O": "Its entries are Python objects: look for None among them, or for np.array(…, dtype=object).",
}
OTHERWISE = "Its entries are no numbers."


def gradient(
    name: str, value: Any, shape: tuple[int, ...], dtype: Dtype, declaring: Callable[[str], str]
) -> NDArray[Any]:
    """The gradient of a tensor, not copied.

    Args:
        name: of the tensor.
        value: what the subject returned.
        shape, dtype: exactly what it should have.
        declaring: how it is said what the code can take.

    Raises:
        Problem: it is something else.
    """
    if value is None:
        raise Problem("returns None", f"the gradient of {name} is None: expected an array of shape {shape}.")
    _refuse_masked(name, value)
    array = _of_python_numbers(made(f"the gradient of {name}", value), value, dtype)
    if array.shape != shape:
        raise Problem(
            "wrong shape",
            f"the gradient of {name} has shape={array.shape}: expected exactly {shape}, the shape of {name}; "
            "NumPy would broadcast it silently in an update.",
        )
    if array.dtype != dtype:
        raise Problem(
            "wrong dtype",
            f"the gradient of {name} has dtype={array.dtype}: expected {dtype}, that of the parameters. "
            + REMEDIES.get(array.dtype.kind, OTHERWISE).format(declared=declaring("dtypes=('float64',)")),
        )
    return array


def scalar(loss: Any) -> float:
    """The loss; raises Problem where it is not one real number."""
    array = made("the loss", loss)
    if array.shape != ():
        raise Problem("wrong shape", f"the loss has shape={array.shape}: expected a number, shape ().")
    if array.dtype.kind not in "fiu":
        raise Problem("wrong dtype", f"the loss has dtype={array.dtype}: expected a real number.")
    return float(array)


def uncertainty(name: str, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """How inexactly a recovered gradient is known; raises Problem where that has another shape."""
    array = made(f"the uncertainty of {name}", value)
    if array.shape != shape:
        raise Problem("wrong shape", f"the uncertainty of {name} has shape={array.shape}: expected exactly {shape}.")
    return array


def made(what: str, value: Any) -> NDArray[Any]:
    """The value as an array, without a copy where it is one; raises Problem where NumPy cannot read it."""
    try:
        return np.asarray(value)
    except Exception as error:  # rows of different lengths, or a tensor that refuses
        raise Problem(
            "no array", f"{what} is a {type(value).__name__} that NumPy cannot read: {described(error)}"
        ) from error


def _refuse_masked(name: str, value: Any) -> None:
    if "numpy.ma" not in sys.modules:
        return  # NumPy loads that on demand, and nobody has asked it for a masked array
    masked = int(np.ma.getmaskarray(value).sum()) if isinstance(value, np.ma.MaskedArray) else 0
    if masked:
        raise Problem(
            "masked entries",
            f"the gradient of {name} is a masked array, and {masked} of its {value.size} entries are masked: expected "
            "a number in each, since an update would leave those weights as they are; return .filled(0) if 0 is meant.",
        )


def _of_python_numbers(array: NDArray[Any], value: Any, dtype: Dtype) -> NDArray[Any]:
    """Numbers of Python, alone or in nested lists, in the dtype of the case; anything else as it is."""
    if array.dtype == dtype or not isinstance(value, (int, float, list, tuple)) or isinstance(value, np.generic):
        return array
    plain = all(isinstance(n, (int, float)) and not isinstance(n, np.generic) for n in _leaves(value))
    return array.astype(dtype) if plain else array


def _leaves(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value]
    return [leaf for part in value for leaf in _leaves(part)]

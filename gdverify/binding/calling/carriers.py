"""What carries numbers: arrays, nested Python lists, plain numbers, tensors of other packages. A row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.binding.calling import packages

Array = NDArray[Any]
Maker = Callable[[Array], Any]


@dataclass(frozen=True)
class Carrier:
    """One way of carrying numbers.

    Attributes:
        name: of the row.
        holds: whether a value is carried so.
        read: the numbers as an array.
        make: a value of this kind from an array, in memory of its own.
        attached: the attributes of a value that may hold further numbers, such as the gradient of a tensor.
        precision: the setting under which what is made along the way has a dtype.
        said: what a reader should know of it.
    """

    name: str
    holds: Callable[[Any], bool]
    read: Callable[[Any], Array]
    make: Maker
    attached: Callable[[Any], tuple[str, ...]] = lambda value: ()
    precision: Callable[[str], AbstractContextManager[Any]] = nullcontext
    said: str = ""


def _is_numeric_list(value: Any) -> bool:
    """A vector or matrix as nested lists; a list of matrices is a container, since layers differ in shape."""
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(row, list) for row in value):
        return len({len(row) for row in value}) == 1 and all(_is_number(entry) for row in value for entry in row)
    return all(_is_number(entry) for entry in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def _to_number(array: Array) -> Any:
    # A NumPy scalar keeps the dtype that a Python number would lose.
    return array.reshape(())[()]


CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "array",
        lambda value: isinstance(value, np.ndarray) and value.dtype.kind in "fiub",
        np.asarray,
        lambda array: np.array(array, order="C"),
    ),
    Carrier("number", _is_number, np.asarray, _to_number),
    Carrier("list", _is_numeric_list, np.asarray, lambda array: array.tolist(), said="is given Python's own numbers"),
    *(
        Carrier(
            name,
            partial(packages.is_tensor, parameter=parameter, tracked=tracked),
            packages.from_tensor,
            packages.to_tensor(parameter, tracked),
            packages.with_gradient,
            packages.torch_precision,
            packages.TORCH,
        )
        for name, parameter, tracked in (
            ("tensor", False, False),
            ("differentiated tensor", False, True),
            ("parameter", True, True),
            ("frozen parameter", True, False),
        )
    ),
    Carrier(
        "jax array", packages.is_jax, np.asarray, packages.to_jax, precision=packages.jax_precision, said=packages.JAX
    ),
)


OWN = CARRIERS[:3]  # rows that need no other package
IN_PARTS = frozenset([dict, tuple, str, bool, type(None)])  # no row carries them, and most of what is walked is one


def carrier_of(value: Any) -> Carrier | None:
    """The row that carries a value; None where it holds no numbers, or holds them in parts."""
    if type(value) not in IN_PARTS:
        for carrier in CARRIERS if packages.are_loaded() else OWN:
            if carrier.holds(value):
                return carrier
    return None


def called(name: str) -> Carrier:
    """The row of a name."""
    return next(carrier for carrier in CARRIERS if carrier.name == name)


def precision_of(carrier: Carrier, values: Mapping[str, Array]) -> AbstractContextManager[Any]:
    """The setting under which a run on some values computes in their dtype."""
    if carrier.precision is nullcontext:
        return nullcontext()
    floating = next((array.dtype for array in values.values() if array.dtype.kind == "f"), None)
    return nullcontext() if floating is None else carrier.precision(floating.name)


def in_dtype(array: Array, dtype: str) -> Array:
    """The array in a dtype, unless it counts something."""
    return array.astype(dtype) if array.dtype.kind == "f" else array

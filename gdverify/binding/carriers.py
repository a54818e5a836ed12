"""What carries numbers: arrays, nested Python lists, plain numbers, tensors of torch. A row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """

    name: str
    holds: Callable[[Any], bool]
    read: Callable[[Any], Array]
    make: Maker


def _is_tensor(value: Any) -> bool:
    # Asked by its module: torch is optional, and a file that does not use it should not pay its import.
    return type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach")


def _to_tensor(array: Array) -> Any:
    import torch

    return torch.from_numpy(np.array(array, order="C"))


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
    Carrier("list", _is_numeric_list, np.asarray, lambda array: array.tolist()),
    Carrier("tensor", _is_tensor, lambda value: value.detach().cpu().numpy(), _to_tensor),
)


def carrier_of(value: Any) -> Carrier | None:
    """The row that carries a value; None where it holds no numbers, or holds them in parts."""
    return next((carrier for carrier in CARRIERS if carrier.holds(value)), None)

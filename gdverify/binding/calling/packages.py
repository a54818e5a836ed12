"""Numbers of other packages: tensors of torch and arrays of jax, and the setting under which each keeps a precision.

Nothing is imported here: what the user's file has not imported, it does not use. Both packages compute in float32
unless they are told otherwise. They are told by their own settings, for the time of a call and back again, so that an
audit in float64 is one, and one in float32 too; what the user's code converts itself stays converted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TORCH = "runs on tensors of torch, whose default dtype is that of each case for the time of a call"
JAX = "runs on arrays of jax, which keep 64 bits for the time of a call where the case has them"


def are_loaded() -> bool:
    """Whether there may be numbers of another package."""
    return "torch" in sys.modules or "jax" in sys.modules


def is_tensor(value: Any, parameter: bool, tracked: bool) -> bool:
    """Whether a value is a tensor of torch, a parameter of a module or not, and differentiated by torch or not."""
    torch: Any = sys.modules.get("torch")
    if not hasattr(torch, "Tensor") or not isinstance(value, torch.Tensor):
        return False
    return isinstance(value, torch.nn.Parameter) == parameter and bool(value.requires_grad and value.is_leaf) == tracked


def from_tensor(value: Any) -> Array:
    """The numbers of a tensor."""
    numbers: Array = value.detach().cpu().numpy()
    return numbers


def to_tensor(parameter: bool, tracked: bool) -> Callable[[Array], Any]:
    """What makes a tensor of an array, in memory of its own."""

    def make(array: Array) -> Any:
        _refuse_symbols(array, "tensors of torch")
        torch: Any = sys.modules["torch"]
        tensor = torch.from_numpy(np.array(array, order="C"))
        if parameter:
            return torch.nn.Parameter(tensor, requires_grad=tracked)
        return tensor.requires_grad_() if tracked else tensor

    return make


def with_gradient(value: Any) -> tuple[str, ...]:
    """The gradient that a tensor may have; torch warns where it keeps none."""
    return ("grad",) if value.is_leaf else ()


def _refuse_symbols(array: Array, what: str) -> None:
    if type(array) is not np.ndarray or array.dtype.kind == "O":  # a traced one says that it is of floats
        raise TypeError(f"{what} hold numbers, and neither symbols nor balls")


@contextmanager
def torch_precision(dtype: str) -> Iterator[None]:
    """What torch makes without a dtype has this one."""
    torch: Any = sys.modules["torch"]
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def is_jax(value: Any) -> bool:
    """Whether a value is an array of jax."""
    jax: Any = sys.modules.get("jax")
    return hasattr(jax, "Array") and isinstance(value, jax.Array)


def to_jax(array: Array) -> Any:
    """An array of jax."""
    _refuse_symbols(array, "arrays of jax")
    return sys.modules["jax"].numpy.array(array)


def jax_precision(dtype: str) -> AbstractContextManager[Any]:
    """Arrays of jax keep 64 bits; by default it makes float32 of float64 and says nothing."""
    kept: AbstractContextManager[Any] = sys.modules["jax"].enable_x64(dtype == "float64")
    return kept

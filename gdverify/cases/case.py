"""One data point for an implementation: sizes, parameters, inputs, targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Case:
    """What a subject is called with.

    Attributes:
        sizes: the size of each axis, for example ``{"batch": 3, "inputs": 2, "outputs": 1}``.
        options: the choices that make the member of the family, for example ``{"hidden": 2}``.
        inputs, parameters, targets: arrays by name, in the shapes of the architecture's tensors.
        upstream: for a single operation, the gradient that arrives from behind, by name.
        regime: how the values were drawn.
        dtype: of every array.
    """

    sizes: Mapping[str, int]
    options: Mapping[str, Any]
    inputs: Mapping[str, Array]
    parameters: Mapping[str, Array]
    targets: Mapping[str, Array]
    upstream: Mapping[str, Array]
    regime: str
    dtype: np.dtype[np.floating[Any]]

    @property
    def arrays(self) -> dict[str, Array]:
        """Every array by name, in the order in which generated functions take them."""
        return {**self.inputs, **self.parameters, **self.targets, **self.upstream}

    @property
    def entries(self) -> int:
        """How many numbers the case has."""
        return sum(array.size for array in self.arrays.values())

    def replaced(self, **arrays: Array) -> Case:
        """The same case with some arrays exchanged."""
        return replace(
            self,
            inputs={name: arrays.get(name, value) for name, value in self.inputs.items()},
            parameters={name: arrays.get(name, value) for name, value in self.parameters.items()},
            targets={name: arrays.get(name, value) for name, value in self.targets.items()},
            upstream={name: arrays.get(name, value) for name, value in self.upstream.items()},
        )

    def copied(self, copy: Callable[[Array], Array] = np.ndarray.copy) -> Case:
        """The same case in memory of its own, laid out there as ``copy`` does it."""
        made = self.replaced(**{name: copy(value) for name, value in self.arrays.items()})
        return replace(made, sizes=dict(self.sizes), options=dict(self.options))

    def __repr__(self) -> str:
        return "Case(" + "; ".join(self.lines()) + ")"

    def lines(self) -> Iterator[str]:
        """Assignments that rebuild every array, to be pasted behind ``import numpy as np``."""
        for name, value in self.arrays.items():
            yield f"{name} = {literal(value)}"


PERIOD = 6  # longer arrays that repeat after so many entries are written as a repetition


def literal(value: Array) -> str:
    """An expression that gives the array again, to the last digit."""
    dtype = "" if value.dtype == np.float64 else f", dtype=np.{value.dtype.name}"
    first = value.ravel()[:PERIOD]
    # Compared by their bytes: 0 and −0 are equal.
    if value.size > 2 * PERIOD and np.resize(first, value.shape).tobytes() == value.tobytes():
        return f"np.resize(np.array({_numbers(first)}{dtype}), {value.shape})"
    return f"np.array({_numbers(value)}{dtype}){_reshaped(value)}"


def _numbers(value: Array) -> str:
    return repr(value.tolist()).replace("inf", "np.inf").replace("nan", "np.nan")


def _reshaped(value: Array) -> str:
    # Nested lists lose what stands behind an axis of size 0.
    return f".reshape({value.shape})" if value.size == 0 else ""

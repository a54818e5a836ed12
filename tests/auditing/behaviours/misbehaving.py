"""Layers that do what they should not, each beside one that is written so that it does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gdverify.cases.case import Array, Case
from gdverify.notation import operation, total
from tests.auditing.subjects import Gradients, layer

Function = Callable[[Case], Gradients]


@operation("loss")
def correlation(y: Any, t: Any) -> Any:
    """Its gradient by y is t itself."""
    return total(y * t)


@operation("z")
def added(x: Any, y: Any) -> Any:
    """The gradient that arrives is that of both."""
    return x + y


# -- arguments


def changes(name: str) -> Function:
    def subject(case: Case) -> Gradients:
        found = layer(case)
        case.arrays[name].flat[0] += 1e-9
        return found

    return subject


def changes_copies(case: Case) -> Gradients:
    for array in case.arrays.values():
        array.copy().flat[0] += 1e-9
    return layer(case)


def hides(case: Case) -> Gradients:
    """Takes its arrays away from the case, and what the case says of itself, after it has changed them."""
    found = layer(case)
    case.inputs["W"][...] = 0
    for mapping in (case.inputs, case.upstream, case.sizes, case.options):
        mapping.clear()  # type: ignore[attr-defined]
    return found


def reshapes(case: Case) -> Gradients:
    found = layer(case)
    case.inputs["W"].resize(case.inputs["W"].size)
    return found


def restores(case: Case) -> Gradients:
    found = layer(case)
    kept = case.inputs["W"].copy()
    case.inputs["W"][...] = 0
    case.inputs["W"][...] = kept
    return found


# -- memory


def passed_on(case: Case) -> Gradients:
    return {"x": case.upstream["dz"], "y": case.upstream["dz"].copy()}


def one_for_both(case: Case) -> Gradients:
    dx = case.upstream["dz"].copy()
    return {"x": dx, "y": dx.reshape(dx.shape)}


def halves_of_one(case: Case) -> Gradients:
    """Interleaved in memory, without a byte in common."""
    dz = case.upstream["dz"]
    both = np.stack((dz, dz), axis=-1)
    return {"x": both[..., 0], "y": both[..., 1]}


def the_target(case: Case) -> Gradients:
    return {"y": case.targets["t"]}


def like_the_target(case: Case) -> Gradients:
    return {"y": case.targets["t"].copy()}


class Buffered:
    """Returns a buffer of its own, the same in every call."""

    def __init__(self, copy: Callable[[Array], Array]) -> None:
        self.copy = copy
        self.W: Array = np.empty(0)

    def __call__(self, case: Case) -> Gradients:
        found = layer(case)
        if (self.W.dtype, self.W.shape) != (case.dtype, found["W"].shape):
            self.W = np.empty_like(found["W"])
        self.W[...] = found["W"]
        return {**found, "W": self.copy(self.W)}


# -- state


class Accumulating:
    """Keeps a part of the gradients of earlier calls."""

    def __init__(self, part: float) -> None:
        self.part = part
        self.W: Any = 0.0

    def __call__(self, case: Case) -> Gradients:
        found = layer(case)
        if np.shape(self.W) != found["W"].shape:
            self.W = 0.0
        self.W = np.asarray(self.part * self.W + found["W"], case.dtype)
        return {**found, "W": self.W.copy()}


def of_python(shape: tuple[int, ...]) -> Array:
    return np.array([random.random() for _ in range(int(np.prod(shape)))]).reshape(shape)


def masked(draw: Callable[[tuple[int, ...]], Array], rate: float) -> Function:
    """Dropout on the gradient."""

    def subject(case: Case) -> Gradients:
        found = layer(case)
        mask = (draw(found["W"].shape) >= rate).astype(case.dtype)
        return {**found, "W": mask * found["W"] / case.dtype.type(1 - rate)}

    return subject


class Cached:
    """Keeps x until what it is keyed by changes."""

    def __init__(self, key: Callable[[Array], Any]) -> None:
        self.key = key
        self.known: Any = None
        self.x: Array = np.empty(0)

    def __call__(self, case: Case) -> Gradients:
        x = case.inputs["x"]
        if self.key(x) != self.known:
            self.known, self.x = self.key(x), x.copy()
        return layer(case.replaced(x=self.x))


class Warm:
    """Its first call differs."""

    def __init__(self, first: float) -> None:
        self.more = first

    def __call__(self, case: Case) -> Gradients:
        found = layer(case)
        found["W"] = found["W"] + case.dtype.type(self.more)
        self.more = 0.0
        return found


class Alternating:
    """Every other call is off by so many units in the last place, where rounding might be."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.calls = 0

    def __call__(self, case: Case) -> Gradients:
        self.calls += 1
        found = layer(case)
        rounded = (found["W"] * 4 % 1 != 0) & (case.sizes["batch"] > 3)  # sums of simple numbers are exact
        off = 1 + (self.calls % 2) * self.units * np.finfo(case.dtype).eps
        return {**found, "W": np.where(rounded, found["W"] * case.dtype.type(off), found["W"])}


# -- layouts


def flattened(order: Any) -> Function:
    def subject(case: Case) -> Gradients:
        x = case.inputs["x"]
        return layer(case.replaced(x=x.ravel(order).reshape(x.shape)))

    return subject


def windowed(strides: Callable[[Array], tuple[int, ...]]) -> Function:
    """As im2col does it."""

    def subject(case: Case) -> Gradients:
        x = case.inputs["x"]
        return layer(case.replaced(x=as_strided(x, x.shape, strides(x)).copy()))

    return subject


def as_if_contiguous(x: Array) -> tuple[int, ...]:
    return (x.shape[1] * x.itemsize, x.itemsize)


def as_it_is(x: Array) -> tuple[int, ...]:
    return x.strides


def demands(flag: str, message: str) -> Function:
    def subject(case: Case) -> Gradients:
        for array in case.arrays.values():
            if not array.flags[flag]:
                raise ValueError(message)
        return layer(case)

    return subject


def only_if_writable(otherwise: float) -> Function:
    def subject(case: Case) -> Gradients:
        found = layer(case)
        factor = 1.0 if case.inputs["W"].flags.writeable else otherwise
        return {**found, "W": found["W"] * case.dtype.type(factor)}

    return subject


# -- batches of none


def empty(change: Callable[[Gradients, Case], Gradients]) -> Function:
    """The layer, with another result for a batch without samples."""

    def subject(case: Case) -> Gradients:
        found = layer(case)
        return found if case.sizes["batch"] else change(found, case)

    return subject


def raising(error: BaseException) -> Callable[[Gradients, Case], Gradients]:
    def change(found: Gradients, case: Case) -> Gradients:
        raise error

    return change


def hanging(found: Gradients, case: Case) -> Gradients:
    while True:
        pass

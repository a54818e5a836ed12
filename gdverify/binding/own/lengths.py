"""Tensors of arrays that no equation describes: each axis is called by its length, since lengths are all different."""

from __future__ import annotations

from collections.abc import Sequence

from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor


def tensor_of(name: str, shape: tuple[int, ...]) -> Tensor:
    """A tensor of this shape."""
    # Lengths are all different, so that an axis may be called by its length.
    return Tensor(name, [Axis(f"length{n}", "n") for n in shape])


def axis_size(axis: Axis) -> int:
    """The length that an axis is called by."""
    return int(axis.name.removeprefix("length"))


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The shape that a tensor was made for."""
    return tuple(axis_size(axis) for axis in tensor.axes)


def sizes_of(tensors: Sequence[Tensor]) -> dict[str, int]:
    """The sizes of the axes of some tensors."""
    return {axis.name: axis_size(axis) for tensor in tensors for axis in tensor.axes}

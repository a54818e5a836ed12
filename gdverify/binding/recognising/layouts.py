"""Layouts: how tensors of the mathematics may be stored in an array of an implementation. One row each.

A row maps one tensor, or a weight with its bias, onto one array. ``W1[outputs, inputs] = self.weights[0][:, :-1]``
reads: the tensor on the left is found in the array on the right. What holds for a tensor holds for its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor

Axes = tuple[Axis, ...]
# One dimension of the stored array: an axis and how much longer the array is, or no axis and the length itself.
Dimension = tuple[Axis | None, int]
Shapes = Sequence[tuple[int, ...]]
BATCH = ("batch", "points")  # axes over samples: what takes one sample only has none for them


@dataclass(frozen=True)
class Layout:
    """One way of storing tensors in an array.

    Attributes:
        name: in messages.
        tensors: how many tensors one array holds.
        dimensions: of the stored array, for the axes of the tensors; None where the row does not apply.
        store: the array, from the tensors.
        read: the tensors, from the array and their shapes.
        written: where each tensor stands in the array, ``{}`` being the array.
        alone: places of the axes that must have size 1, because the array has no room for more.
    """

    name: str
    tensors: int
    dimensions: Callable[..., tuple[Dimension, ...] | None]
    store: Callable[..., Array]
    read: Callable[[Array, Shapes], tuple[Array, ...]]
    written: tuple[str, ...]
    alone: tuple[int, ...] = ()

    def text(self, tensors: Sequence[Tensor], place: str) -> str:
        """``W1[outputs, inputs] = place.T``, for each tensor."""
        return "; ".join(f"{t} = {way.format(place)}" for t, way in zip(tensors, self.written, strict=True))

    def fixed(self, tensors: Sequence[Tensor]) -> dict[str, int]:
        """The axes of the first tensor that must have size 1."""
        return {tensors[0].axes[place].name: 1 for place in self.alone}

    def unify(
        self, tensors: Sequence[Tensor], shape: tuple[int, ...], known: Mapping[str, int]
    ) -> dict[str, int] | None:
        """The sizes of all axes, those that are known and those that the shape tells; None where it does not fit."""
        dimensions = self.dimensions(*(tensor.axes for tensor in tensors))
        if dimensions is None or len(dimensions) != len(shape):
            return None
        sizes = dict(known)
        for (axis, more), length in zip(dimensions, shape, strict=True):
            if axis is None:
                if length != more:
                    return None
            elif length - more < 1 or sizes.setdefault(axis.name, length - more) != length - more:
                return None
        for name, size in self.fixed(tensors).items():
            if sizes.setdefault(name, size) != size:
                return None
        return sizes

    def shape(self, tensors: Sequence[Tensor], sizes: Mapping[str, int]) -> tuple[int, ...] | None:
        """The shape of the stored array; None where the row does not apply at these sizes."""
        dimensions = self.dimensions(*(tensor.axes for tensor in tensors))
        if dimensions is None or any(sizes[name] != 1 for name in self.fixed(tensors)):
            return None
        return tuple(more if axis is None else sizes[axis.name] + more for axis, more in dimensions)


def _plain(*axes: Axis) -> tuple[Dimension, ...]:
    return tuple((axis, 0) for axis in axes)


def _ranked(rank: int, made: Callable[[Axes], tuple[Dimension, ...]]) -> Callable[[Axes], tuple[Dimension, ...] | None]:
    return lambda axes: made(axes) if len(axes) == rank else None


def _one_sample(axes: Axes) -> tuple[Dimension, ...] | None:
    return _plain(*axes[1:]) if len(axes) >= 1 and axes[0].name in BATCH else None


def _one_last(axes: Axes) -> tuple[Dimension, ...] | None:
    return _plain(*axes[:-1]) if len(axes) == 2 else None


def _one_first(axes: Axes) -> tuple[Dimension, ...] | None:
    return _plain(*axes[1:]) if len(axes) == 2 and axes[0].name not in BATCH else None


def _one_entry(axes: Axes) -> tuple[Dimension, ...] | None:
    return () if len(axes) == 1 and axes[0].name not in BATCH else None


def _folded(by_rows: bool) -> Callable[[Axes, Axes], tuple[Dimension, ...] | None]:
    """The bias of each output beside its weights: a column more of (out, in), or a row more of (in, out)."""

    def dimensions(W: Axes, b: Axes) -> tuple[Dimension, ...] | None:
        if len(W) != 2 or b != W[:1]:
            return None
        out, inputs = (W[0], 0), (W[1], 1)
        return (inputs, out) if by_rows else (out, inputs)

    return dimensions


def _reshaped(array: Array, shapes: Shapes) -> tuple[Array, ...]:
    return (array.reshape(shapes[0]),)


LAYOUTS: tuple[Layout, ...] = (
    Layout("as it is", 1, lambda axes: _plain(*axes), lambda t: t, lambda a, _: (a,), ("{}",)),
    Layout(
        "transposed",
        1,
        _ranked(2, lambda axes: _plain(axes[1], axes[0])),
        lambda t: t.T,
        lambda a, _: (a.T,),
        ("{}.T",),
    ),
    Layout(
        "row",
        1,
        _ranked(1, lambda axes: ((None, 1), (axes[0], 0))),
        lambda t: t[None],
        lambda a, _: (a[0],),
        ("{}[0]",),
    ),
    Layout(
        "column",
        1,
        _ranked(1, lambda axes: ((axes[0], 0), (None, 1))),
        lambda t: t[:, None],
        lambda a, _: (a[:, 0],),
        ("{}[:, 0]",),
    ),
    Layout("vector of one", 1, _ranked(0, lambda axes: ((None, 1),)), lambda t: t.reshape(1), _reshaped, ("{}[0]",)),
    Layout(
        "one by one",
        1,
        _ranked(0, lambda axes: ((None, 1), (None, 1))),
        lambda t: t.reshape(1, 1),
        _reshaped,
        ("{}[0, 0]",),
    ),
    Layout("one sample", 1, _one_sample, lambda t: t[0], _reshaped, ("{}[None]",), (0,)),
    Layout("one output", 1, _one_last, lambda t: t[:, 0], _reshaped, ("{}[:, None]",), (1,)),
    Layout("one row", 1, _one_first, lambda t: t[0], _reshaped, ("{}[None]",), (0,)),
    Layout("one entry", 1, _one_entry, lambda t: t[0], _reshaped, ("[{}]",), (0,)),
    Layout(
        "bias as last column",
        2,
        _folded(by_rows=False),
        lambda W, b: np.concatenate((W, b[:, None]), axis=1),
        lambda a, _: (a[:, :-1], a[:, -1]),
        ("{}[:, :-1]", "{}[:, -1]"),
    ),
    Layout(
        "bias as first column",
        2,
        _folded(by_rows=False),
        lambda W, b: np.concatenate((b[:, None], W), axis=1),
        lambda a, _: (a[:, 1:], a[:, 0]),
        ("{}[:, 1:]", "{}[:, 0]"),
    ),
    Layout(
        "bias as last row",
        2,
        _folded(by_rows=True),
        lambda W, b: np.concatenate((W.T, b[None]), axis=0),
        lambda a, _: (a[:-1].T, a[-1]),
        ("{}[:-1].T", "{}[-1]"),
    ),
    Layout(
        "bias as first row",
        2,
        _folded(by_rows=True),
        lambda W, b: np.concatenate((b[None], W.T), axis=0),
        lambda a, _: (a[1:].T, a[0]),
        ("{}[1:].T", "{}[0]"),
    ),
)
# A loss for each sample stands for their sum or their mean; the length of the array is any.
REDUCED: tuple[Layout, ...] = (
    Layout("summed", 1, lambda axes: None, lambda t: t, lambda a, _: (a.sum(),), ("{}.sum()",)),
    Layout("averaged", 1, lambda axes: None, lambda t: t, lambda a, _: (a.mean(),), ("{}.mean()",)),
)
# A gradient that was summed over too many axes: one number, which stands in every entry.
SPREAD = Layout(
    "one number",
    1,
    lambda axes: None,
    lambda t: t,
    lambda a, shapes: (np.broadcast_to(a.reshape(()), shapes[0]).copy(),),
    ("{} in every entry",),
)


def classes(t: Array) -> Array:
    """The class of each sample, (batch,), from targets that are 1 for it and 0 for the others, (batch, outputs).

    Raises:
        Untraceable: the targets are symbols; whole numbers are none, so that what is computed of them does not show.
    """
    numbers = getattr(t, "numbers", None)
    if numbers is not None:
        from gdverify.tracing.symbols import Symbols

        if isinstance(numbers, Symbols):
            numbers.refuse("is handed labels, which are whole numbers and no symbols")
    return t.argmax(axis=1)


# A target that is 1 for one class and 0 for the others, as the number of that class.
LABELS = Layout(
    "labels",
    1,
    _ranked(2, lambda axes: ((axes[0], 0),)),
    classes,
    lambda a, shapes: (np.equal.outer(a, np.arange(shapes[0][1])),),
    ("one_hot({})",),
)
SINGLE = tuple(layout for layout in LAYOUTS if layout.tensors == 1)
JOINT = tuple(layout for layout in LAYOUTS if layout.tensors == 2)


def fitting(tensor: Tensor, shape: tuple[int, ...], sizes: Mapping[str, int]) -> list[Layout]:
    """The rows by which a tensor may be stored in an array of this shape."""
    return [*_fitting(tensor.axes, shape, tuple(sizes.get(axis.name) for axis in tensor.axes))]


@lru_cache(maxsize=4096)  # every array that is seen is compared with every tensor under every choice of activations
def _fitting(axes: Axes, shape: tuple[int, ...], lengths: tuple[int | None, ...]) -> tuple[Layout, ...]:
    """The same for the axes of a tensor, each with its size where that is known."""
    alike = Tensor("alike", axes)
    known = {axis.name: length for axis, length in zip(axes, lengths, strict=True) if length is not None}
    return tuple(layout for layout in SINGLE if layout.unify([alike], shape, known) is not None)

"""Packings: all parameters of a network in one flat vector, as general optimisers want them.

A packing is a layout of several tensors: each block of the vector is one array of a simpler layout, a weight, a bias,
or both with the bias folded in, row by row; what is packed column by column is that of the transposed layout.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np

from gdverify.binding.calling.carriers import Array
from gdverify.binding.recognising.layouts import LAYOUTS, Dimension, Layout, Shapes
from gdverify.notation.tensors import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class Form:
    """How a vector is stored: flat, as a column or as a row.

    Attributes:
        name: in messages.
        shape: for its length.
        written: the vector, ``{}`` being the array.
    """

    name: str
    shape: Callable[[int], tuple[int, ...]]
    written: str


FORMS = (
    Form("vector", lambda length: (length,), "{}"),
    Form("column", lambda length: (length, 1), "{}[:, 0]"),
    Form("row", lambda length: (1, length), "{}[0]"),
)


@dataclass(frozen=True)
class Packing(Layout):
    """Several tensors in one vector, block by block.

    Attributes:
        blocks: the layout of each block.
        form: of the vector.
    """

    blocks: tuple[Layout, ...] = ()
    form: Form = FORMS[0]

    def text(self, tensors: Sequence[Tensor], place: str) -> str:
        """``W1[outputs, inputs] = theta[:outputs * inputs].reshape(outputs, inputs)``, for each tensor."""
        vector, said, ahead = self.form.written.format(place), [], ""
        groups = [*self._groups(tensors)]
        for k, (block, some) in enumerate(groups):
            shape = _written(block, some)
            after = " + ".join(filter(None, (ahead, _product(shape))))
            cut = f"[{ahead}:{'' if k + 1 == len(groups) else after}]" if len(groups) > 1 else ""
            said.append(
                block.text(some, f"{vector}{cut}" + (f".reshape({', '.join(shape)})" if len(shape) > 1 else ""))
            )
            ahead = after
        return "; ".join(said)

    def unify(
        self, tensors: Sequence[Tensor], shape: tuple[int, ...], known: Mapping[str, int]
    ) -> dict[str, int] | None:
        """The sizes as they are known, where the vector is as long as they make it; a length alone tells no size."""
        return dict(known) if self.shape(tensors, known) == shape else None

    def shape(self, tensors: Sequence[Tensor], sizes: Mapping[str, int]) -> tuple[int, ...] | None:
        """The shape of the stored vector; None where a block does not apply at these sizes, or one is not known."""
        if len(tensors) != self.tensors or any(axis.name not in sizes for one in tensors for axis in one.axes):
            return None
        shapes = [block.shape(some, sizes) for block, some in self._groups(tensors)]
        if any(one is None for one in shapes):
            return None
        return self.form.shape(sum(int(np.prod(one)) for one in shapes if one is not None))

    def _groups(self, tensors: Sequence[Tensor]) -> Iterator[tuple[Layout, Sequence[Tensor]]]:
        yield from zip(self.blocks, _taken(self.blocks, tensors), strict=True)


def packing(blocks: Sequence[Layout], form: Form = FORMS[0]) -> Packing:
    """The packing of some blocks, in this order."""
    made = tuple(blocks)

    def dimensions(*axes: object) -> tuple[Dimension, ...]:
        return ((None, 0),) * len(form.shape(1))  # its rank alone; no dimension is an axis

    def store(*arrays: Array) -> Array:
        parts = [block.store(*some).reshape(-1) for block, some in zip(made, _taken(made, arrays), strict=True)]
        vector = np.concatenate(parts)
        return vector.reshape(form.shape(vector.size))

    def read(array: Array, shapes: Shapes) -> tuple[Array, ...]:
        vector, found, start = array.reshape(-1), list[Array](), 0
        for block, some in zip(made, _taken(made, shapes), strict=True):
            shape = _stored(block, tuple(some))
            end = start + int(np.prod(shape))
            found += block.read(vector[start:end].reshape(shape), some)
            start = end
        return tuple(found)

    name = f"packed in a {form.name}: {', '.join(block.name for block in made)}"
    count = sum(block.tensors for block in made)
    return Packing(name, count, dimensions, store, read, ("{}",) * count, blocks=made, form=form)


def reshaped(one: Packing) -> Iterator[Packing]:
    """The same blocks in a vector of each form: a gradient need not be of the form of what it is the gradient of."""
    yield from (packing(one.blocks, form) for form in FORMS)


def packings(parameters: Sequence[Tensor]) -> Iterator[tuple[tuple[Tensor, ...], Packing]]:
    """The ways in which people pack the parameters of layers, with the order of the tensors; the commonest first.

    Args:
        parameters: weights, each with its bias behind it where there are biases.
    """
    weights = [tensor for tensor in parameters if len(tensor.axes) == 2]
    biases = [tensor for tensor in parameters if len(tensor.axes) == 1]
    if not biases:
        for kind in WEIGHTS:
            yield tuple(weights), packing([kind] * len(weights))
        return
    for kind in FOLDED:
        yield tuple(itertools.chain(*zip(weights, biases, strict=True))), packing([kind] * len(weights))
    for kind, order in itertools.product(WEIGHTS, ORDERS):
        tensors = order(weights, biases)
        yield tensors, packing([kind if len(tensor.axes) == 2 else PLAIN for tensor in tensors])


_BY_NAME = {layout.name: layout for layout in LAYOUTS}
PLAIN = _BY_NAME["as it is"]
WEIGHTS = (PLAIN, _BY_NAME["transposed"])
# With the bias as a row it is what stands before or behind all of its weights: those are orders of their own.
FOLDED = tuple(_BY_NAME[f"bias as {end} column"] for end in ("first", "last"))
Order = Callable[[Sequence[Tensor], Sequence[Tensor]], tuple[Tensor, ...]]
ORDERS: tuple[Order, ...] = (
    lambda W, b: tuple(itertools.chain(*zip(W, b, strict=True))),
    lambda W, b: (*W, *b),
    lambda W, b: tuple(itertools.chain(*zip(b, W, strict=True))),
    lambda W, b: (*b, *W),
)


def _taken(blocks: Sequence[Layout], given: Sequence[T]) -> Iterator[Sequence[T]]:
    start = 0
    for block in blocks:
        yield given[start : start + block.tensors]
        start += block.tensors


@lru_cache(maxsize=1024)
def _stored(block: Layout, shapes: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """The shape of a block, for the shapes of its tensors."""
    return block.store(*map(np.empty, shapes)).shape


def _written(block: Layout, tensors: Sequence[Tensor]) -> list[str]:
    """The shape of a block, in sizes of axes."""
    dimensions = block.dimensions(*(tensor.axes for tensor in tensors)) or ()
    return [str(more) if axis is None else f"{axis.name} + {more}" if more else axis.name for axis, more in dimensions]


def _product(shape: Sequence[str]) -> str:
    return " * ".join(f"({one})" if "+" in one and len(shape) > 1 else one for one in shape)

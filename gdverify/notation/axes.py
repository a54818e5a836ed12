"""Axes own their size; indices own their axis.

An `Axis` is a named dimension. An `Index` is a fresh symbol that runs over one axis, so the range of every
index is known and no equation needs a guard ``0 ≤ i < N``. The size of an `Extent` follows from those of other axes.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import sympy

from gdverify.errors import NotationError


@dataclass(frozen=True)
class Axis:
    """A named dimension.

    Attributes:
        name: also the name of its size in generated code, so a Python identifier.
        letter: how an index over it prints, for example ``n`` for ``batch``.
    """

    name: str
    letter: str

    @property
    def size(self) -> sympy.Symbol:
        """The number of entries along the axis, a positive integer."""
        return sympy.Symbol(self.name, integer=True, positive=True)

    def __str__(self) -> str:
        return self.name


class Leading(Axis):
    """Any number of axes in front: none (one sample), ``batch``, or ``batch, time``."""


leading = Leading("leading", "n")


def axis(name: str, letter: str | None = None) -> Axis:
    """Declare an axis.

    Raises:
        NotationError: the name cannot be a variable of the generated code.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NotationError(
            f"axis name={name!r}: expected a Python identifier, since the size is a variable of that "
            "name in the generated code; for example 'inputs' instead of 'in'."
        )
    return Axis(name, letter or name[0])


@dataclass(frozen=True)
class Extent(Axis):
    """An axis whose size follows from those of others.

    Attributes:
        along: the axis that it is a part of, or moves along; longer where the extent would be empty.
        extent: its size, in those of other axes; a number where it is always the same.
    """

    along: Axis
    extent: sympy.Expr

    @property
    def size(self) -> sympy.Expr:
        """The number of entries: a number where that is always the same."""
        return self.extent if self.extent.is_Integer else super().size

    def value(self, sizes: Mapping[str, int]) -> int:
        """The size, where those of the other axes are known by name."""
        numbers = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in self.extent.free_symbols}
        return int(self.extent.xreplace(numbers))

    def over(self, sizes: Mapping[sympy.Symbol, sympy.Expr], along: Axis, taken: Collection[Axis]) -> Extent:
        """The same of other axes, under a name that is not taken by another axis."""
        made = replace(self, along=along, extent=self.extent.xreplace(dict(sizes)))
        if made.extent.is_Integer:
            return made
        made = replace(made, name=_next(along.name), letter=_next(along.letter))
        while any(axis.name == made.name and axis != made for axis in taken):
            made = replace(made, name=_next(made.name), letter=_next(made.letter))
        return made


def windows(along: Axis, width: Axis, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Extent:
    """The places of a window that moves along an axis.

    There are ``⌊(size + 2 padding − dilation (width − 1) − 1) / stride⌋ + 1`` of them. Entry k of the window at place p
    is entry ``stride * p + dilation * k - padding`` of the axis; what lies outside is 0.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016).
    """
    room = along.size + 2 * padding - dilation * (width.size - 1) - 1
    return Extent(_next(along.name), _next(along.letter), along, sympy.floor(room / sympy.Integer(stride)) + 1)


def spread(along: Axis, width: Axis, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Extent:
    """The axis of which `windows` would have the given number of places: what a transposed convolution gives."""
    extent = stride * (along.size - 1) + dilation * (width.size - 1) + 1 - 2 * padding
    return Extent(_next(along.name), _next(along.letter), along, extent)


def fixed(name: str, size: int, along: Axis, letter: str | None = None) -> Extent:
    """An axis that always has the same size, such as a window of pooling along another.

    Raises:
        NotationError: the size is less than 1.
    """
    if int(size) < 1:
        raise NotationError(
            f"fixed({name!r}, size={size}): expected a size of 1 or more; an axis of size 0 has no entry."
        )
    return Extent(name, letter or name[0], along, sympy.Integer(int(size)))


def _next(word: str) -> str:
    """``rows`` → ``rows2`` → ``rows3``."""
    stem, number = re.fullmatch(r"(.*?)(\d*)", word).groups()  # type: ignore[union-attr]  # matches anything
    return f"{stem}{int(number or 1) + 1}"


class Index(sympy.Dummy):
    """A bound variable that runs over one axis; every one is different from every other."""

    axis: Axis

    def __new__(cls, axis: Axis) -> Index:
        index: Index = super().__new__(cls, axis.letter, integer=True, nonnegative=True)
        index.axis = axis
        return index


def fresh(over: Axis) -> Index:
    """A new index over an axis."""
    return Index(over)

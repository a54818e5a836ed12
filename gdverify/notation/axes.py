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

    @property
    def source(self) -> Axis:
        """The axis whose size is chosen, at the end of those that it is along."""
        return self.along.source if isinstance(self.along, Extent) else self.along

    def value(self, sizes: Mapping[str, int]) -> int:
        """The size, where those of the other axes are known by name; 0 where it would be no whole number."""
        numbers = {symbol: sympy.Integer(sizes[symbol.name]) for symbol in self.extent.free_symbols}
        found = self.extent.xreplace(numbers)
        return int(found) if found.is_Integer else 0

    def over(self, sizes: Mapping[sympy.Symbol, sympy.Expr], along: Axis, taken: Collection[Axis]) -> Axis:
        """The same of other axes, under a name that is not taken; an axis that is there already, where it has its size.

        Args:
            sizes: the actual ones of those that it follows from.
            along: the actual axis.
            taken: the axes that are there.
        """
        made = replace(self, along=along, extent=self.extent.xreplace(dict(sizes)))
        if made.extent.is_Integer:
            return made
        whole = written_out(made.extent, taken)
        same = next((axis for axis in taken if whole == written_out(axis.size, taken)), None)
        if same is not None:
            return same
        if self.name == following(self.along.name):
            made = replace(made, name=following(along.name), letter=following(along.letter))
        while any(axis.name == made.name and axis != made for axis in taken):
            made = replace(made, name=following(made.name), letter=following(made.letter))
        return made


def written_out(size: sympy.Expr, axes: Collection[Axis]) -> sympy.Expr:
    """A size in those that are chosen: what follows from others is written out."""
    follow = {axis.size: axis.extent for axis in axes if isinstance(axis, Extent) and axis.size != axis.extent}
    while follow.keys() & size.free_symbols:
        size = size.xreplace(follow)
    return size


def following(word: str) -> str:
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

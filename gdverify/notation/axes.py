"""Axes own their size; indices own their axis.

An `Axis` is a named dimension. An `Index` is a fresh symbol that runs over one axis, so the range of every
index is known and no equation needs a guard ``0 ≤ i < N``.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass

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

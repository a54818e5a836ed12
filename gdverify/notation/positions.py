"""Where along an axis a tensor is read: ``x[n, stride * p + k - padding]``, ``h[n, 0]``, ``E[ids[n], d]``.

A position is a whole number of steps of some indices from a start, or what is looked up in a tensor of positions.
What lies outside the axis is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, Index, written_out

if TYPE_CHECKING:
    from gdverify.notation.tensors import Entry


@dataclass(frozen=True)
class Position:
    """``start + Σ step · index``, or an entry of a tensor that holds positions.

    Attributes:
        start: a whole number, in which sizes may occur.
        steps: the indices, in the order of their strides, the longest first, with their strides.
        found_in: the entry that holds the position, in the place of all that.
    """

    start: sympy.Expr
    steps: tuple[tuple[Index, sympy.Expr], ...]
    found_in: Entry | None = None

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices on which it depends."""
        return self.found_in.indices if self.found_in is not None else tuple(index for index, _ in self.steps)

    def renamed(self, names: dict[sympy.Basic, Any]) -> sympy.Expr:
        """As it was written, with other indices."""
        if self.found_in is not None:
            return self.found_in.tensor[tuple(names.get(index, index) for index in self.found_in.indices)]
        return self.start + sum(step * names.get(index, index) for index, step in self.steps)


def position(where: str, subscript: Any) -> Position:
    """Read a subscript that is no bare index.

    Args:
        where: the tensor and the axis, for messages.
        subscript: as it is written.

    Raises:
        NotationError: it is no whole number of steps of indices.
    """
    if hasattr(subscript, "tensor"):
        return Position(sympy.Integer(0), (), subscript)
    expression = sympy.sympify(subscript, strict=True)
    indices = sorted(expression.atoms(Index), key=lambda index: index.dummy_index)
    steps = {index: expression.coeff(index) for index in indices}
    start = sympy.expand(expression - sum(step * index for index, step in steps.items()))
    for part in (start, *steps.values()):
        if not part.is_integer or any(
            not symbol.is_positive or isinstance(symbol, Index) for symbol in part.free_symbols
        ):
            raise NotationError(
                f"{where} got position={subscript}: expected a whole number of steps of indices, such as p, "
                "2*p + k - 1 or 0, or an entry of a tensor of positions, such as ids[n]."
            )
    return Position(start, tuple(sorted(steps.items(), key=_longest_first)))


def refuse_outside(where: str, axis: Axis, read: Position) -> None:
    """Refuse a position that lies outside an axis for all of its indices: what is read there is nothing but 0.

    Raises:
        NotationError: it does.
    """
    if read.found_in is not None or any(step.could_extract_minus_sign() for _, step in read.steps):
        return
    behind = written_out(read.start - axis.size, [axis, *(index.axis for index in read.indices)])
    if behind.is_nonnegative or (not read.steps and read.start.is_negative):
        written = read.renamed({index: sympy.Symbol(index.name) for index in read.indices})
        raise NotationError(
            f"{where} got position={written}: expected one that lies on the axis, from 0 to {axis.size} - 1; "
            "outside of it everything is 0."
        )


def _longest_first(step: tuple[Index, sympy.Expr]) -> tuple[int, int, int]:
    """Products of more sizes before those of fewer, and these before numbers."""
    index, stride = step
    number, sizes = stride.as_coeff_Mul()
    return (-sympy.Poly(sizes).total_degree() if stride.free_symbols else 0, -int(number), index.dummy_index)


def indices_of(subscripts: Iterable[Index | Position]) -> Iterator[Index]:
    """The indices on which an entry depends, in the order in which they stand."""
    for subscript in subscripts:
        yield from subscript.indices if isinstance(subscript, Position) else (subscript,)

"""Tensors and their entries: ``W[o, i]`` is a SymPy symbol that remembers its tensor and its indices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, Extent, Index
from gdverify.notation.positions import Position, indices_of, position, refuse_outside

Subscript = Any  # an index, a position made of indices, or a sequence of such


class Tensor:
    """A named array with declared axes.

    Attributes:
        name: as it appears in formulas and in generated code.
        axes: one `Axis` a dimension, in order; ``()`` for a scalar.
        role: ``input``, ``parameter``, ``target``, ``upstream`` or ``intermediate``.
    """

    def __init__(self, name: str, axes: Sequence[Axis], role: str = "intermediate") -> None:
        self.name = name
        self.axes = tuple(axes)
        self.role = role
        self._entries: dict[tuple[Index | Position, ...], Entry] = {}

    def __getitem__(self, subscript: Subscript) -> Entry:
        """The entry at the given indices, or at positions that are made of them (`gdverify.notation.positions`).

        Raises:
            NotationError: an index runs over another axis than the one it stands at, or a position is none.
        """
        given = tuple(_flat(subscript))
        if len(given) != len(self.axes):
            raise NotationError(
                f"{self}: expected {len(self.axes)} indices, got {len(given)} "
                f"({', '.join(str(getattr(i, 'axis', i)) for i in given)}); write one index for each axis."
            )
        places = tuple(self._at(place, found) for place, found in enumerate(given))
        indices = list(indices_of(place for place in places if getattr(place, "found_in", None) is None))
        if len(set(indices)) != len(indices):
            raise NotationError(
                f"{self}: the same index stands at two axes; use a second index over the same axis "
                "(a diagonal is not part of the notation yet)."
            )
        if places not in self._entries:
            self._entries[places] = Entry(self, places)
        return self._entries[places]

    def _at(self, place: int, found: Any) -> Index | Position:
        axis = self.axes[place]
        if not isinstance(found, Index):
            where = f"{self}: axis {axis} (place {place})"
            read = position(where, found)
            refuse_outside(where, axis, read)
            return read
        if isinstance(found.axis, Extent) and found.axis.along == axis:
            return position(
                f"{self}: axis {axis} (place {place})", found
            )  # of a part of the axis: from its first entry
        if found.axis != axis:
            raise NotationError(
                f"{self}: axis {axis} (place {place}) got an index over axis {found.axis}; "
                f"an index may only stand at its own axis, else its range would be wrong. "
                f"The order of the axes is [{', '.join(map(str, self.axes))}]."
            )
        return found

    @property
    def age(self) -> int:
        """The number of its first entry: tensors are in the order in which an equation reads them first."""
        return int(next(iter(self._entries.values())).dummy_index)

    def __iter__(self) -> Iterator[Entry]:
        raise TypeError(f"{self} is symbolic: it has axes, not a length")

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.axes))}]"

    __repr__ = __str__


class Entry(sympy.Dummy):
    """One entry of a tensor, for symbolic indices: a real scalar that SymPy can differentiate by.

    Attributes:
        tensor: whose entry it is.
        at: for each axis, the index or position at which it is read.
    """

    tensor: Tensor
    at: tuple[Index | Position, ...]

    def __new__(cls, tensor: Tensor, at: tuple[Index | Position, ...]) -> Entry:
        name = f"{tensor.name}[{','.join(index.name for index in indices_of(at))}]"
        entry: Entry = super().__new__(cls, name, real=True)
        entry.tensor, entry.at = tensor, at
        return entry

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices on which it depends, each once."""
        return tuple(dict.fromkeys(indices_of(self.at)))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What is read: the tensor, and those that hold its positions."""
        held = (found.found_in for found in self.at if isinstance(found, Position) and found.found_in is not None)
        return (self.tensor, *(tensor for entry in held for tensor in entry.tensors))

    @property
    def is_plain(self) -> bool:
        """Whether an index stands at every axis."""
        return all(isinstance(found, Index) for found in self.at)


def _flat(subscript: Subscript) -> Iterator[Any]:
    """Indices in order; the tuple that stands for the leading axes is spliced in."""
    if isinstance(subscript, (tuple, list)):
        for part in subscript:
            yield from _flat(part)
    else:
        yield subscript

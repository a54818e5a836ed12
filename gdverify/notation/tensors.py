"""Tensors and their entries: ``W[o, i]`` is a SymPy symbol that remembers its tensor and its indices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, Index

Subscript = Index | Sequence["Subscript"]


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
        self._entries: dict[tuple[Index, ...], Entry] = {}

    def __getitem__(self, subscript: Subscript) -> Entry:
        """The entry at the given indices.

        Raises:
            NotationError: an index runs over another axis than the one it stands at.
        """
        indices = tuple(_flat(subscript))
        self._check(indices)
        if indices not in self._entries:
            self._entries[indices] = Entry(self, indices)
        return self._entries[indices]

    def _check(self, indices: tuple[Index, ...]) -> None:
        if len(indices) != len(self.axes):
            raise NotationError(
                f"{self}: expected {len(self.axes)} indices, got {len(indices)} "
                f"({', '.join(f'{i.axis}' for i in indices)}); write one index for each axis."
            )
        for place, (index, axis) in enumerate(zip(indices, self.axes, strict=True)):
            if not isinstance(index, Index):
                raise NotationError(
                    f"{self}: axis {axis} (place {place}) got index={index!r}; expected an index made by "
                    f"indices({axis}). Fixed, repeated and strided positions are not part of the notation yet."
                )
            if index.axis != axis:
                raise NotationError(
                    f"{self}: axis {axis} (place {place}) got an index over axis {index.axis}; "
                    f"an index may only stand at its own axis, else its range would be wrong. "
                    f"The order of the axes is [{', '.join(map(str, self.axes))}]."
                )
        if len(set(indices)) != len(indices):
            raise NotationError(
                f"{self}: the same index stands at two axes; use a second index over the same axis "
                "(a diagonal is not part of the notation yet)."
            )

    def __iter__(self) -> Iterator[Entry]:
        raise TypeError(f"{self} is symbolic: it has axes, not a length")

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.axes))}]"

    __repr__ = __str__


class Entry(sympy.Dummy):
    """One entry of a tensor, for symbolic indices: a real scalar that SymPy can differentiate by."""

    tensor: Tensor
    indices: tuple[Index, ...]

    def __new__(cls, tensor: Tensor, indices: tuple[Index, ...]) -> Entry:
        name = f"{tensor.name}[{','.join(index.name for index in indices)}]"
        entry: Entry = super().__new__(cls, name, real=True)
        entry.tensor, entry.indices = tensor, indices
        return entry


def _flat(subscript: Subscript) -> Iterator[Index]:
    """Indices in order; the tuple that stands for the leading axes is spliced in."""
    if isinstance(subscript, (tuple, list)):
        for part in subscript:
            yield from _flat(part)
    else:
        yield subscript  # type: ignore[misc]  # checked in Tensor._check, with a message

"""Reading at a position, as a sum: ``x[n, 2p + k] = Σ_h x[n, h] [h = 2p + k]``.

The bracket, 1 where the equation holds and 0 elsewhere (Iverson, A Programming Language, 1962), is a tensor of
constants. So the chain rule needs nothing new: back through a window goes ``dX[n, h] = Σ_pk dY[n, p, k] [h = 2p + k]``.
Code never makes such an array: it moves entries along the axis (`gdverify.codegen.moving`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from gdverify.notation.axes import Axis, Index
from gdverify.notation.positions import Position, position
from gdverify.notation.tensors import Entry, Tensor

HIDDEN = 10**30


class Constant(Tensor):
    """A tensor whose entries are known numbers, which no gradient goes back to.

    Attributes:
        found_in: a tensor that it is made from; None where its axes are enough.
    """

    found_in: Tensor | None

    def of(
        self,
        axes: Mapping[Axis, Axis],
        sizes: Mapping[sympy.Symbol, sympy.Expr],
        tensors: Mapping[Tensor, Tensor],
    ) -> Constant:
        """The same with other axes and tensors."""
        raise NotImplementedError

    def _key(self) -> tuple[object, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class Causal(Constant):
    """0 for k ≤ q and −10³⁰ behind, for its axes q and k: added to the scores, it hides what lies behind a query.

    That is far below what a score is, so that its exponential is 0 in every precision, and a number in all of them.

    Attributes:
        found_in: an array of the dtype that the entries have.
    """

    def __init__(self, axes: Sequence[Axis], like: Tensor) -> None:
        super().__init__("causal", axes, "selector")
        self.found_in = like

    def of(
        self,
        axes: Mapping[Axis, Axis],
        sizes: Mapping[sympy.Symbol, sympy.Expr],
        tensors: Mapping[Tensor, Tensor],
    ) -> Causal:
        """The same with other axes and tensors."""
        assert self.found_in is not None
        return Causal([axes[axis] for axis in self.axes], tensors[self.found_in])

    def _key(self) -> tuple[object, ...]:
        return (self.axes, self.found_in)


class Selector(Constant):
    """``[read = start + Σ stride · index]``; its axes are the one that is read and those of the indices.

    Attributes:
        start: the position where every index is 0.
        strides: one for each index.
        found_in: a tensor that holds the positions, in the place of start and strides; the indices are its own.
    """

    def __init__(
        self,
        axes: Sequence[Axis],
        start: sympy.Expr,
        strides: Sequence[sympy.Expr],
        found_in: Tensor | None = None,
    ) -> None:
        super().__init__("at", axes, "selector")
        self.start = start
        self.strides = tuple(strides)
        self.found_in = found_in

    def of(
        self,
        axes: Mapping[Axis, Axis],
        sizes: Mapping[sympy.Symbol, sympy.Expr],
        tensors: Mapping[Tensor, Tensor],
    ) -> Selector:
        """The same with other axes and tensors."""
        return Selector(
            [axes[axis] for axis in self.axes],
            self.start.xreplace(dict(sizes)),
            [stride.xreplace(dict(sizes)) for stride in self.strides],
            None if self.found_in is None else tensors[self.found_in],
        )

    def _key(self) -> tuple[object, ...]:
        return (self.axes, self.start, self.strides, self.found_in)


def selector(read: Index, at: Position) -> Entry:
    """``[read = position]``, as an entry of a selector."""
    axes = [read.axis, *(index.axis for index in at.indices)]
    held = None if at.found_in is None else at.found_in.tensor
    return Selector(axes, at.start, [stride for _, stride in at.steps], held)[(read, *at.indices)]


def at(read: Index, where: sympy.Expr) -> Entry:
    """1 where an index is at a position, else 0: ``total(x[p] * w[k] * at(h, 2 * p + k), over=(p, k))``.

    Raises:
        NotationError: the position is no whole number of steps of indices.
    """
    return selector(read, position(f"at({read.axis}, …)", where))

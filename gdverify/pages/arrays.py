"""Which axes the array of an expression has; None stands for an axis of length 1 that broadcasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gdverify.codegen.nodes import Node
from gdverify.notation.axes import Axis
from gdverify.notation.tensors import Tensor

Axes = tuple[Axis | None, ...]


def axes_of(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """The axes of an expression over named tensors; any other name is a size."""
    if node.operator == "name":
        return tensors[node.detail].axes if node.detail in tensors else ()
    if node.operator in _ALONG:
        moved, *sizes = node.arguments
        before, removed = axes_of(moved, tensors), _ALONG[node.operator]
        at = node.detail[0]
        return (*before[:at], *(_named(size, tensors) for size in sizes), *before[at + removed :])
    arguments = [axes_of(argument, tensors) for argument in node.arguments]
    rule: Callable[..., Axes] = _AXES.get(node.operator, _broadcast)
    return rule(node.detail, *arguments)


def _named(size: Node, tensors: Mapping[str, Tensor]) -> Axis | None:
    """The axis that has a size of that name; None of a number."""
    every = (axis for tensor in tensors.values() for axis in tensor.axes)
    return next((axis for axis in every if axis.name == size.detail), None)


def einsum_axes(detail: str, arguments: Sequence[Axes]) -> dict[str, Axis | None]:
    """The axis of each letter of an einsum, in the order of the letters."""
    operands = detail.split("->")[0].split(",")
    pairs = [
        pair for letters, axes in zip(operands, arguments, strict=True) for pair in zip(letters, axes, strict=True)
    ]
    return dict(sorted(pairs, key=lambda pair: pair[0]))


def _broadcast(_: Any, *arguments: Axes) -> Axes:
    rank = max(map(len, arguments), default=0)
    rows = [(None,) * (rank - len(axes)) + axes for axes in arguments]
    return tuple(next((axis for axis in column if axis), None) for column in zip(*rows, strict=True))


def _expanded(pattern: tuple[bool, ...], axes: Axes) -> Axes:
    present = iter(axes)
    return tuple(next(present) if kept else None for kept in pattern)


def _summed(removed: tuple[int, ...] | None, axes: Axes) -> Axes:
    return () if removed is None else tuple(axis for at, axis in enumerate(axes) if at not in removed)


def _multiplied(_: Any, first: Axes, second: Axes) -> Axes:
    if len(second) == 1:
        return first[:-1]
    if len(first) == 1:
        return (*second[:-2], second[-1])
    return (*_broadcast(None, first[:-2], second[:-2]), first[-2], second[-1])


def _contracted(detail: str, *arguments: Axes) -> Axes:
    named = einsum_axes(detail, arguments)
    return tuple(named[letter] for letter in detail.split("->")[1])


# Operators that exchange axes from one place on for those of the sizes that they are given: how many they take away.
_ALONG = {"windows": 1, "overlapped": 2}


def _taken(detail: tuple[int, Any], axes: Axes) -> Axes:
    return (*axes[: detail[0]], *axes[detail[0] + 1 :])


_AXES: dict[str, Callable[..., Axes]] = {
    "transpose": lambda order, axes: tuple(axes[at] for at in order),
    "expand": _expanded,
    "sum": _summed,
    "peak": _summed,
    "take": _taken,
    "matmul": _multiplied,
    "einsum": _contracted,
    "cast": lambda _, value, like: value,
    "full_like": lambda _, like, value: like,
    "broadcast": lambda _, like, value: like,
}

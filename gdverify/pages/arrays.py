"""Which axes the array of an expression has; None stands for an axis of length 1 that broadcasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from gdverify.codegen.contractions import spec_of
from gdverify.codegen.nodes import Node
from gdverify.notation.axes import Axis, Extent, written_out
from gdverify.notation.tensors import Tensor

Axes = tuple[Axis | None, ...]


def axes_of(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """The axes of an expression over named tensors; any other name is a size."""
    if node.operator == "name":
        return tensors[node.detail].axes if node.detail in tensors else ()
    if node.operator in _SIZED:
        return _SIZED[node.operator](node, tensors)
    arguments = [axes_of(argument, tensors) for argument in node.arguments]
    rule: Callable[..., Axes] = _AXES.get(node.operator, _broadcast)
    return rule(node.detail, *arguments)


def _named(size: Node, tensors: Mapping[str, Tensor], beside: Axes, along: Axis | None = None) -> Axis | None:
    """The axis of a size: of that name, or of the number, along another axis where that is known."""
    every = dict.fromkeys(axis for tensor in tensors.values() for axis in tensor.axes)
    if size.operator == "name":
        return next((axis for axis in every if axis.name == size.detail), None)
    fixed = (axis for axis in every if isinstance(axis, Extent) and axis.size == size.detail and axis not in beside)
    return next((axis for axis in fixed if along in (None, axis.along)), None)


def _windows(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    moved, *sizes = node.arguments
    at, axes, *_ = node.detail
    before = axes_of(moved, tensors)
    behind = at + axes
    # Of the sizes those of the places stand first, of the axes those within the windows.
    named = [_named(size, tensors, before, along) for size, along in zip(sizes, [*before[at:behind]] * 2, strict=True)]
    return (*before[:at], *named[axes:], *named[:axes], *before[behind:])


def _overlapped(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    moved, *sizes = node.arguments
    (at, axes, *_), before = node.detail, axes_of(moved, tensors)
    return (*before[:at], *(_named(size, tensors, before) for size in sizes), *before[at + 2 * axes :])


def _reshaped(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    moved, *sizes = node.arguments
    made: Axes = ()
    for size in sizes if axes_of(moved, tensors) else ():
        made = (*made, _named(size, tensors, made))
    return made


def _repeated(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """An axis that is longer: the one of which the given one is a part."""
    before = axes_of(node.arguments[0], tensors)
    every = dict.fromkeys(axis for tensor in tensors.values() for axis in tensor.axes)
    along = before[node.detail]
    longer = (axis for axis in every if isinstance(axis, Extent) and axis.along == along)
    return (*before[: node.detail], next(longer, along), *before[node.detail + 1 :])


def _part(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """The axis whose size is what lies between the ends."""
    moved, first, *to = node.arguments
    before = axes_of(moved, tensors)
    along = before[node.detail]
    every = dict.fromkeys(axis for tensor in tensors.values() for axis in tensor.axes)
    end = _size_of(to[0]) if to else along.size if along else sympy.Integer(0)
    size = written_out(end - _size_of(first), every)
    found = next((axis for axis in every if written_out(axis.size, every) == size), None)
    return (*before[: node.detail], found, *before[node.detail + 1 :])


def _padded(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """The axis that is longer by what is added."""
    moved, before_it, behind_it = node.arguments
    before = axes_of(moved, tensors)
    at, _ = node.detail
    every = dict.fromkeys(axis for tensor in tensors.values() for axis in tensor.axes)
    along = before[at]
    size = (along.size if along else 1) + _size_of(before_it) + _size_of(behind_it)
    whole = (axis for axis in every if written_out(axis.size, every) == written_out(size, every))
    return (*before[:at], next(whole, None), *before[at + 1 :])


def _concatenated(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """The axis that is as long as the parts together."""
    parts = [axes_of(argument, tensors) for argument in node.arguments]
    every = dict.fromkeys(axis for tensor in tensors.values() for axis in tensor.axes)
    size = sum(part[node.detail].size for part in parts if part[node.detail] is not None)
    whole = (axis for axis in every if written_out(axis.size, every) == written_out(size, every))
    return (*parts[0][: node.detail], next(whole, None), *parts[0][node.detail + 1 :])


def _size_of(node: Node) -> sympy.Expr:
    """The size that an expression of sizes stands for."""
    if node.operator == "name":
        return sympy.Symbol(node.detail, integer=True, positive=True)
    if node.operator == "number":
        return node.detail
    first, second = map(_size_of, node.arguments)
    return {"add": first + second, "sub": first - second, "mul": first * second}[node.operator]


def _placed(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    moved, _, size = node.arguments
    before = axes_of(moved, tensors)
    return (*before[: node.detail], _named(size, tensors, before), *before[node.detail :])


def _added_up(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    moved, at, size = node.arguments
    before = axes_of(moved, tensors)
    return (_named(size, tensors, before), *before[len(axes_of(at, tensors)) :])


# Operators that are told sizes: the axes of these are looked for by what they are told.
_SIZED: dict[str, Callable[[Node, Mapping[str, Tensor]], Axes]] = {
    "causal": _reshaped,
    "reshape": _reshaped,
    "repeated": _repeated,
    "part": _part,
    "pad": _padded,
    "concatenate": _concatenated,
    "carried": lambda node, tensors: axes_of(node.arguments[0], tensors),
    "windows": _windows,
    "overlapped": _overlapped,
    "placed": _placed,
    "added_up": _added_up,
}


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


def _taken(detail: tuple[int, Any], axes: Axes) -> Axes:
    return (*axes[: detail[0]], *axes[detail[0] + 1 :])


_AXES: dict[str, Callable[..., Axes]] = {
    "transpose": lambda order, axes: tuple(axes[at] for at in order),
    "expand": _expanded,
    "sum": _summed,
    "peak": _summed,
    "take": _taken,
    "winner": _summed,
    "largest_at": _summed,
    "picked": lambda axis, x, _: _taken((axis, 0), x),
    "rows": lambda _, x, at: (*at, *x[1:]),
    "matmul": _multiplied,
    "einsum": _contracted,
    "stacked": _contracted,
    "tensordot": lambda axes, a, b: _contracted(spec_of(axes, (len(a), len(b))), a, b),
    "cast": lambda _, value, like: value,
    "full_like": lambda _, like, value: like,
    "broadcast": lambda _, like, value: like,
}

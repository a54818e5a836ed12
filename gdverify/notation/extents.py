"""Axes whose size follows from those of others: the places of a window, a part of an axis, several axes in one."""

from __future__ import annotations

import sympy

from gdverify.errors import NotationError
from gdverify.notation.axes import Axis, Extent, following


def windows(along: Axis, width: Axis, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Extent:
    """The places of a window that moves along an axis.

    There are ``⌊(size + 2 padding − dilation (width − 1) − 1) / stride⌋ + 1`` of them. Entry k of the window at place p
    is entry ``stride * p + dilation * k - padding`` of the axis; what lies outside is 0.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016).

    Raises:
        NotationError: the stride or the dilation is less than 1, or the padding less than 0.
    """
    _check_moves(f"windows({along}, {width})", stride=stride, dilation=dilation, padding=padding)
    room = along.size + 2 * padding - dilation * (width.size - 1) - 1
    return Extent(following(along.name), following(along.letter), along, sympy.floor(room / sympy.Integer(stride)) + 1)


def spread(along: Axis, width: Axis, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Extent:
    """The axis of which `windows` would have the given number of places: what a transposed convolution gives."""
    _check_moves(f"spread({along}, {width})", stride=stride, dilation=dilation, padding=padding)
    extent = stride * (along.size - 1) + dilation * (width.size - 1) + 1 - 2 * padding
    return Extent(following(along.name), following(along.letter), along, extent)


def _check_moves(what: str, **given: object) -> None:
    """Refuse a stride that stands still or goes back, and what is no whole number."""
    for option, value in given.items():
        least = 0 if option == "padding" else 1
        number = sympy.sympify(value, strict=True)
        if not number.is_Integer or number < least:
            raise NotationError(f"{what}: {option}={value}: expected a whole number, {least} or more.")


def fixed(name: str, size: int, along: Axis, letter: str | None = None) -> Extent:
    """An axis that always has the same size, such as a window of pooling along another; the size is part of its name.

    Raises:
        NotationError: the size is less than 1.
    """
    if int(size) < 1:
        raise NotationError(
            f"fixed({name!r}, size={size}): expected a size of 1 or more; an axis of size 0 has no entry."
        )
    return Extent(f"{name}{int(size)}", letter or name[0], along, sympy.Integer(int(size)))


def merged(name: str, *axes: Axis, letter: str | None = None) -> Extent:
    """One axis in the place of several, the last of which runs fastest: entry ``(a * B + b) * C + c``.

    Of axes that always have the same size it has one too, as `fixed` makes it.
    """
    size = sympy.Mul(*(axis.size for axis in axes))
    if size.is_Integer:
        return fixed(name, int(size), axes[0], letter)
    return Extent(name, letter or name[0], axes[0], size)


def joined(name: str, *axes: Axis, letter: str | None = None) -> Extent:
    """One axis behind the other."""
    return Extent(name, letter or name[0], axes[0], sympy.Add(*(axis.size for axis in axes)))


def repeated(name: str, along: Axis, times: int, letter: str | None = None) -> Extent:
    """An axis that is a number of times as long as another."""
    _check_moves(f"repeated({name!r}, {along})", times=times)
    return Extent(name, letter or name[0], along, int(times) * along.size)


def share(name: str, along: Axis, count: int, letter: str | None = None) -> Extent:
    """One of a number of equal parts of an axis: its size must be a multiple of the count."""
    _check_moves(f"share({name!r}, {along})", count=count)
    return Extent(name, letter or name[0], along, along.size / int(count))

"""What NumPy lacks for reading along axes, and for adding up: printed where it is needed, and run by evidence."""

from __future__ import annotations

from typing import Any

import numpy as np


def windows(x: Any, axis: int, counts: Any, widths: Any, stride: int = 1, dilation: int = 1, start: int = 0) -> Any:
    """x at stride * p + dilation * k + start, else 0: neighbouring axes become those of k < widths and p < counts."""
    behind = axis + len(counts)
    around = [(0, 0)] * x.ndim
    for at, (count, width) in enumerate(zip(counts, widths, strict=True), axis):
        end = start + stride * (count - 1) + dilation * (width - 1) + 1
        around[at] = (max(-start, 0), max(end - x.shape[at], 0))
    if max(max(around)) > 0:
        x = np.pad(x, around)
    x = x[(*[slice(None)] * axis, *[slice(max(start, 0), None)] * len(counts))]
    steps = x.strides[axis:behind]
    shape = (*x.shape[:axis], *widths, *counts, *x.shape[behind:])
    along = (*(dilation * step for step in steps), *(stride * step for step in steps))
    strides = (*x.strides[:axis], *along, *x.strides[behind:])
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def overlapped(dy: Any, axis: int, sizes: Any, stride: int = 1, dilation: int = 1, start: int = 0) -> Any:
    """What goes back through windows along axes of these sizes: every entry adds up what its windows hold."""
    middle, behind = axis + len(sizes), axis + 2 * len(sizes)
    widths, counts = dy.shape[axis:middle], dy.shape[middle:behind]
    room, inside, met = reach(counts, widths, sizes, stride, dilation, start)
    dx = np.zeros((*dy.shape[:axis], *room, *dy.shape[behind:]), dy.dtype)
    front = [slice(None)] * axis
    apart = stride > dilation * (max(widths) - 1)
    for taps, where in met:
        if apart:
            dx[(*front, *where)] = dy[(*front, *taps)]
        else:
            dx[(*front, *where)] += dy[(*front, *taps)]
    return dx[(*front, *inside)]


def overlapped_at(
    dy: Any, at: Any, axis: int, sizes: Any, widths: Any, stride: int = 1, dilation: int = 1, start: int = 0
) -> Any:
    """As `overlapped`, where all that a window gets goes to the one of its entries that has a number."""
    behind = axis + len(sizes)
    room, inside, met = reach(dy.shape[axis:behind], widths, sizes, stride, dilation, start)
    dx = np.zeros((*dy.shape[:axis], *room, *dy.shape[behind:]), dy.dtype)
    front = [slice(None)] * axis
    for number in range(len(met)):
        dx[(*front, *met[number][1])] += np.where(at == number, dy, 0)
    return dx[(*front, *inside)]


def overlapped_product(
    a: Any, b: Any, axis: int, sizes: Any, stride: int = 1, dilation: int = 1, start: int = 0
) -> Any:
    """As `overlapped` of a * b, which is there for one entry of the windows at a time."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    a, b = np.broadcast_to(a, shape), np.broadcast_to(b, shape)
    middle, behind = axis + len(sizes), axis + 2 * len(sizes)
    room, inside, met = reach(shape[middle:behind], shape[axis:middle], sizes, stride, dilation, start)
    dx = np.zeros((*shape[:axis], *room, *shape[behind:]), np.result_type(a, b))
    front = [slice(None)] * axis
    for taps, where in met:
        dx[(*front, *where)] += a[(*front, *taps)] * b[(*front, *taps)]
    return dx[(*front, *inside)]


def reach(counts: Any, widths: Any, sizes: Any, stride: int, dilation: int, start: int) -> Any:
    """The room that windows need along axes, where these are in it, and where each entry of the windows is."""
    before = max(-start, 0)
    room = []
    for count, width, size in zip(counts, widths, sizes, strict=True):
        room.append(before + max(start + stride * (count - 1) + dilation * (width - 1) + 1, size))
    met = []
    for taps in np.ndindex(*widths):
        first = [before + start + dilation * k for k in taps]
        ends = [begin + stride * (count - 1) + 1 for begin, count in zip(first, counts, strict=True)]
        met.append((taps, [slice(begin, end, stride) for begin, end in zip(first, ends, strict=True)]))
    return room, [slice(before, before + size) for size in sizes], met


def combined(function: Any, x: Any, axes: Any) -> Any:
    """np.add or np.maximum of the entries of windows, whose axes are neighbours: whole arrays one after the other."""
    front = [slice(None)] * axes[0]
    first, *others = (x[(*front, *taps)] for taps in np.ndindex(*(x.shape[axis] for axis in axes)))
    made = first.copy()
    for entry in others:
        function(made, entry, out=made)
    return made


def largest_at(x: Any, axes: Any) -> Any:
    """The position of the first of the largest along neighbouring axes, not the last one: whole arrays are compared."""
    front = [slice(None)] * axes[0]
    largest, *others = (x[(*front, *taps)] for taps in np.ndindex(*(x.shape[axis] for axis in axes)))
    at = np.zeros(largest.shape, np.min_scalar_type(len(others)))
    for k, entry in enumerate(others, 1):
        at += (entry > largest) * (k - at)
        largest = np.maximum(entry, largest)
    return at


def one_by_one(spec: Any, letters: Any, a: Any, b: Any) -> Any:
    """np.einsum of two arrays for one entry of windows, which some letters count, after the other."""
    first, second, kept = spec.replace("->", ",").split(",")
    size = dict(zip(first + second, a.shape + b.shape, strict=False))
    left = "".join(letter for letter in spec if letter not in letters)
    made = np.zeros([size[letter] for letter in kept], np.result_type(a, b))
    for taps in np.ndindex(*(size[letter] for letter in letters)):
        at = dict(zip(letters, taps, strict=True))
        mine, theirs, where = (tuple(at.get(letter, slice(None)) for letter in own) for own in (first, second, kept))
        made[where] += np.einsum(left, a[mine], b[theirs])
    return made


def stacked(spec: Any, a: Any, b: Any) -> Any:
    """np.einsum of two arrays as a stack of matrix products, which is what a processor is quick at."""
    first, second, kept = spec.replace("->", ",").split(",")
    shared = [letter for letter in kept if letter in first and letter in second]
    summed = [letter for letter in first if letter not in kept]
    mine, theirs = ([letter for letter in kept if letter in own and letter not in shared] for own in (first, second))
    size = dict(zip(first + second, a.shape + b.shape, strict=False))
    stack, rows, terms, columns = ([size[letter] for letter in group] for group in (shared, mine, summed, theirs))
    a = a.transpose([first.index(letter) for letter in shared + mine + summed])
    b = b.transpose([second.index(letter) for letter in shared + summed + theirs])
    count = int(np.prod(terms))
    made = a.reshape(*stack, int(np.prod(rows)), count) @ b.reshape(*stack, count, int(np.prod(columns)))
    order = shared + mine + theirs
    return made.reshape(stack + rows + columns).transpose([order.index(letter) for letter in kept])


def picked(x: Any, at: Any, axis: int) -> Any:
    """From each line along an axis the one entry at its position."""
    return np.take_along_axis(x, np.expand_dims(at, axis), axis).squeeze(axis)


def placed(dy: Any, at: Any, axis: int, size: int) -> Any:
    """Each entry put back at its position along an axis of a size, 0 elsewhere."""
    dx = np.zeros((*dy.shape[:axis], size, *dy.shape[axis:]), dy.dtype)
    np.put_along_axis(dx, np.expand_dims(at, axis), np.expand_dims(dy, axis), axis)
    return dx


def added_up(dy: Any, at: Any, size: int) -> Any:
    """The entries of dy added up by their positions among a number of rows; a position may occur more than once."""
    dx = np.zeros((size, *dy.shape[at.ndim :]), dy.dtype)
    np.add.at(dx, at, dy)
    return dx


MOVES = {
    function.__name__: function
    for function in (
        windows,
        overlapped,
        overlapped_at,
        overlapped_product,
        reach,
        combined,
        largest_at,
        one_by_one,
        stacked,
        picked,
        placed,
        added_up,
    )
}
# What an operator calls, where that is not the function of its name alone.
CALLS = {
    "added": ("combined",),
    "largest": ("combined",),
    "overlapped": ("overlapped", "reach"),
    "overlapped_at": ("overlapped_at", "reach"),
    "overlapped_product": ("overlapped_product", "reach"),
}

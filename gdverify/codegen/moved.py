"""What NumPy lacks for reading along an axis: printed into the files that need it, and run as it is by evidence."""

from __future__ import annotations

from typing import Any

import numpy as np


def windows(x: Any, axis: int, count: int, width: int, stride: int = 1, dilation: int = 1, start: int = 0) -> Any:
    """x at stride * p + dilation * k + start along an axis, for p < count and k < width; 0 outside."""
    end = start + stride * (count - 1) + dilation * (width - 1) + 1
    if start < 0 or end > x.shape[axis]:
        around = [(0, 0)] * x.ndim
        around[axis] = (max(-start, 0), max(end - x.shape[axis], 0))
        x = np.pad(x, around)
    x = x[(*[slice(None)] * axis, slice(max(start, 0), None))]
    step = x.strides[axis]
    shape = (*x.shape[:axis], count, width, *x.shape[axis + 1 :])
    strides = (*x.strides[:axis], stride * step, dilation * step, *x.strides[axis + 1 :])
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def overlapped(dy: Any, axis: int, size: int, stride: int = 1, dilation: int = 1, start: int = 0) -> Any:
    """What goes back through windows along an axis of a size: every entry adds up what its windows hold."""
    count, width = dy.shape[axis : axis + 2]
    end = start + stride * (count - 1) + dilation * (width - 1) + 1
    before = max(-start, 0)
    dx = np.zeros((*dy.shape[:axis], before + max(end, size), *dy.shape[axis + 2 :]), dy.dtype)
    front = [slice(None)] * axis
    for k in range(width):
        first = before + start + dilation * k
        dx[(*front, slice(first, first + stride * (count - 1) + 1, stride))] += dy[(*front, slice(None), k)]
    return dx[(*front, slice(before, before + size))]


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


MOVES = {function.__name__: function for function in (windows, overlapped, picked, placed, added_up)}

"""Pooling: one number for each window, or for each whole channel."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, fixed, indices, largest, mean, operation, total, windows
from gdverify.notation.axes import Axis
from gdverify.operations.axes import batch, channels, columns, features, inputs, outputs, pieces, rows, time


def _window(width: int) -> tuple[Axis, Axis]:
    return fixed("height", width, rows, "k"), fixed("width", width, columns, "m")


def _pooled(width: int, stride: int) -> tuple[Axis, ...]:
    height, across = _window(width)
    return batch, channels, windows(rows, height, stride=stride), windows(columns, across, stride=stride)


@operation("y", x=(batch, channels, rows, columns), gives=_pooled)
def max_pooling_2d(x: Tensor, *, width: int = 2, stride: int = 2) -> Expr:
    """The largest entry of each window. Source: Zhou and Chellappa (1988); Riesenhuber and Poggio (1999)."""
    n, c, p, q = indices(*_pooled(width, stride))
    k, m = indices(*_window(width))
    return largest(x[n, c, stride * p + k, stride * q + m], over=(k, m))


@operation("y", x=(batch, channels, rows, columns), gives=_pooled)
def average_pooling_2d(x: Tensor, *, width: int = 2, stride: int = 2) -> Expr:
    """The mean of each window. Source: LeCun et al. (1989), there called subsampling."""
    n, c, p, q = indices(*_pooled(width, stride))
    k, m = indices(*_window(width))
    return mean(x[n, c, stride * p + k, stride * q + m], over=(k, m))


@operation("y", x=(batch, channels, rows, columns), gives=(batch, channels))
def global_average_pooling(x: Tensor) -> Expr:
    """The mean of each channel. Source: Lin, Chen and Yan, Network in network (2014)."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return mean(x[n, c, i, j], over=(i, j))


@operation("y", x=(batch, channels, rows, columns), gives=(batch, channels))
def global_max_pooling(x: Tensor) -> Expr:
    """The largest entry of each channel. Source: Oquab et al. (2015)."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return largest(x[n, c, i, j], over=(i, j))


@operation("y", x=(batch, time, features), gives=(batch, features))
def average_over_time(x: Tensor) -> Expr:
    """The mean of all steps, or of the words around one. Source: Mikolov et al. (2013), their bag of words."""
    n, t, j = indices(batch, time, features)
    return mean(x[n, t, j], over=t)


@operation("a", x=(batch, inputs), W=(outputs, pieces, inputs), b=(outputs, pieces), gives=(batch, outputs))
def maxout(x: Tensor, W: Tensor, b: Tensor) -> Expr:
    """The largest of several affine maps. Source: Goodfellow et al., Maxout networks (2013)."""
    n, i, o, k = indices(batch, inputs, outputs, pieces)
    return largest(total(W[o, k, i] * x[n, i], over=i) + b[o, k], over=k)

"""Convolutions (as the field calls cross-correlations): windows of the input, times a kernel."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, at, axis, fixed, indices, operation, share, spread, total, windows
from gdverify.notation.axes import Axis
from gdverify.operations.axes import batch, channels, columns, features, rows, time

height, width = axis("height", "k"), axis("width", "l")
taps = axis("taps", "k")


def _over_time(**moves: int) -> tuple[Axis, ...]:
    return batch, features, windows(time, taps, **moves)


def _over_time_last(**moves: int) -> tuple[Axis, ...]:
    return batch, windows(time, taps, **moves), features


def _over_images(**moves: int) -> tuple[Axis, ...]:
    return batch, features, windows(rows, height, **moves), windows(columns, width, **moves)


def _channels_last(**moves: int) -> tuple[Axis, ...]:
    images = _over_images(**moves)
    return images[0], images[2], images[3], images[1]


def _depthwise(**moves: int) -> tuple[Axis, ...]:
    images = _over_images(**moves)
    return images[0], channels, images[2], images[3]


def _depthwise_last(**moves: int) -> tuple[Axis, ...]:
    images = _over_images(**moves)
    return images[0], images[2], images[3], channels


@operation("z", x=(batch, channels, time), W=(features, channels, taps), b=(features,), gives=_over_time)
def convolution_1d(x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Expr:
    """Convolution along time, (batch, channels, time). Source: Waibel et al., time-delay networks (1989)."""
    n, o, p = indices(*_over_time(stride=stride, dilation=dilation, padding=padding))
    c, k = indices(channels, taps)
    return total(W[o, c, k] * x[n, c, stride * p + dilation * k - padding], over=(c, k)) + b[o]


@operation("z", x=(batch, time, channels), W=(taps, channels, features), b=(features,), gives=_over_time_last)
def convolution_1d_channels_last(
    x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Expr:
    """Convolution along time, (batch, time, channels). Source: Waibel et al., time-delay networks (1989)."""
    n, p, o = indices(*_over_time_last(stride=stride, dilation=dilation, padding=padding))
    c, k = indices(channels, taps)
    return total(x[n, stride * p + dilation * k - padding, c] * W[k, c, o], over=(k, c)) + b[o]


@operation(
    "z",
    x=(batch, channels, rows, columns),
    W=(features, channels, height, width),
    b=(features,),
    gives=_over_images,
)
def convolution_2d(x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0) -> Expr:
    """Convolution of images, (batch, channels, rows, columns). Source: LeCun et al. (1998)."""
    n, o, p, q = indices(*_over_images(stride=stride, dilation=dilation, padding=padding))
    c, k, m = indices(channels, height, width)
    row, column = stride * p + dilation * k - padding, stride * q + dilation * m - padding
    return total(W[o, c, k, m] * x[n, c, row, column], over=(c, k, m)) + b[o]


@operation(
    "z",
    x=(batch, rows, columns, channels),
    W=(height, width, channels, features),
    b=(features,),
    gives=_channels_last,
)
def convolution_2d_channels_last(
    x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Expr:
    """Convolution of images, (batch, rows, columns, channels). Source: LeCun et al. (1998)."""
    n, p, q, o = indices(*_channels_last(stride=stride, dilation=dilation, padding=padding))
    c, k, m = indices(channels, height, width)
    row, column = stride * p + dilation * k - padding, stride * q + dilation * m - padding
    return total(x[n, row, column, c] * W[k, m, c, o], over=(k, m, c)) + b[o]


@operation(
    "z",
    x=(batch, channels, rows, columns),
    W=(channels, height, width),
    b=(channels,),
    gives=_depthwise,
)
def depthwise_convolution_2d(
    x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Expr:
    """Convolution of each channel by itself. Source: Sifre and Mallat (2014); Chollet, Xception (2017)."""
    n, c, p, q = indices(*_depthwise(stride=stride, dilation=dilation, padding=padding))
    k, m = indices(height, width)
    row, column = stride * p + dilation * k - padding, stride * q + dilation * m - padding
    return total(W[c, k, m] * x[n, c, row, column], over=(k, m)) + b[c]


@operation(
    "z",
    x=(batch, rows, columns, channels),
    W=(height, width, channels),
    b=(channels,),
    gives=_depthwise_last,
)
def depthwise_convolution_2d_channels_last(
    x: Tensor, W: Tensor, b: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Expr:
    """Convolution of each channel by itself, the channels last. Source: Chollet, Xception (2017)."""
    n, p, q, c = indices(*_depthwise_last(stride=stride, dilation=dilation, padding=padding))
    k, m = indices(height, width)
    row, column = stride * p + dilation * k - padding, stride * q + dilation * m - padding
    return total(W[k, m, c] * x[n, row, column, c], over=(k, m)) + b[c]


def _kernels_of_groups(groups: int, **moves: int) -> tuple[Axis, ...]:
    return features, share("members", channels, groups), height, width


def _over_groups(groups: int, **moves: int) -> tuple[Axis, ...]:
    return _over_images(**moves)


@operation("z", x=(batch, channels, rows, columns), W=_kernels_of_groups, b=(features,), gives=_over_groups)
def grouped_convolution_2d(
    x: Tensor, W: Tensor, b: Tensor, *, groups: int = 2, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Expr:
    """Convolution of each group of channels by itself. Source: Krizhevsky et al. (2012), 3.5, with two groups."""
    group, given = fixed("groups", groups, features), share("given", features, groups)
    samples, _, *places = _over_images(stride=stride, dilation=dilation, padding=padding)
    n, o, m, r, p, q = indices(samples, features, group, given, *places)
    c, k, i = indices(share("members", channels, groups), height, width)
    row, column = stride * p + dilation * k - padding, stride * q + dilation * i - padding
    read = x[n, c.axis.size * m + c, row, column]
    each = total(W[given.size * m + r, c, k, i] * read, over=(c, k, i))
    return total(each * at(o, given.size * m + r), over=(m, r)) + b[o]


def _spread_over_images(**moves: int) -> tuple[Axis, ...]:
    return batch, features, spread(rows, height, **moves), spread(columns, width, **moves)


@operation(
    "z",
    x=(batch, channels, rows, columns),
    W=(channels, features, height, width),
    b=(features,),
    gives=_spread_over_images,
)
def transposed_convolution_2d(x: Tensor, W: Tensor, b: Tensor, *, stride: int = 2, padding: int = 0) -> Expr:
    """Every entry times the kernel, all of them added up. Source: Zeiler et al., Deconvolutional networks (2010)."""
    n, o, row, column = indices(*_spread_over_images(stride=stride, padding=padding))
    c, k, m, p, q = indices(channels, height, width, rows, columns)
    landed = total(W[c, o, k, m] * x[n, c, p, q], over=c)
    met = at(row, stride * p + k - padding) * at(column, stride * q + m - padding)
    return total(landed * met, over=(p, k, q, m)) + b[o]

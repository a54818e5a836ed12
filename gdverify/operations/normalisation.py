"""Normalisation: over a batch, over features, over an image; and the softmax."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import (
    Tensor,
    at,
    fixed,
    indices,
    operation,
    over_root_mean_square,
    share,
    standardised,
    standardised_with,
    total,
)
from gdverify.notation import log_softmax as log_softmax_of
from gdverify.notation import softmax as softmax_of
from gdverify.operations.axes import batch, channels, columns, features, leading, outputs, rows
from gdverify.operations.numbers import SMALL


@operation("p", z=(leading, outputs), gives=(leading, outputs))
def softmax(z: Tensor) -> Expr:
    """Softmax over the last axis. Source: Bridle (1990)."""
    n, o = indices(leading, outputs)
    return softmax_of(z[n, o], over=o)


@operation("p", z=(outputs, leading), gives=(outputs, leading))
def softmax_columns(z: Tensor) -> Expr:
    """Softmax over the first axis, where samples stand in columns. Source: Bridle (1990)."""
    o, n = indices(outputs, leading)
    return softmax_of(z[o, n], over=o)


@operation("p", z=(leading, outputs), gives=(leading, outputs))
def log_softmax(z: Tensor) -> Expr:
    """Logarithm of the softmax over the last axis. Source: Goodfellow et al., Deep Learning, 4.1."""
    n, o = indices(leading, outputs)
    return log_softmax_of(z[n, o], over=o)


@operation("p", z=(outputs, leading), gives=(outputs, leading))
def log_softmax_columns(z: Tensor) -> Expr:
    """Logarithm of the softmax over the first axis. Source: Goodfellow et al., Deep Learning, 4.1."""
    o, n = indices(outputs, leading)
    return log_softmax_of(z[o, n], over=o)


@operation("p", z=(batch, channels, rows, columns), gives=(batch, channels, rows, columns))
def softmax_channels(z: Tensor) -> Expr:
    """Softmax over the channels of every pixel. Source: Long et al., Fully convolutional networks (2015)."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return softmax_of(z[n, c, i, j], over=c)


@operation("p", z=(batch, channels, rows, columns), gives=(batch, channels, rows, columns))
def log_softmax_channels(z: Tensor) -> Expr:
    """Logarithm of the softmax over the channels of every pixel. Source: Long et al. (2015)."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return log_softmax_of(z[n, c, i, j], over=c)


@operation("y", x=(batch, features), g=(features,), b=(features,), gives=(batch, features))
def batch_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Batch normalisation with the statistics of the batch. Source: Ioffe and Szegedy (2015)."""
    n, j = indices(batch, features)
    return g[j] * standardised(x[n, j], over=n, epsilon=epsilon) + b[j]


@operation(
    "y",
    x=(leading, features),
    g=(features,),
    b=(features,),
    centre=(features,),
    variance=(features,),
    gives=(leading, features),
)
def batch_norm_evaluation(
    x: Tensor, g: Tensor, b: Tensor, centre: Tensor, variance: Tensor, *, epsilon: Rational = SMALL
) -> Expr:
    """Batch normalisation with statistics that are given. Source: Ioffe and Szegedy (2015)."""
    n, j = indices(leading, features)
    return g[j] * standardised_with(x[n, j], centre[j], variance[j], epsilon) + b[j]


@operation(
    "y",
    x=(batch, channels, rows, columns),
    g=(channels,),
    b=(channels,),
    gives=(batch, channels, rows, columns),
)
def batch_norm_2d(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Batch normalisation of images, channel by channel. Source: Ioffe and Szegedy (2015), 3.2."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return g[c] * standardised(x[n, c, i, j], over=(n, i, j), epsilon=epsilon) + b[c]


@operation(
    "y",
    x=(batch, channels, rows, columns),
    g=(channels,),
    b=(channels,),
    centre=(channels,),
    variance=(channels,),
    gives=(batch, channels, rows, columns),
)
def batch_norm_2d_evaluation(
    x: Tensor, g: Tensor, b: Tensor, centre: Tensor, variance: Tensor, *, epsilon: Rational = SMALL
) -> Expr:
    """Batch normalisation of images with statistics that are given. Source: Ioffe and Szegedy (2015), 3.2."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return g[c] * standardised_with(x[n, c, i, j], centre[c], variance[c], epsilon) + b[c]


@operation(
    "y",
    x=(batch, channels, rows, columns),
    g=(channels,),
    b=(channels,),
    gives=(batch, channels, rows, columns),
)
def instance_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Normalisation of each channel of each image. Source: Ulyanov et al. (2016)."""
    n, c, i, j = indices(batch, channels, rows, columns)
    return g[c] * standardised(x[n, c, i, j], over=(i, j), epsilon=epsilon) + b[c]


@operation(
    "y",
    x=(batch, channels, rows, columns),
    g=(channels,),
    b=(channels,),
    gives=(batch, channels, rows, columns),
)
def group_norm(x: Tensor, g: Tensor, b: Tensor, *, groups: int = 2, epsilon: Rational = SMALL) -> Expr:
    """Normalisation of groups of channels of each image. Source: Wu and He (2018)."""
    group, member = fixed("groups", groups, channels), share("members", channels, groups)
    n, c, i, j = indices(batch, channels, rows, columns)
    m, k = indices(group, member)
    normal = standardised(x[n, member.size * m + k, i, j], over=(k, i, j), epsilon=epsilon)
    return g[c] * total(normal * at(c, member.size * m + k), over=(m, k)) + b[c]


@operation("y", x=(leading, features), g=(features,), b=(features,), gives=(leading, features))
def layer_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Normalisation over the features of each sample. Source: Ba, Kiros and Hinton (2016)."""
    n, j = indices(leading, features)
    return g[j] * standardised(x[n, j], over=j, epsilon=epsilon) + b[j]


@operation("y", x=(leading, features), g=(features,), gives=(leading, features))
def rms_norm(x: Tensor, g: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Features over the root of their mean square. Source: Zhang and Sennrich (2019)."""
    n, j = indices(leading, features)
    return g[j] * over_root_mean_square(x[n, j], over=j, epsilon=epsilon)

"""Normalisation: over a batch, over features, over an image; and the softmax."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Rational

from gdverify.notation import Tensor, at, fixed, indices, mean, operation, share, total, whole
from gdverify.notation import functions as f
from gdverify.notation import log_softmax as log_softmax_of
from gdverify.notation import softmax as softmax_of
from gdverify.notation.axes import Index
from gdverify.operations.axes import batch, channels, columns, features, leading, outputs, rows
from gdverify.operations.numbers import SMALL


def _standardised(centred: Expr, variance: Expr, epsilon: Rational) -> Expr:
    return whole(centred / f.sqrt(variance + epsilon), "normal")


def _of_group(x: Tensor, group: Sequence[Index], place: Sequence[Index]) -> Expr:
    n, m = group
    k, i, j = place
    return x[n, k.axis.size * m + k, i, j]


def _pixel(x: Tensor, channel: Index, place: Sequence[Index]) -> Expr:
    n, i, j = place
    return x[n, channel, i, j]


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


@operation("y", x=(batch, features), g=(features,), b=(features,), gives=(batch, features))
def batch_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Batch normalisation with the statistics of the batch. Source: Ioffe and Szegedy (2015)."""
    n, m, k, j = indices(batch, batch, batch, features)
    centre = mean(x[m, j], over=m)
    variance = mean(whole(x[k, j] - centre, "centred") ** 2, over=k)
    return g[j] * _standardised(whole(x[n, j] - centre, "centred"), variance, epsilon) + b[j]


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
    return g[j] * _standardised(x[n, j] - centre[j], variance[j], epsilon) + b[j]


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
    first, second = indices(batch, rows, columns), indices(batch, rows, columns)
    centre = mean(_pixel(x, c, first), over=first)
    variance = mean(whole(_pixel(x, c, second) - centre, "centred") ** 2, over=second)
    return g[c] * _standardised(whole(x[n, c, i, j] - centre, "centred"), variance, epsilon) + b[c]


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
    return g[c] * _standardised(x[n, c, i, j] - centre[c], variance[c], epsilon) + b[c]


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
    first, second = indices(rows, columns), indices(rows, columns)
    centre = mean(_pixel(x, c, (n, *first)), over=first)
    variance = mean(whole(_pixel(x, c, (n, *second)) - centre, "centred") ** 2, over=second)
    return g[c] * _standardised(whole(x[n, c, i, j] - centre, "centred"), variance, epsilon) + b[c]


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
    grouped = x[n, member.size * m + k, i, j]
    first, second = indices(member, rows, columns), indices(member, rows, columns)
    centre = mean(_of_group(x, (n, m), first), over=first)
    variance = mean(whole(_of_group(x, (n, m), second) - centre, "centred") ** 2, over=second)
    normal = _standardised(whole(grouped - centre, "centred"), variance, epsilon)
    return g[c] * total(normal * at(c, member.size * m + k), over=(m, k)) + b[c]


@operation("y", x=(leading, features), g=(features,), b=(features,), gives=(leading, features))
def layer_norm(x: Tensor, g: Tensor, b: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Normalisation over the features of each sample. Source: Ba, Kiros and Hinton (2016)."""
    n, j, k, m = indices(leading, features, features, features)
    centre = mean(x[n, k], over=k)
    variance = mean(whole(x[n, m] - centre, "centred") ** 2, over=m)
    return g[j] * _standardised(whole(x[n, j] - centre, "centred"), variance, epsilon) + b[j]


@operation("y", x=(leading, features), g=(features,), gives=(leading, features))
def rms_norm(x: Tensor, g: Tensor, *, epsilon: Rational = SMALL) -> Expr:
    """Features over the root of their mean square. Source: Zhang and Sennrich (2019)."""
    n, j, k = indices(leading, features, features)
    return g[j] * _standardised(x[n, j], mean(x[n, k] ** 2, over=k), epsilon)

"""Layers: jax's convolution, windows, softmax and attention; channels stand where the catalogue has them."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax

from tests.witness.rows import Row

Array = jax.Array


def _convolution(
    x: Array,
    W: Array,
    b: Array,
    stride: int,
    dilation: int,
    padding: int,
    layout: tuple[str, str, str] = ("NCHW", "OIHW", "NCHW"),
    groups: int = 1,
) -> Array:
    axes = x.ndim - 2
    z = lax.conv_general_dilated(
        x,
        W,
        (stride,) * axes,
        [(padding, padding)] * axes,
        rhs_dilation=(dilation,) * axes,
        dimension_numbers=layout,
        feature_group_count=groups,
    )
    return z + b.reshape([-1 if letter == "C" else 1 for letter in layout[2]])


def _transposed(x: Array, W: Array, b: Array, stride: int, padding: int) -> Array:
    """A convolution of the input with gaps between its entries, the kernel turned around."""
    around = [(size - 1 - padding,) * 2 for size in W.shape[2:]]
    turned = jnp.flip(W, axis=(2, 3)).swapaxes(0, 1)
    return lax.conv_general_dilated(x, turned, (1, 1), around, lhs_dilation=(stride, stride)) + b[:, None, None]


def _windows(x: Array, start: float, combine: object, width: int, stride: int, image: Sequence[int] = (2, 3)) -> Array:
    """Over some of the axes, the image."""
    width_of, stride_of = ([size if axis in image else 1 for axis in range(x.ndim)] for size in (width, stride))
    return lax.reduce_window(x, start, combine, width_of, stride_of, "VALID")


def _normalised(x: Array, g: Array, b: Array, axes: Sequence[int], epsilon: float) -> Array:
    """Features are the axis behind the batch; jax's own subtracts the squared mean from the mean square."""
    wide = (-1,) + (1,) * (x.ndim - 2)
    centred = x - x.mean(axis=axes, keepdims=True)
    return g.reshape(wide) * centred * lax.rsqrt(x.var(axis=axes, keepdims=True) + epsilon) + b.reshape(wide)


def _last_normalised(x: Array, g: Array, b: Array, epsilon: float) -> Array:
    return g * (x - x.mean(axis=-1, keepdims=True)) * lax.rsqrt(x.var(axis=-1, keepdims=True) + epsilon) + b


def _grouped(x: Array, g: Array, b: Array, groups: int, epsilon: float) -> Array:
    """Members of a group are an axis of their own for a while."""
    one = jnp.ones(groups, x.dtype)
    apart = jnp.reshape(x, (len(x), groups, -1, *x.shape[2:]))
    normal = _normalised(apart, one, 0 * one, (2, 3, 4), epsilon)
    return g[:, None, None] * jnp.reshape(normal, x.shape) + b[:, None, None]


def _attention(q: Array, k: Array, v: Array, bias: Array | float = 0.0, where: Array | None = None) -> Array:
    """jax's own takes the softmax in float32: see the disagreements."""
    scores = jnp.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5 + bias
    return jax.nn.softmax(scores, axis=-1, where=where) @ v


def _no_later(q: Array, k: Array) -> Array:
    return jnp.tril(jnp.ones((q.shape[-2], k.shape[-2]), bool))


ROWS: dict[str, Row] = {
    "affine": lambda x, W, b: x @ W.T + b,
    "linear": lambda x, W: x @ W.T,
    "linear_in_out": lambda x, w: x @ w,
    "weighted_sum": lambda x, w: x @ w,
    "line_through": lambda x, a, b: jnp.polyval(jnp.stack([a, b]), x),
    "bilinear": lambda u, v, W, b: jnp.einsum("oij,ni,nj->no", W, u, v) + b,
    "softmax": lambda z: jax.nn.softmax(z, axis=-1),
    "softmax_columns": lambda z: jax.nn.softmax(z, axis=0),
    "softmax_channels": lambda z: jax.nn.softmax(z, axis=1),
    "log_softmax": lambda z: jax.nn.log_softmax(z, axis=-1),
    "log_softmax_columns": lambda z: jax.nn.log_softmax(z, axis=0),
    "log_softmax_channels": lambda z: jax.nn.log_softmax(z, axis=1),
    "batch_norm": lambda x, g, b, epsilon: _normalised(x, g, b, (0,), epsilon),
    "batch_norm_2d": lambda x, g, b, epsilon: _normalised(x, g, b, (0, 2, 3), epsilon),
    "instance_norm": lambda x, g, b, epsilon: _normalised(x, g, b, (2, 3), epsilon),
    "batch_norm_evaluation": lambda x, g, b, centre, variance, epsilon: (
        g * jax.nn.standardize(x, axis=0, mean=centre, variance=variance, epsilon=epsilon) + b
    ),
    "batch_norm_2d_evaluation": lambda x, g, b, centre, variance, epsilon: jnp.moveaxis(
        g * jax.nn.standardize(jnp.moveaxis(x, 1, -1), mean=centre, variance=variance, epsilon=epsilon) + b, -1, 1
    ),
    "layer_norm": lambda x, g, b, epsilon: _last_normalised(x, g, b, epsilon),
    "group_norm": lambda x, g, b, groups, epsilon: _grouped(x, g, b, groups, epsilon),
    "rms_norm": lambda x, g, epsilon: g * x * lax.rsqrt(jnp.mean(x**2, axis=1, keepdims=True) + epsilon),
    "attention": lambda q, k, v: _attention(q, k, v),
    "causal_attention": lambda q, k, v: _attention(q, k, v, where=_no_later(q, k)),
    "masked_attention": lambda q, k, v, mask: _attention(q, k, v, mask),
    "convolution_1d": lambda x, W, b, stride, dilation, padding: _convolution(
        x, W, b, stride, dilation, padding, ("NCH", "OIH", "NCH")
    ),
    "convolution_2d": lambda x, W, b, stride, dilation, padding: _convolution(x, W, b, stride, dilation, padding),
    "convolution_1d_channels_last": lambda x, W, b, stride, dilation, padding: _convolution(
        x, W, b, stride, dilation, padding, ("NHC", "HIO", "NHC")
    ),
    "convolution_2d_channels_last": lambda x, W, b, stride, dilation, padding: _convolution(
        x, W, b, stride, dilation, padding, ("NHWC", "HWIO", "NHWC")
    ),
    "depthwise_convolution_2d": lambda x, W, b, stride, dilation, padding: _convolution(
        x, W[:, None], b, stride, dilation, padding, groups=len(W)
    ),
    "depthwise_convolution_2d_channels_last": lambda x, W, b, stride, dilation, padding: _convolution(
        x, W[:, :, None], b, stride, dilation, padding, ("NHWC", "HWIO", "NHWC"), groups=len(b)
    ),
    "grouped_convolution_2d": lambda x, W, b, groups, stride, dilation, padding: _convolution(
        x, W, b, stride, dilation, padding, groups=groups
    ),
    "transposed_convolution_2d": lambda x, W, b, stride, padding: _transposed(x, W, b, stride, padding),
    "max_pooling_2d": lambda x, width, stride: _windows(x, -jnp.inf, lax.max, width, stride),
    "average_pooling_2d": lambda x, width, stride: _windows(x, 0.0, lax.add, width, stride) / width**2,
    "max_pooling_1d": lambda x, width, stride: _windows(x, -jnp.inf, lax.max, width, stride, (2,)),
    "average_pooling_1d": lambda x, width, stride: _windows(x, 0.0, lax.add, width, stride, (2,)) / width,
    "max_pooling_2d_channels_last": lambda x, width, stride: _windows(x, -jnp.inf, lax.max, width, stride, (1, 2)),
    "average_pooling_2d_channels_last": lambda x, width, stride: (
        _windows(x, 0.0, lax.add, width, stride, (1, 2)) / width**2
    ),
    "global_average_pooling_channels_last": lambda x: jnp.mean(x, axis=(1, 2)),
    "global_max_pooling_channels_last": lambda x: jnp.max(x, axis=(1, 2)),
    "max_over_time": lambda x: jnp.max(x, axis=1),
    "global_average_pooling": lambda x: jnp.mean(x, axis=(2, 3)),
    "global_max_pooling": lambda x: jnp.max(x, axis=(2, 3)),
    "maxout": lambda x, W, b: jnp.max(jnp.einsum("ni,oki->nok", x, W) + b, axis=-1),
    "embedding": lambda E, ids: jnp.take(E, ids, axis=0),
}

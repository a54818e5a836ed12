"""Affine maps, in the layouts that are in use."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, indices, operation, total
from gdverify.operations.axes import batch, features, inputs, leading, outputs, time


@operation("z", x=(leading, inputs), W=(outputs, inputs), b=(outputs,), gives=(leading, outputs))
def affine(x: Tensor, W: Tensor, b: Tensor) -> Expr:
    """Affine map of each row of x, weights stored (out, in). Source: Goodfellow et al., Deep Learning, ch. 6."""
    n, i, o = indices(leading, inputs, outputs)
    return total(W[o, i] * x[n, i], over=i) + b[o]


@operation("z", x=(leading, inputs), W=(outputs, inputs), gives=(leading, outputs))
def linear(x: Tensor, W: Tensor) -> Expr:
    """Linear map of each row of x, weights stored (out, in). Source: Goodfellow et al., Deep Learning, ch. 6."""
    n, i, o = indices(leading, inputs, outputs)
    return total(W[o, i] * x[n, i], over=i)


@operation("z", x=(leading, inputs), w=(inputs, outputs), gives=(leading, outputs))
def linear_in_out(x: Tensor, w: Tensor) -> Expr:
    """Linear map of each row of x, weights stored (in, out). Source: Bishop, Deep Learning (2024), ch. 6."""
    n, i, o = indices(leading, inputs, outputs)
    return total(x[n, i] * w[i, o], over=i)


@operation("z", x=(leading, inputs), w=(inputs,), gives=(leading,))
def weighted_sum(x: Tensor, w: Tensor) -> Expr:
    """Sum of products of one neuron. Source: Rosenblatt, The Perceptron (1958)."""
    n, i = indices(leading, inputs)
    return total(w[i] * x[n, i], over=i)


@operation("s", u=(batch, features), v=(batch, time, features), gives=(batch, time))
def dot_products(u: Tensor, v: Tensor) -> Expr:
    """Products of one vector with several, for each sample. Source: Mikolov et al. (2013), their skip-gram."""
    n, t, j = indices(batch, time, features)
    return total(u[n, j] * v[n, t, j], over=j)


@operation("y", x=(leading,), a=(), b=(), gives=(leading,))
def line_through(x: Tensor, a: Tensor, b: Tensor) -> Expr:
    """Straight line with slope a and intercept b, at each point x. Source: Legendre, least squares (1805)."""
    (n,) = indices(leading)
    return a[()] * x[n] + b[()]


@operation(
    "z",
    u=(leading, inputs),
    v=(leading, features),
    W=(outputs, inputs, features),
    b=(outputs,),
    gives=(leading, outputs),
)
def bilinear(u: Tensor, v: Tensor, W: Tensor, b: Tensor) -> Expr:
    """Bilinear map of two vectors for each sample. Source: Tenenbaum and Freeman (2000)."""
    n, i, j, o = indices(leading, inputs, features, outputs)
    return total(W[o, i, j] * u[n, i] * v[n, j], over=(i, j)) + b[o]

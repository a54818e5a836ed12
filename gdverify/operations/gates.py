"""Tensors put together entry by entry: gates, scales, branches that meet again."""

from __future__ import annotations

from sympy import Expr, Rational

from gdverify.notation import Tensor, indices, operation
from gdverify.notation import functions as f
from gdverify.operations.axes import batch, features, leading, time
from gdverify.operations.numbers import HALF


@operation("y")
def residual(x: Expr, v: Expr) -> Expr:
    """A branch added to what goes around it. Source: He et al., Deep residual learning (2016)."""
    return x + v


@operation("y")
def gated(x: Expr, v: Expr, g: Expr) -> Expr:
    """A gate g between two branches. Source: Srivastava et al., Highway networks (2015)."""
    return g * x + (1 - g) * v


@operation("y", x=(leading, features), g=(features,), gives=(leading, features))
def scale(x: Tensor, g: Tensor) -> Expr:
    """Each feature times a number of its own. Source: Touvron et al., LayerScale (2021)."""
    n, j = indices(leading, features)
    return x[n, j] * g[j]


@operation("y", x=(batch, time, features), P=(time, features), gives=(batch, time, features))
def positional_encoding(x: Tensor, P: Tensor) -> Expr:
    """A vector added for each position, learnt or made of sinusoids.

    Those of step t and F features are sin(t / 10000^(2k/F)) in feature 2k, and the same cosine in feature 2k + 1.
    Source: Vaswani et al. (2017), 3.5.
    """
    n, t, j = indices(batch, time, features)
    return x[n, t, j] + P[t, j]


@operation("y")
def glu(u: Expr, v: Expr) -> Expr:
    """Gated linear unit of its two halves. Source: Dauphin et al. (2017)."""
    return u * f.sigmoid(v)


@operation("y")
def swiglu(u: Expr, v: Expr) -> Expr:
    """Gated linear unit with a SiLU for the gate. Source: Shazeer (2020)."""
    return u * v * f.sigmoid(v)


@operation("y")
def dropout(x: Expr, mask: Expr, *, keep: Rational = HALF) -> Expr:
    """A mask of zeros and ones, divided by how many are kept. Source: Srivastava et al. (2014); inverted."""
    return x * mask / keep

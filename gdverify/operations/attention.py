"""Attention: values mixed by how well their keys fit a query."""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Tensor, indices, operation, softmax, total
from gdverify.notation import functions as f
from gdverify.notation.axes import Index
from gdverify.operations.axes import depth, keys, leading, queries, values

MIXED = (leading, queries, values)


def _score(q: Tensor, k: Tensor, n: tuple[Index, ...], i: Index, j: Index, d: Index) -> Expr:
    """How well key j fits query i."""
    return total(q[n, i, d] * k[n, j, d], over=d) / f.sqrt(depth.size)


@operation("y", q=(leading, queries, depth), k=(leading, keys, depth), v=(leading, keys, values), gives=MIXED)
def attention(q: Tensor, k: Tensor, v: Tensor) -> Expr:
    """Scaled dot-product attention. Source: Vaswani et al. (2017), 3.2."""
    n, i, j, d, w = indices(leading, queries, keys, depth, values)
    weights = softmax(_score(q, k, n, i, j, d), over=j)
    return total(weights * v[n, j, w], over=j)


@operation("y", q=(leading, queries, depth), k=(leading, keys, depth), v=(leading, keys, values), gives=MIXED)
def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Expr:
    """Scaled dot-product attention to no key behind the query. Source: Vaswani et al. (2017), 3.2.3."""
    n, i, j, d, w = indices(leading, queries, keys, depth, values)
    weights = softmax(_score(q, k, n, i, j, d), over=j, until=i)
    return total(weights * v[n, j, w], over=j)


@operation(
    "y",
    q=(leading, queries, depth),
    k=(leading, keys, depth),
    v=(leading, keys, values),
    mask=(queries, keys),
    gives=MIXED,
)
def masked_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Expr:
    """Scaled dot-product attention with a mask that is added to the scores. Source: Vaswani et al. (2017), 3.2."""
    n, i, j, d, w = indices(leading, queries, keys, depth, values)
    weights = softmax(_score(q, k, n, i, j, d) + mask[i, j], over=j)
    return total(weights * v[n, j, w], over=j)

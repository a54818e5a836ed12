"""Attention: values mixed by how well their keys fit a query."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdverify.documented.affine import Affine
from gdverify.documented.arrays import Array
from gdverify.documented.normalisation import Softmax
from gdverify.documented.shapes import JoinHeads, SplitHeads


class Mixing:
    """y = softmax(scores) v: what every kind of attention ends with."""

    v: Array
    weights: Array

    def __init__(self) -> None:
        self.softmax = Softmax()

    def forward(self, scores: Array, v: Array) -> Array:
        """y ``(…, queries, values)`` for scores ``(…, queries, keys)`` and v ``(…, keys, values)``."""
        self.weights, self.v = self.softmax.forward(scores), v
        return self.weights @ v

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dscores and dv, for dy ``(…, queries, values)``."""
        # y = P v, so dP = dy vᵀ and dv = Pᵀ dy
        dweights = dy @ self.v.swapaxes(-1, -2)
        return self.softmax.backward(dweights), self.weights.swapaxes(-1, -2) @ dy


class Attention:
    """y = softmax(q kᵀ / √depth) v."""

    q: Array
    k: Array

    def __init__(self) -> None:
        self.mixing = Mixing()

    def forward(self, q: Array, k: Array, v: Array) -> Array:
        """y ``(…, queries, values)`` for q ``(…, queries, depth)``, k ``(…, keys, depth)``, v ``(…, keys, values)``."""
        self.q, self.k = q, k
        return self.mixing.forward(q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5, v)

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """dq, dk and dv, for dy ``(…, queries, values)``."""
        dscores, dv = self.mixing.backward(dy)
        dproducts = dscores / self.q.shape[-1] ** 0.5
        # products = q kᵀ, so dq = dproducts k and dk = dproductsᵀ q
        return dproducts @ self.k, dproducts.swapaxes(-1, -2) @ self.q, dv


class MaskedAttention:
    """y = softmax(q kᵀ / √depth + mask) v: a key is not seen where the mask is −∞, or very negative."""

    q: Array
    k: Array

    def __init__(self) -> None:
        self.mixing = Mixing()

    def forward(self, q: Array, k: Array, v: Array, mask: Array) -> Array:
        """y as in `Attention`, for a mask ``(queries, keys)`` that all samples share."""
        self.q, self.k = q, k
        return self.mixing.forward(q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5 + mask, v)

    def backward(self, dy: Array) -> tuple[Array, Array, Array, Array]:
        """dq, dk, dv and dmask ``(queries, keys)``: a mask may be learnt, as a bias of positions is."""
        dscores, dv = self.mixing.backward(dy)
        dproducts = dscores / self.q.shape[-1] ** 0.5
        # dmask = Σ_n dscores_n
        dmask = dscores.sum(axis=tuple(range(dscores.ndim - 2)))
        return dproducts @ self.k, dproducts.swapaxes(-1, -2) @ self.q, dv, dmask


class CausalAttention:
    """The attention of every query to no key behind it."""

    q: Array
    k: Array

    def __init__(self) -> None:
        self.mixing = Mixing()

    def forward(self, q: Array, k: Array, v: Array) -> Array:
        """y as in `Attention`."""
        self.q, self.k = q, k
        scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
        # A weight of 0 for every key j > i, and through it no gradient.
        seen = np.tri(*scores.shape[-2:]) > 0
        return self.mixing.forward(np.where(seen, scores, -np.inf), v)

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """dq, dk and dv, for dy ``(…, queries, values)``."""
        dscores, dv = self.mixing.backward(dy)
        dproducts = dscores / self.q.shape[-1] ** 0.5
        return dproducts @ self.k, dproducts.swapaxes(-1, -2) @ self.q, dv


class MultiHeadAttention:
    """Several attentions side by side, on projections of their own, of x to itself.

    Attributes:
        query, key, value, output: `Affine`, ``(features, features)``; their gradients stay in them.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        rng: np.random.Generator,
        attend: Callable[[], Attention | CausalAttention] = Attention,
    ) -> None:
        """Draw the projections; ``heads`` divides the number of features, ``attend`` makes what they look with."""
        self.query, self.key, self.value, self.output = (Affine(features, features, rng) for _ in range(4))
        self.split, self.join, self.attention = SplitHeads(heads), JoinHeads(), attend()

    def forward(self, x: Array) -> Array:
        """y ``(batch, steps, features)`` for x of that shape."""
        q, k, v = (self.split.forward(layer.forward(x)) for layer in (self.query, self.key, self.value))
        return self.output.forward(self.join.forward(self.attention.forward(q, k, v)))

    def backward(self, dy: Array) -> Array:
        """dx, for dy shaped like x."""
        dq, dk, dv = self.attention.backward(self.join.backward(self.output.backward(dy)))
        # x goes three ways: the gradients of the three add up.
        dx = self.query.backward(self.split.backward(dq))
        dx += self.key.backward(self.split.backward(dk))
        dx += self.value.backward(self.split.backward(dv))
        return dx

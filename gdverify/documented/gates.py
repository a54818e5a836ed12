"""Tensors put together entry by entry: gates, scales, branches that meet again."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, sigmoid


class Residual:
    """y = x + v: a branch v added to what goes around it."""

    def forward(self, x: Array, v: Array) -> Array:
        """y, shaped like x and v."""
        return x + v

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dx and dv: each a copy, so that writing into one changes neither the other nor dy."""
        return dy.copy(), dy.copy()


class Product:
    """y = x w, entry by entry."""

    x: Array
    w: Array

    def forward(self, x: Array, w: Array) -> Array:
        """y, shaped like x and w."""
        self.x, self.w = x, w
        return x * w

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dx and dw, shaped like dy."""
        return dy * self.w, dy * self.x


class Gated:
    """y = g x + (1 − g) v: a gate g between two branches, as in a highway network."""

    x: Array
    v: Array
    g: Array

    def forward(self, x: Array, v: Array, g: Array) -> Array:
        """y, shaped like x, v and g."""
        self.x, self.v, self.g = x, v, g
        return g * x + (1 - g) * v

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        """dx, dv and dg, shaped like dy."""
        return dy * self.g, dy * (1 - self.g), dy * (self.x - self.v)


class Scale:
    """y_nj = x_nj g_j.

    Attributes:
        g: ``(features,)``; dg: what the last `backward` found.
    """

    x: Array
    dg: Array

    def __init__(self, features: int) -> None:
        """g is 1 at first."""
        self.g: Array = np.ones(features)

    def forward(self, x: Array) -> Array:
        """y ``(…, features)``, shaped like x."""
        self.x = x
        return x * self.g

    def backward(self, dy: Array) -> Array:
        """Store dg, return dx ``(…, features)``, for dy of that shape."""
        # dg_j = Σ_n dy_nj x_nj
        self.dg = (dy * self.x).sum(axis=tuple(range(dy.ndim - 1)))
        return dy * self.g


def sinusoids(steps: int, features: int) -> Array:
    """``(steps, features)``: sines and cosines of the position in turn, of wavelengths from 2π to 10000 · 2π."""
    angles = np.arange(steps)[:, None] / 10000 ** (np.arange(features) // 2 * 2 / features)
    return np.where(np.arange(features) % 2 == 0, np.sin(angles), np.cos(angles))


class PositionalEncoding:
    """y_ntj = x_ntj + P_tj: a vector for each position, learnt or that of `sinusoids`.

    Attributes:
        P: ``(steps, features)``; dP: what the last `backward` found, for encodings that are learnt.
    """

    dP: Array

    def __init__(self, steps: int, features: int) -> None:
        """P is that of `sinusoids` at first."""
        self.P = sinusoids(steps, features)

    def forward(self, x: Array) -> Array:
        """y ``(batch, steps, features)``, shaped like x."""
        return x + self.P

    def backward(self, dy: Array) -> Array:
        """Store dP, return dx, for dy shaped like x."""
        # dP_tj = Σ_n dy_ntj
        self.dP = dy.sum(axis=0)
        return dy.copy()


class GLU:
    """y = u σ(v): one half of the features is let through by the other."""

    u: Array
    gate: Array

    def forward(self, u: Array, v: Array) -> Array:
        """y, shaped like u and v."""
        self.u, self.gate = u, sigmoid(v)
        return u * self.gate

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """du and dv, shaped like dy."""
        du = dy * self.gate
        # dv = dy u σ(v) (1 − σ(v))
        return du, du * self.u * (1 - self.gate)


class SwiGLU:
    """y = u v σ(v): the gate is a SiLU."""

    u: Array
    v: Array
    gate: Array

    def forward(self, u: Array, v: Array) -> Array:
        """y, shaped like u and v."""
        self.u, self.v, self.gate = u, v, sigmoid(v)
        return u * v * self.gate

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """du and dv, shaped like dy."""
        dsigma = dy * self.gate
        # dv = dy u (σ + v σ (1 − σ))
        return dsigma * self.v, dsigma * self.u * (1 + self.v * (1 - self.gate))


class Dropout:
    """y = x mask / keep, for a mask of zeros and ones of which the share ``keep`` is 1."""

    x: Array
    mask: Array

    def __init__(self, keep: float = 0.5) -> None:
        """``keep`` is the share that is kept: the mean of y is then the mean of x."""
        self.keep = keep

    def forward(self, x: Array, mask: Array) -> Array:
        """y, shaped like x and mask."""
        self.x, self.mask = x, mask
        return x * mask / self.keep

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dx and dmask, shaped like dy; a mask that is drawn has no use for its gradient, one that is learnt has."""
        dx = dy / self.keep
        return dx * self.mask, dx * self.x

"""Affine maps, in the layouts that are in use: ``forward``, then ``backward`` with the gradient that arrives.

What a layer learns is an attribute, drawn when it is made and free to be set; ``backward`` leaves its gradient beside
it, with a ``d`` in front of the name, and returns the gradient of what ``forward`` was given.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, Scalar, initial


def _rows(x: Array) -> Array:
    """All samples one below the other: ``(…, features)`` as ``(samples, features)``."""
    return x.reshape(-1, x.shape[-1])


class Affine:
    """z = x Wᵀ + b.

    Attributes:
        W: ``(out, in)``; b: ``(out,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    x: Array
    dW: Array
    db: Array

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        """Draw W; b is 0 at first."""
        self.W = initial(rng, outputs, inputs, inputs=inputs)
        self.b: Array = np.zeros(outputs)

    def forward(self, x: Array) -> Array:
        """z ``(…, out)`` for x ``(…, in)``."""
        self.x = x
        # z_no = Σ_i x_ni W_oi + b_o
        return x @ self.W.T + self.b

    def backward(self, dz: Array) -> Array:
        """Store dW and db, return dx ``(…, in)``, for dz ``(…, out)``."""
        # dW_oi = Σ_n dz_no x_ni
        self.dW = _rows(dz).T @ _rows(self.x)
        # db_o = Σ_n dz_no
        self.db = _rows(dz).sum(axis=0)
        # dx_ni = Σ_o dz_no W_oi
        return dz @ self.W


class LinearMap:
    """z = x Wᵀ.

    Attributes:
        W: ``(out, in)``; dW: what the last `backward` found.
    """

    x: Array
    dW: Array

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        """Draw W."""
        self.W = initial(rng, outputs, inputs, inputs=inputs)

    def forward(self, x: Array) -> Array:
        """z ``(…, out)`` for x ``(…, in)``."""
        self.x = x
        return x @ self.W.T

    def backward(self, dz: Array) -> Array:
        """Store dW, return dx ``(…, in)``, for dz ``(…, out)``."""
        # dW_oi = Σ_n dz_no x_ni
        self.dW = _rows(dz).T @ _rows(self.x)
        # dx_ni = Σ_o dz_no W_oi
        return dz @ self.W


class LinearInOut:
    """z = x w, with the weights stored the other way round.

    Attributes:
        w: ``(in, out)``; dw: what the last `backward` found.
    """

    x: Array
    dw: Array

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        """Draw w."""
        self.w = initial(rng, inputs, outputs, inputs=inputs)

    def forward(self, x: Array) -> Array:
        """z ``(…, out)`` for x ``(…, in)``."""
        self.x = x
        return x @ self.w

    def backward(self, dz: Array) -> Array:
        """Store dw, return dx ``(…, in)``, for dz ``(…, out)``."""
        # dw_io = Σ_n x_ni dz_no
        self.dw = _rows(self.x).T @ _rows(dz)
        # dx_ni = Σ_o dz_no w_io
        return dz @ self.w.T


class WeightedSum:
    """z_n = Σ_i w_i x_ni: one neuron.

    Attributes:
        w: ``(in,)``; dw: what the last `backward` found.
    """

    x: Array
    dw: Array

    def __init__(self, inputs: int, rng: np.random.Generator) -> None:
        """Draw w."""
        self.w = initial(rng, inputs, inputs=inputs)

    def forward(self, x: Array) -> Array:
        """z ``(batch,)`` for x ``(batch, in)``."""
        self.x = x
        return x @ self.w

    def backward(self, dz: Array) -> Array:
        """Store dw, return dx ``(batch, in)``, for dz ``(batch,)``."""
        # dw_i = Σ_n dz_n x_ni
        self.dw = dz @ self.x
        # dx_ni = dz_n w_i
        return np.outer(dz, self.w)


class DotProducts:
    """s_nt = Σ_j u_nj v_ntj: one vector with several, for each sample."""

    u: Array
    v: Array

    def forward(self, u: Array, v: Array) -> Array:
        """s ``(batch, several)`` for u ``(batch, features)`` and v ``(batch, several, features)``."""
        self.u, self.v = u, v
        return (v @ u[:, :, None])[:, :, 0]

    def backward(self, ds: Array) -> tuple[Array, Array]:
        """du ``(batch, features)`` and dv ``(batch, several, features)``, for ds ``(batch, several)``."""
        # du_nj = Σ_t ds_nt v_ntj,  dv_ntj = ds_nt u_nj
        return (ds[:, None, :] @ self.v)[:, 0], ds[:, :, None] * self.u[:, None, :]


class Line:
    """y = a x + b, for numbers a and b.

    Attributes:
        a, b: ``()``; da, db: what the last `backward` found.
    """

    x: Array
    da: Scalar
    db: Scalar

    def __init__(self) -> None:
        """Begin with the diagonal."""
        self.a: Array = np.array(1.0)
        self.b: Array = np.array(0.0)

    def forward(self, x: Array) -> Array:
        """y, shaped like x."""
        self.x = x
        return self.a * x + self.b

    def backward(self, dy: Array) -> Array:
        """Store da and db, return dx, shaped like dy."""
        # da = Σ dy x,  db = Σ dy
        self.da, self.db = np.sum(dy * self.x), np.sum(dy)
        return self.a * dy


class Bilinear:
    """z_no = Σ_ij u_ni W_oij v_nj + b_o.

    Attributes:
        W: ``(out, in, features)``; b: ``(out,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    u: Array
    v: Array
    uW: Array
    dW: Array
    db: Array

    def __init__(self, inputs: int, features: int, outputs: int, rng: np.random.Generator) -> None:
        """Draw W; b is 0 at first."""
        self.W = initial(rng, outputs, inputs, features, inputs=inputs * features)
        self.b: Array = np.zeros(outputs)

    def forward(self, u: Array, v: Array) -> Array:
        """z ``(batch, out)`` for u ``(batch, in)`` and v ``(batch, features)``."""
        self.u, self.v = u, v
        # uW_noj = Σ_i u_ni W_oij
        self.uW = np.tensordot(u, self.W, axes=(1, 1))
        # z_no = Σ_j uW_noj v_nj + b_o
        return (self.uW @ v[:, :, None])[:, :, 0] + self.b

    def backward(self, dz: Array) -> tuple[Array, Array]:
        """Store dW and db, return du ``(batch, in)`` and dv ``(batch, features)``, for dz ``(batch, out)``."""
        self.db = dz.sum(axis=0)
        # The adjoint of uW: dzv_noj = dz_no v_nj
        dzv = dz[:, :, None] * self.v[:, None, :]
        # dW_oij = Σ_n u_ni dzv_noj
        self.dW = np.tensordot(self.u, dzv, axes=(0, 0)).swapaxes(0, 1)
        # du_ni = Σ_oj dzv_noj W_oij
        du = np.tensordot(dzv, self.W, axes=((1, 2), (0, 2)))
        # dv_nj = Σ_o dz_no uW_noj
        dv = (dz[:, None, :] @ self.uW)[:, 0]
        return du, dv

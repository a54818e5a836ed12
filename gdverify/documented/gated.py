"""The GRU, with its gate r before the product with the state or behind it. Sequences are as in `recurrent`."""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, sigmoid
from gdverify.documented.recurrent import Recurrent, before, from_the_last, summed_products


class GRU(Recurrent):
    """A gate z lets the state stay, a gate r stands before the product; rows are those of z, r, n in turn.

    z, r = σ(W x_t + U h_t−1 + b)    n = tanh(W_n x_t + U_n (r h_t−1) + b_n)    h_t = z h_t−1 + (1 − z) n

    Source: Cho et al. (2014), equations 5 to 8.
    """

    gates = 3
    h0: Array
    h: Array
    kept: list[tuple[Array, ...]]

    def forward(self, x: Array, h0: Array) -> Array:
        """All states ``(batch, steps, hidden)``, for x ``(batch, steps, in)`` and h0 ``(batch, hidden)``."""
        given, h, hidden = self._given(x), h0, h0.shape[1]
        opening, new = self.U[: 2 * hidden], self.U[2 * hidden :]
        self.kept, states = [], []
        for t in range(x.shape[1]):
            z, r = np.split(sigmoid(given[:, t, : 2 * hidden] + h @ opening.T), 2, axis=1)
            n = np.tanh(given[:, t, 2 * hidden :] + (r * h) @ new.T)
            self.kept.append((z, r, n, h))
            h = z * h + (1 - z) * n
            states.append(h)
        self.h0, self.h = h0, np.stack(states, axis=1)
        return self.h

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """Store dW, dU and db, return dx and dh0, for the gradient dh ``(batch, steps, hidden)`` of all states."""
        hidden = self.h0.shape[1]
        opening, new = self.U[: 2 * hidden], self.U[2 * hidden :]
        dz, reset = [], []
        behind = np.zeros_like(self.h0)
        for t in reversed(range(dh.shape[1])):
            z, r, n, h_before = self.kept[t]
            dh_t = dh[:, t] + behind
            # h = z h_before + (1 − z) n
            dz_z, dz_n = dh_t * (h_before - n) * z * (1 - z), dh_t * (1 - z) * (1 - n**2)
            # n reads r h_before
            reset.append(r * h_before)
            dreset = dz_n @ new
            dz_r = dreset * h_before * r * (1 - r)
            dz.append(np.concatenate([dz_z, dz_r, dz_n], axis=1))
            behind = self._passed(t, dh_t * z + dreset * r + dz[-1][:, : 2 * hidden] @ opening)
        every = from_the_last(dz)
        dx = self._weights(every, before(self.h0, self.h))
        # The rows of n read what the gate r has let through in the place of the state.
        self.dU[2 * hidden :] = summed_products(every[:, :, 2 * hidden :], from_the_last(reset))
        return dx, behind


class GRUResetAfter(Recurrent):
    """A GRU whose gate r stands behind the product, so that one product serves all rows, of z, r, n in turn.

    z, r = σ(W x_t + U h_t−1 + b)    n = tanh(W_n x_t + b_n + r (U_n h_t−1 + a))    h_t = z h_t−1 + (1 − z) n

    Source: Cho et al. (2014), the first version of the paper; cuDNN and PyTorch have it so.

    Attributes:
        a: ``(hidden,)``, the bias inside the reset; da: what the last `backward` found.
    """

    gates = 3
    h0: Array
    h: Array
    kept: list[tuple[Array, ...]]
    da: Array

    def __init__(self, inputs: int, hidden: int, rng: np.random.Generator, truncation: int | None = None) -> None:
        """As in `GRU`; a is 0 at first."""
        super().__init__(inputs, hidden, rng, truncation)
        self.a: Array = np.zeros(hidden)

    def forward(self, x: Array, h0: Array) -> Array:
        """All states ``(batch, steps, hidden)``, for x ``(batch, steps, in)`` and h0 ``(batch, hidden)``."""
        given, h = self._given(x), h0
        self.kept, states = [], []
        for t in range(x.shape[1]):
            x_z, x_r, x_n = np.split(given[:, t], 3, axis=1)
            h_z, h_r, h_n = np.split(h @ self.U.T, 3, axis=1)
            z, r, held = sigmoid(x_z + h_z), sigmoid(x_r + h_r), h_n + self.a
            n = np.tanh(x_n + r * held)
            self.kept.append((z, r, n, held, h))
            h = z * h + (1 - z) * n
            states.append(h)
        self.h0, self.h = h0, np.stack(states, axis=1)
        return self.h

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """Store dW, dU, db and da, return dx and dh0, for the gradient dh ``(batch, steps, hidden)`` of all states."""
        # At W x + b, and at U h: the same but in the rows of n, where U h is behind the gate r.
        dz, du = [], []
        behind = np.zeros_like(self.h0)
        for t in reversed(range(dh.shape[1])):
            z, r, n, held, h_before = self.kept[t]
            dh_t = dh[:, t] + behind
            # h = z h_before + (1 − z) n, with r held inside n
            dz_z, dz_n = dh_t * (h_before - n) * z * (1 - z), dh_t * (1 - z) * (1 - n**2)
            dz_r = dz_n * held * r * (1 - r)
            dz.append(np.concatenate([dz_z, dz_r, dz_n], axis=1))
            du.append(np.concatenate([dz_z, dz_r, dz_n * r], axis=1))
            behind = self._passed(t, dh_t * z + du[-1] @ self.U)
        states, every = before(self.h0, self.h), from_the_last(du)
        dx = self._weights(from_the_last(dz), states)
        self.dU, self.da = summed_products(every, states), every[:, :, -states.shape[2] :].sum(axis=(0, 1))
        return dx, behind

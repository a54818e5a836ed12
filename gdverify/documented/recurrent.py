"""Recurrent layers: forward over a sequence, backward through time to the initial state.

Sequences are ``(batch, steps, features)``. What the inputs contribute is one product for all steps, before the loop;
in the loop stands only what a step needs of the one before it. On the way back the loop finds the gradient at the
pre-activations of every step, and the gradients of weights and inputs are one product for all steps behind it.

Back-propagation may be truncated: with ``truncation=k`` the sequence is cut into pieces of k steps. The state still
passes from one piece to the next, its gradient does not, so that it runs through at most k steps, and only the first
piece reaches the initial state. Where k is no less than the number of steps it is the whole gradient.

`gated` has the GRU, `sequences` what recurrent layers are put together with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from gdverify.documented.arrays import Array, initial, sigmoid


class Recurrent:
    """What all recurrent layers share: weights W of the inputs, U of the state before, and a bias b.

    Attributes:
        W: ``(rows, in)``; U: ``(rows, hidden)``; b: ``(rows,)``; rows are hidden times the number of gates.
        dW, dU, db: what the last `backward` found.
    """

    gates: ClassVar[int]  # how many vectors of ``hidden`` rows W, U and b have
    x: Array
    dW: Array
    dU: Array
    db: Array

    def __init__(self, inputs: int, hidden: int, rng: np.random.Generator, truncation: int | None = None) -> None:
        """Draw W and U; b is 0 at first. ``truncation`` is how many steps a gradient runs through at most."""
        self.W = initial(rng, self.gates * hidden, inputs, inputs=inputs)
        self.U = initial(rng, self.gates * hidden, hidden, inputs=hidden)
        self.b: Array = np.zeros(self.gates * hidden)
        self.truncation = truncation

    def _given(self, x: Array) -> Array:
        """W x + b of all steps, ``(batch, steps, rows)``."""
        self.x = x
        return x @ self.W.T + self.b

    def _passed(self, t: int, gradient: Array) -> Array:
        """What the gradient of the state before step t passes on: nothing where back-propagation is cut off."""
        cut = self.truncation is not None and t > 0 and t % self.truncation == 0
        return np.zeros_like(gradient) if cut else gradient

    def _weights(self, dz: Array, states: Array) -> Array:
        """Store dW, dU and db, return dx, for z = W x + U h + b of all steps and the states h before each."""
        # dW = Σ_nt dz_nt x_ntᵀ,  dU = Σ_nt dz_nt h_n(t−1)ᵀ,  db = Σ_nt dz_nt
        self.dW, self.dU = summed_products(dz, self.x), summed_products(dz, states)
        self.db = dz.sum(axis=(0, 1))
        # dx_nt = Wᵀ dz_nt
        return dz @ self.W


def summed_products(a: Array, b: Array) -> Array:
    """Σ_nt a_nt b_ntᵀ ``(rows, columns)`` of a ``(batch, steps, rows)`` and b ``(batch, steps, columns)``."""
    return a.reshape(-1, a.shape[2]).T @ b.reshape(-1, b.shape[2])


def before(start: Array, states: Array) -> Array:
    """The state before each step: the initial one, then all but the last."""
    return np.concatenate([start[:, None], states[:, :-1]], axis=1)


def from_the_last(gradients: Sequence[Array]) -> Array:
    """What was found from the last step to the first, as ``(batch, steps, …)``."""
    return np.stack(gradients[::-1], axis=1)


class RNN(Recurrent):
    """h_t = tanh(W x_t + U h_t−1 + b). Source: Elman (1990)."""

    gates = 1
    h0: Array
    h: Array

    def forward(self, x: Array, h0: Array) -> Array:
        """All states ``(batch, steps, hidden)``, for x ``(batch, steps, in)`` and h0 ``(batch, hidden)``."""
        given, h, states = self._given(x), h0, []
        for t in range(x.shape[1]):
            h = np.tanh(given[:, t] + h @ self.U.T)
            states.append(h)
        self.h0, self.h = h0, np.stack(states, axis=1)
        return self.h

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """Store dW, dU and db, return dx and dh0, for the gradient dh ``(batch, steps, hidden)`` of all states."""
        dz = []
        behind = np.zeros_like(self.h0)
        for t in reversed(range(dh.shape[1])):
            # A state is used twice: by whoever reads it, and by the step behind. tanh' = 1 − h²
            dz.append((dh[:, t] + behind) * (1 - self.h[:, t] ** 2))
            behind = self._passed(t, dz[-1] @ self.U)
        return self._weights(from_the_last(dz), before(self.h0, self.h)), behind


class LSTM(Recurrent):
    """A cell c that a gate f lets fade, i fills and o shows; the rows of W, U and b are those of i, f, g, o in turn.

    i, f, o = σ(z)    g = tanh(z)    c_t = f c_t−1 + i g    h_t = o tanh(c_t)

    with z = W x_t + U h_t−1 + b. Source: Hochreiter and Schmidhuber (1997); Gers et al. (2000).
    """

    gates = 4
    h0: Array
    c0: Array
    h: Array
    kept: list[tuple[Array, ...]]

    def forward(self, x: Array, h0: Array, c0: Array) -> Array:
        """All states h ``(batch, steps, hidden)``, for x ``(batch, steps, in)``, h0 and c0 ``(batch, hidden)``."""
        given, h, c = self._given(x), h0, c0
        self.kept, states = [], []
        for t in range(x.shape[1]):
            z_i, z_f, z_g, z_o = np.split(given[:, t] + h @ self.U.T, 4, axis=1)
            i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
            c_before, c = c, f * c + i * g
            shown = np.tanh(c)
            h = o * shown
            self.kept.append((i, f, g, o, c_before, shown))
            states.append(h)
        self.h0, self.c0, self.h = h0, c0, np.stack(states, axis=1)
        return self.h

    def backward(self, dh: Array) -> tuple[Array, Array, Array]:
        """Store dW, dU and db, return dx, dh0 and dc0, for the gradient dh ``(batch, steps, hidden)`` of all states."""
        dz = []
        h_behind, c_behind = np.zeros_like(self.h0), np.zeros_like(self.c0)
        for t in reversed(range(dh.shape[1])):
            i, f, g, o, c_before, shown = self.kept[t]
            dh_t = dh[:, t] + h_behind
            # h = o tanh(c), and c goes on to the next step
            dc = c_behind + dh_t * o * (1 - shown**2)
            # c = f c_before + i g; through each gate with σ' = σ (1 − σ), through g with tanh' = 1 − g²
            dz_i, dz_f, dz_g = dc * g * i * (1 - i), dc * c_before * f * (1 - f), dc * i * (1 - g**2)
            dz_o = dh_t * shown * o * (1 - o)
            dz.append(np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1))
            h_behind, c_behind = self._passed(t, dz[-1] @ self.U), self._passed(t, dc * f)
        return self._weights(from_the_last(dz), before(self.h0, self.h)), h_behind, c_behind


class PeepholeLSTM(Recurrent):
    """An LSTM whose gates see the cell too: i and f the one before, o the new one. Source: Gers and Schmidhuber (2000).

    Attributes:
        p: ``(3 · hidden,)``, the weights of the cell for i, f and o in turn; dp: what the last `backward` found.
    """

    gates = 4
    h0: Array
    c0: Array
    h: Array
    kept: list[tuple[Array, ...]]
    dp: Array

    def __init__(self, inputs: int, hidden: int, rng: np.random.Generator, truncation: int | None = None) -> None:
        """As in `LSTM`; p is 0 at first."""
        super().__init__(inputs, hidden, rng, truncation)
        self.p: Array = np.zeros(3 * hidden)

    def forward(self, x: Array, h0: Array, c0: Array) -> Array:
        """All states h ``(batch, steps, hidden)``, for x ``(batch, steps, in)``, h0 and c0 ``(batch, hidden)``."""
        given, h, c = self._given(x), h0, c0
        p_i, p_f, p_o = np.split(self.p, 3)
        self.kept, states = [], []
        for t in range(x.shape[1]):
            z_i, z_f, z_g, z_o = np.split(given[:, t] + h @ self.U.T, 4, axis=1)
            i, f, g = sigmoid(z_i + p_i * c), sigmoid(z_f + p_f * c), np.tanh(z_g)
            c_before, c = c, f * c + i * g
            o, shown = sigmoid(z_o + p_o * c), np.tanh(c)
            h = o * shown
            self.kept.append((i, f, g, o, c_before, c, shown))
            states.append(h)
        self.h0, self.c0, self.h = h0, c0, np.stack(states, axis=1)
        return self.h

    def backward(self, dh: Array) -> tuple[Array, Array, Array]:
        """Store dW, dU, db and dp, return dx, dh0 and dc0, for the gradient dh ``(batch, steps, hidden)``."""
        dz, seen = [], []
        p_i, p_f, p_o = np.split(self.p, 3)
        h_behind, c_behind = np.zeros_like(self.h0), np.zeros_like(self.c0)
        for t in reversed(range(dh.shape[1])):
            i, f, g, o, c_before, c, shown = self.kept[t]
            dh_t = dh[:, t] + h_behind
            dz_o = dh_t * shown * o * (1 - o)
            # c is read by tanh, by the gate o, and by the next step
            dc = c_behind + dh_t * o * (1 - shown**2) + dz_o * p_o
            dz_i, dz_f, dz_g = dc * g * i * (1 - i), dc * c_before * f * (1 - f), dc * i * (1 - g**2)
            dz.append(np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1))
            # i and f have seen the cell before, o the new one
            seen.append(np.concatenate([dz_i * c_before, dz_f * c_before, dz_o * c], axis=1))
            h_behind = self._passed(t, dz[-1] @ self.U)
            c_behind = self._passed(t, dc * f + dz_i * p_i + dz_f * p_f)
        # dp = Σ_nt dz_nt c
        self.dp = from_the_last(seen).sum(axis=(0, 1))
        return self._weights(from_the_last(dz), before(self.h0, self.h)), h_behind, c_behind

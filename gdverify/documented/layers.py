"""A quadratic, a line, and layers with a forward and a backward pass that make up an MLP.

Every layer keeps in `forward` what its `backward` needs; `backward` takes the gradient of the loss
by the layer's output and returns the one by its input.

Source: a blog post on gradient descent and how to implement it from scratch, which builds the
classes Linear, ReLU, MSELoss and MLP and trains them on a noisy sine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from gdverify.documented.arrays import Array, Scalar

Number = Scalar | float


def quadratic(z: Number) -> Number:
    """z²."""
    return z * z


def quadratic_gradient(z: Number) -> Number:
    """d(z²)/dz = 2 z; as documented, and right."""
    return 2 * z


def line(a: Number, b: Number, x: Array) -> Array:
    """ŷ = a x + b, for x ``(points,)``."""
    return a * x + b


def line_loss(a: Number, b: Number, x: Array, y: Array) -> Scalar:
    """Mean squared error of the line, Σ_n (ŷ_n − y_n)² / N, for x and y ``(points,)``."""
    loss: Scalar = np.mean((line(a, b, x) - y) ** 2)
    return loss


def line_gradient(a: Number, b: Number, x: Array, y: Array) -> tuple[Scalar, Scalar]:
    """∂loss/∂a and ∂loss/∂b; as documented, and right."""
    difference = line(a, b, x) - y
    # ∂loss/∂a = 2/N Σ_n (ŷ_n − y_n) x_n
    da: Scalar = 2 * np.mean(difference * x)
    # ∂loss/∂b = 2/N Σ_n (ŷ_n − y_n)
    db: Scalar = 2 * np.mean(difference)
    return da, db


class Layer(Protocol):
    """What an `MLP` is made of."""

    def forward(self, x: Array, /) -> Array:
        """``(batch, out)`` for x ``(batch, in)``."""

    def backward(self, dy: Array, /) -> Array:
        """∂loss/∂x ``(batch, in)`` for dy = ∂loss/∂y ``(batch, out)``."""


class Linear:
    """y = x Wᵀ + b; as documented, and right.

    Attributes:
        W: ``(out, in)``; b: ``(out,)``.
        dW, db: what the last `backward` found, shaped like W and b.
    """

    x: Array
    dW: Array
    db: Array

    def __init__(self, in_features: int, out_features: int, rng: np.random.Generator) -> None:
        """Draw W and b uniformly from ±√(6 / (in + out))."""
        bound = np.sqrt(6 / (in_features + out_features))
        self.W: Array = rng.uniform(-bound, bound, (out_features, in_features))
        self.b: Array = rng.uniform(-bound, bound, out_features)

    def forward(self, x: Array) -> Array:
        """y ``(batch, out)`` for x ``(batch, in)``."""
        self.x = x
        # y_no = Σ_i x_ni W_oi + b_o
        return x @ self.W.T + self.b

    def backward(self, dy: Array) -> Array:
        """Store dW and db, return dx ``(batch, in)``, for dy ``(batch, out)``."""
        # dW_oi = Σ_n dy_no x_ni
        self.dW = dy.T @ self.x
        # db_o = Σ_n dy_no
        self.db = dy.sum(axis=0)
        # dx_ni = Σ_o dy_no W_oi
        return dy @ self.W


class ReLU:
    """y = max(z, 0), elementwise; as documented, and right."""

    z: Array

    def forward(self, z: Array) -> Array:
        """y, shaped like z."""
        self.z = z
        return np.maximum(z, 0)

    def backward(self, dy: Array) -> Array:
        """dz, shaped like dy."""
        # dz = dy where z > 0, else 0; at the kink z = 0, where all from 0 to dy is allowed, 0
        return np.where(self.z > 0, dy, 0)


class Tanh:
    """y = tanh z, elementwise; the document trains with it and does not list it."""

    y: Array

    def forward(self, z: Array) -> Array:
        """y, shaped like z."""
        self.y = np.tanh(z)
        return self.y

    def backward(self, dy: Array) -> Array:
        """dz, shaped like dy."""
        # tanh'(z) = 1 − tanh²(z)
        return dy * (1 - self.y * self.y)


class MeanSquaredError:
    """Σ (y − t)² / (batch · out); as documented, and right."""

    difference: Array

    def forward(self, y: Array, target: Array) -> Scalar:
        """The loss of y and target ``(batch, out)``: one number, the mean over all entries.

        Its source promises one loss per sample, of shape ``(batch, 1)``. The formula that it gives
        returns a scalar, and its gradient is the gradient of that scalar.
        """
        self.difference = y - target
        loss: Scalar = np.sum(self.difference**2) / self.difference.size
        return loss

    def backward(self) -> Array:
        """dy ``(batch, out)`` for the last `forward`."""
        # dy = 2 (y − t) / (batch · out)
        return 2 / self.difference.size * self.difference


class MLP:
    """Linear, activation, …, Linear, with none after the last; as documented, and right.

    Attributes:
        layers: from the input to the output.
    """

    def __init__(
        self,
        in_features: int,
        hidden_sizes: Sequence[int],
        out_features: int,
        activation: Callable[[], Layer],
        rng: np.random.Generator,
    ) -> None:
        """``activation`` makes a layer, `ReLU` or `Tanh`; without hidden sizes there is none."""
        self.layers: list[Layer] = []
        before = in_features
        for size in hidden_sizes:
            self.layers += [Linear(before, size, rng), activation()]
            before = size
        self.layers.append(Linear(before, out_features, rng))

    def forward(self, x: Array) -> Array:
        """y ``(batch, out)`` for x ``(batch, in)``."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """dx ``(batch, in)`` for dy ``(batch, out)``; the gradients stay in the linear layers."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

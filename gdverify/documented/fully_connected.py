"""A fully connected network of any number of layers, trained on one sample at a time.

Weight ``k`` has shape ``(n_{k+1}, n_k + 1)``; its last column is the bias, because a 1 is appended
to the input of every layer. The output layer is activated like the others.

    a_0 = data     z_{k+1} = W_k [a_k, 1]     a_{k+1} = f(z_{k+1})     loss = Σ_o (t_o − a_L,o)²

`FullyConnected` has f = σ; its subclasses replace f. The gradient is never returned:
`FullyConnected.train` spends it on the weights.

Source: "Practice Implementing Gradient Descent".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gdverify.documented.arrays import Array, Scalar, sigmoid


class FullyConnected:
    """Every layer activated by f(z) = σ(z); as documented, and right.

    Attributes:
        weights: from the input to the output, updated in place by `train`.
        learning_rate: may be set between two steps.
    """

    weights: list[Array]

    def __init__(self, layers: Sequence[int], rng: np.random.Generator, learning_rate: float = 0.01) -> None:
        """Draw the weights uniformly from [0, 1).

        ``layers`` are the sizes n_0 … n_L, at least two, without the appended 1.
        """
        self.learning_rate = learning_rate
        self.weights = [rng.random((after, before + 1)) for before, after in pairwise(layers)]

    def activation(self, z: Array) -> Array:
        """f(z), elementwise."""
        return sigmoid(z)

    def slope(self, a: Array) -> Array:
        """f'(z), elementwise, in terms of the activation a = f(z)."""
        # σ'(z) = a (1 − a)
        return a * (1 - a)

    def predict(self, data: Array) -> Array:
        """The output ``(n_L,)`` for one sample ``(n_0,)``."""
        return self._forward(data)[1]

    def train(self, data: Array, y_true: Array) -> Scalar:
        """One step of gradient descent, in place, on one sample ``(n_0,)`` with target ``(n_L,)``.

        Returns:
            The loss before the step.
        """
        inputs, output = self._forward(data)
        gradients = self._backward(inputs, output, y_true)
        for W, gradient in zip(self.weights, gradients, strict=True):
            W -= self.learning_rate * gradient
        # Σ_o (t_o − a_L,o)²
        loss: Scalar = np.sum((y_true - output) ** 2)
        return loss

    def _forward(self, data: Array) -> tuple[list[Array], Array]:
        """The input of each layer, ``[a_k, 1]`` of shape ``(n_k + 1,)``, and the output."""
        inputs: list[Array] = []
        a = data
        for W in self.weights:
            # A 1 of the weights' precision: a plain 1 would turn single precision into double.
            inputs.append(np.concatenate((a, np.ones(1, W.dtype))))
            a = self.activation(W @ inputs[-1])
        return inputs, a

    def _backward(self, inputs: list[Array], output: Array, y_true: Array) -> list[Array]:
        """∂loss/∂W_k, shaped like W_k, for every k; ψ_k = ∂loss/∂z_k is ``(n_k, 1)``."""
        # ψ_L = −2 (t − a_L) f'(z_L)
        psi = (-2 * (y_true - output) * self.slope(output))[:, np.newaxis]
        # ∂loss/∂W_k = ψ_{k+1} [a_k, 1]ᵀ
        gradients: list[Array] = [psi * inputs[-1]]
        for k in range(len(self.weights) - 1, 0, -1):
            # ψ_k = (W_k ⊙ f'(z_k))ᵀ ψ_{k+1}, without the bias column: it meets a 1, not an a_k
            psi = (self.weights[k][:, :-1] * self.slope(inputs[k][:-1])).T @ psi
            gradients.insert(0, psi * inputs[k - 1])
        return gradients


class Flattened(FullyConnected):
    """f(z) = σ(c z) with c = 0.01, against saturation in wide layers; its slope as documented."""

    flattening = 0.01

    def activation(self, z: Array) -> Array:
        """σ(c z), elementwise."""
        return sigmoid(self.flattening * z)

    def slope(self, a: Array) -> Array:
        """a (1 − a), elementwise; not f'(z)."""
        # WRONG: f'(z) = c a (1 − a), and c is left out; every layer on the way back leaves out
        # another. The gradient is 1/c times too large for the last weight, 1/c² times for the one
        # before, 1/c³ times for the one before that: no single learning rate absorbs this.
        return a * (1 - a)


class CorrectedFlattened(Flattened):
    """f(z) = σ(c z), with the derivative that belongs to it."""

    def slope(self, a: Array) -> Array:
        """f'(z), elementwise, in terms of a = f(z)."""
        # f'(z) = c a (1 − a)
        return self.flattening * a * (1 - a)


class LeakyReLU(FullyConnected):
    """f(z) = max(z, α z) with α = 0.01: the remedy that the document names and does not write."""

    leak = 0.01

    def activation(self, z: Array) -> Array:
        """max(z, α z), elementwise."""
        a: Array = np.maximum(z, self.leak * z)
        return a

    def slope(self, a: Array) -> Array:
        """1 where z > 0, else α; at the kink z = 0, where any value from α to 1 is allowed, α."""
        # a and z have the same sign: a > 0 is z > 0. The ones keep the precision of a.
        ones: Array = np.ones_like(a)
        slope: Array = np.where(a > 0, ones, self.leak * ones)
        return slope

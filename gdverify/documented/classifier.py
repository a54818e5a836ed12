"""A linear map with half the squared error, and a two-layer sigmoid classifier without biases.

The linear map has scalars ``theta``, ``x``, ``y``. The classifier takes batches and stores its
weights the other way round than most: ``(in, out)``.

    y1 = X w1     y2 = σ(y1)     y3 = y2 w2     y4 = σ(y3)
    loss = mean of −(l log y4 + (1 − l) log(1 − y4))

Source: Deep Learning Wizard, "Forwardpropagation, Backpropagation and Gradient Descent with
PyTorch"; here on NumPy arrays, in `classifier_torch` on tensors.
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, Scalar, sigmoid

Number = Scalar | float


def linear_map(theta: Number, x: Number) -> Number:
    """ŷ = θ x."""
    return theta * x


def linear_map_loss(theta: Number, x: Number, y: Number) -> Number:
    """½ (ŷ − y)²."""
    difference = linear_map(theta, x) - y
    return 0.5 * difference * difference


def linear_map_gradient(theta: Number, x: Number, y: Number) -> Number:
    """∂loss/∂θ = (ŷ − y) x; as documented, and right."""
    return (linear_map(theta, x) - y) * x


def mean_cross_entropy(y4: Array, labels: Array) -> Scalar:
    """The documented loss of y4 and labels ``(batch, out)``; mean over all entries."""
    loss: Scalar = -np.mean(labels * np.log(y4) + (1 - labels) * np.log(1 - y4))
    return loss


class Classifier:
    """The network, its backward pass as documented; not the gradient of `mean_cross_entropy`.

    Attributes:
        w1: ``(in, hidden)``; w2: ``(hidden, out)``; updated in place by `backward`.
        learning_rate: may be set between two steps.
        y2: ``(batch, hidden)``, the hidden layer of the last `forward`.
        dC_dw1, dC_dw2: the gradients that the last `backward` used, shaped like the weights.
    """

    y2: Array
    dC_dw1: Array
    dC_dw2: Array

    def __init__(
        self,
        inputs: int,
        hidden: int,
        outputs: int,
        rng: np.random.Generator,
        learning_rate: float = 0.001,
    ) -> None:
        """Draw the weights from the standard normal distribution."""
        self.learning_rate = learning_rate
        self.w1: Array = rng.standard_normal((inputs, hidden))
        self.w2: Array = rng.standard_normal((hidden, outputs))

    def forward(self, X: Array) -> Array:
        """y4 ``(batch, out)`` for X ``(batch, in)``; keeps what `backward` needs."""
        self.y2 = sigmoid(X @ self.w1)
        return sigmoid(self.y2 @ self.w2)

    def backward(self, X: Array, labels: Array, y4: Array) -> None:
        """One step of gradient descent, in place; X, labels and y4 as in the last `forward`."""
        # ∂C/∂w2 = y2ᵀ · ∂C/∂y3
        y3_error = self.output_error(labels, y4)
        self.dC_dw2 = self.y2.T @ y3_error
        # ∂C/∂y1 = (∂C/∂y3 · w2ᵀ) ⊙ σ'(y1), where σ'(y1) = y2 (1 − y2)
        y1_error = (y3_error @ self.w2.T) * self.y2 * (1 - self.y2)
        # ∂C/∂w1 = Xᵀ · ∂C/∂y1
        self.dC_dw1 = X.T @ y1_error
        self.w1 -= self.learning_rate * self.dC_dw1
        self.w2 -= self.learning_rate * self.dC_dw2

    def output_error(self, labels: Array, y4: Array) -> Array:
        """∂C/∂y3 ``(batch, out)`` as documented."""
        # WRONG: y4 − l is not the derivative of the mean cross-entropy by y4. The chain rule wants
        # (y4 − l) / (y4 (1 − y4)), divided by the number of entries. As written it is the
        # derivative of ½ Σ (y4 − l)²: another loss, and its sum over the batch, not its mean.
        dC_dy4 = y4 - labels
        # ∂C/∂y3 = ∂C/∂y4 ⊙ σ'(y3), where σ'(y3) = y4 (1 − y4)
        return dC_dy4 * y4 * (1 - y4)

    def train(self, X: Array, labels: Array) -> None:
        """Forward, then backward: one step, for X ``(batch, in)`` and labels ``(batch, out)``."""
        y4 = self.forward(X)
        self.backward(X, labels, y4)


class CorrectedClassifier(Classifier):
    """The same network with the gradient of `mean_cross_entropy`."""

    def output_error(self, labels: Array, y4: Array) -> Array:
        """∂C/∂y3 ``(batch, out)``."""
        # The factor y4 (1 − y4) of σ' cancels against the denominator of ∂C/∂y4, which leaves
        # ∂C/∂y3 = (y4 − l) / number of entries, and no 0/0 where y4 has rounded to 0 or 1.
        return (y4 - labels) / y4.size

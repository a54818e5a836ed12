"""The two-layer sigmoid classifier of `classifier` on torch tensors, its backward pass by hand.

No gradient here comes from torch: the weights do not ask for one. The functions ``linear_map…`` of
`classifier` take tensors as they are.

Source: Deep Learning Wizard, "Forwardpropagation, Backpropagation and Gradient Descent with
PyTorch".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdverify.extras import require

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Generator, Tensor


def _torch() -> ModuleType:
    return require("torch", "torch", needed_by="the torch tensors")


def sigmoid(z: Tensor) -> Tensor:
    """σ(z) = 1 / (1 + e^(−z)), elementwise."""
    value: Tensor = 1 / (1 + _torch().exp(-z))
    return value


def mean_cross_entropy(y4: Tensor, labels: Tensor) -> Tensor:
    """The documented loss of y4 and labels ``(batch, out)``; mean over all entries."""
    return -(labels * y4.log() + (1 - labels) * (1 - y4).log()).mean()


class TorchClassifier:
    """The network, its backward pass as documented; not the gradient of `mean_cross_entropy`.

    Attributes:
        w1: ``(in, hidden)``; w2: ``(hidden, out)``; updated in place by `backward`.
        learning_rate: may be set between two steps.
        y2: ``(batch, hidden)``, the hidden layer of the last `forward`.
        dC_dw1, dC_dw2: the gradients that the last `backward` used, shaped like the weights.
    """

    w1: Tensor
    w2: Tensor
    y2: Tensor
    dC_dw1: Tensor
    dC_dw2: Tensor

    def __init__(
        self,
        inputs: int,
        hidden: int,
        outputs: int,
        generator: Generator | None = None,
        learning_rate: float = 0.001,
    ) -> None:
        """Draw the weights from the standard normal distribution.

        Raises:
            MissingExtra: torch is not installed.
        """
        torch = _torch()
        self.learning_rate = learning_rate
        self.w1 = torch.randn(inputs, hidden, generator=generator)
        self.w2 = torch.randn(hidden, outputs, generator=generator)

    def forward(self, X: Tensor) -> Tensor:
        """y4 ``(batch, out)`` for X ``(batch, in)``; keeps what `backward` needs."""
        self.y2 = sigmoid(X @ self.w1)
        return sigmoid(self.y2 @ self.w2)

    def backward(self, X: Tensor, labels: Tensor, y4: Tensor) -> None:
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

    def output_error(self, labels: Tensor, y4: Tensor) -> Tensor:
        """∂C/∂y3 ``(batch, out)`` as documented."""
        # WRONG: y4 − l is the derivative of ½ Σ (y4 − l)². The chain rule wants, for the mean
        # cross-entropy, (y4 − l) / (y4 (1 − y4)), divided by the number of entries.
        dC_dy4 = y4 - labels
        # ∂C/∂y3 = ∂C/∂y4 ⊙ σ'(y3), where σ'(y3) = y4 (1 − y4)
        return dC_dy4 * y4 * (1 - y4)

    def train(self, X: Tensor, labels: Tensor) -> None:
        """Forward, then backward: one step, for X ``(batch, in)`` and labels ``(batch, out)``."""
        y4 = self.forward(X)
        self.backward(X, labels, y4)


class CorrectedTorchClassifier(TorchClassifier):
    """The same network with the gradient of `mean_cross_entropy`."""

    def output_error(self, labels: Tensor, y4: Tensor) -> Tensor:
        """∂C/∂y3 ``(batch, out)``."""
        # ∂C/∂y3 = (y4 − l) / number of entries: the factor y4 (1 − y4) of σ' has cancelled.
        return (y4 - labels) / y4.numel()

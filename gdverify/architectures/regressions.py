"""One affine map and a loss: linear, ridge, logistic and softmax regression."""

from __future__ import annotations

from gdverify.notation import Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.operations.activations import sigmoid
from gdverify.operations.affine import affine, weighted_sum
from gdverify.operations.classification import binary_cross_entropy, softmax_cross_entropy
from gdverify.operations.gates import residual
from gdverify.operations.losses import half_mean_squared_error
from gdverify.operations.penalties import ridge

samples, inputs, outputs = axis("batch", "n"), axis("inputs"), axis("outputs")


def _affine() -> Tensor:
    return affine(
        input_tensor("x", samples, inputs), parameter("W", outputs, inputs), parameter("b", outputs), name="z"
    )


@architecture
def linear_regression() -> Tensor:
    """Affine map, half the mean squared error. Source: Legendre, least squares (1805); Ng, CS229, part 1."""
    return half_mean_squared_error(_affine(), target("t", samples, outputs))


@architecture
def ridge_regression() -> Tensor:
    """Affine map, half the mean squared error and a penalty of the weights. Source: Hoerl and Kennard (1970)."""
    x, W = input_tensor("x", samples, inputs), parameter("W", outputs, inputs)
    z = affine(x, W, parameter("b", outputs), name="z")
    error = half_mean_squared_error(z, target("t", samples, outputs), name="error")
    return residual(error, ridge(W, name="penalty"))


@architecture
def logistic_regression() -> Tensor:
    """Sigmoid of a weighted sum, cross-entropy. Source: Cox (1958); Ng, CS229, part 2."""
    z = weighted_sum(input_tensor("x", samples, inputs), parameter("w", inputs), name="z")
    return binary_cross_entropy(sigmoid(z, name="p"), target("t", samples))


@architecture
def softmax_regression() -> Tensor:
    """Affine map, cross-entropy of its softmax. Source: Bishop, Pattern Recognition (2006), 4.3.4."""
    return softmax_cross_entropy(_affine(), target("t", samples, outputs))

"""Networks that give back what they are given."""

from __future__ import annotations

from gdverify.notation import Operation, Tensor, architecture, axis, input_tensor, parameter
from gdverify.operations.activations import sigmoid, tanh
from gdverify.operations.affine import affine
from gdverify.operations.losses import mean_squared_error


@architecture
def autoencoder(activation: Operation = tanh, output: Operation = sigmoid) -> Tensor:
    """A narrow layer and back, compared with the input itself. Source: Rumelhart, Hinton and Williams (1986)."""
    batch, inputs, hidden = axis("batch", "n"), axis("inputs"), axis("hidden")
    x = input_tensor("x", batch, inputs)
    z = affine(x, parameter("W1", hidden, inputs), parameter("b1", hidden), name="z")
    a = activation(z, name="a")
    y = affine(a, parameter("W2", inputs, hidden), parameter("b2", inputs), name="y")
    return mean_squared_error(output(y, name="p"), x)

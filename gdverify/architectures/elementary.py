"""The smallest systems: one neuron, one line, one number."""

from __future__ import annotations

from gdverify.notation import Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.operations.activations import product, sigmoid, square
from gdverify.operations.affine import line_through, weighted_sum
from gdverify.operations.losses import half_squared_error, mean_squared_error, squared_error


@architecture
def one_input_neuron() -> Tensor:
    """One sigmoid neuron with one input and no bias, squared error.

    Source: "Implementing Gradient Descent in Python, Part 1", A. F. Gad.
    """
    z = product(input_tensor("x"), parameter("w"), name="z")
    return squared_error(sigmoid(z, name="p"), target("t"))


@architecture
def sigmoid_neuron() -> Tensor:
    """One sigmoid neuron with any number of inputs and no bias, squared error.

    Source: "Implementing Gradient Descent in Python, Part 1", A. F. Gad.
    """
    inputs = axis("inputs")
    z = weighted_sum(input_tensor("x", inputs), parameter("w", inputs), name="z")
    return squared_error(sigmoid(z, name="p"), target("t"))


@architecture
def linear_map() -> Tensor:
    """A number times a number, half the squared error.

    Source: "Forwardpropagation, Backpropagation and Gradient Descent with PyTorch", Deep Learning Wizard.
    """
    return half_squared_error(product(input_tensor("x"), parameter("theta"), name="y"), target("t"))


@architecture
def quadratic() -> Tensor:
    """The square of a number, which is its own loss. Source: "Gradient descent from scratch", its first example."""
    return square(parameter("z"), name="loss")


@architecture
def line() -> Tensor:
    """A straight line through points, mean squared error. Source: "Gradient descent from scratch"."""
    points = axis("points", "n")
    y = line_through(input_tensor("x", points), parameter("a"), parameter("b"))
    return mean_squared_error(y, target("t", points))

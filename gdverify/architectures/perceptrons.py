"""Multi-layer networks of any depth."""

from __future__ import annotations

from gdverify.notation import Operation, Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.notation.axes import Axis
from gdverify.operations.activations import sigmoid, tanh
from gdverify.operations.affine import affine, linear_in_out
from gdverify.operations.classification import binary_cross_entropy
from gdverify.operations.losses import mean_squared_error, squared_error


@architecture
def mlp(hidden: int = 2, activation: Operation = tanh, loss: Operation = mean_squared_error) -> Tensor:
    """Multi-layer perceptron: affine layers with an activation between them and none after the last.

    Weights are (out, in), rows of x are samples; ``hidden`` is the number of hidden layers.
    Source: "Gradient descent from scratch", its layer classes; Goodfellow et al., Deep Learning, ch. 6.
    """
    widths = _widths(hidden)
    x = input_tensor("x", axis("batch", "n"), widths[0])
    a = x
    for k in range(1, hidden + 2):
        z = affine(a, parameter(f"W{k}", widths[k], widths[k - 1]), parameter(f"b{k}", widths[k]), name=f"z{k}")
        a = activation(z, name=f"a{k}") if k <= hidden else z
    return loss(a, target("t", *a.axes))


@architecture
def fully_connected(hidden: int = 2, activation: Operation = sigmoid, loss: Operation = squared_error) -> Tensor:
    """Fully connected network of one sample, the activation after the last layer too.

    The bias of each layer is the weight of a constant input 1; ``hidden`` is the number of hidden layers.
    Source: "Practice Implementing Gradient Descent", its class.
    """
    widths = _widths(hidden)
    a = input_tensor("x", widths[0])
    for k in range(1, hidden + 2):
        z = affine(a, parameter(f"W{k}", widths[k], widths[k - 1]), parameter(f"b{k}", widths[k]), name=f"z{k}")
        a = activation(z, name=f"a{k}")
    return loss(a, target("t", widths[-1]))


@architecture
def two_layer_classifier(activation: Operation = sigmoid, loss: Operation = binary_cross_entropy) -> Tensor:
    """Two layers without biases, weights stored (in, out), probabilities at the output.

    Source: "Forward- and Backward-propagation and Gradient Descent (From Scratch FNN Regression)" of Deep Learning
    Wizard.
    """
    batch, inputs, hidden, outputs = axis("batch", "n"), axis("inputs"), axis("hidden"), axis("outputs")
    x = input_tensor("x", batch, inputs)
    z1 = linear_in_out(x, parameter("w1", inputs, hidden), name="z1")
    a1 = activation(z1, name="a1")
    z2 = linear_in_out(a1, parameter("w2", hidden, outputs), name="z2")
    return loss(sigmoid(z2, name="a2"), target("t", batch, outputs))


def _widths(hidden: int) -> list[Axis]:
    between = [axis(f"hidden{k}", f"h{k}") for k in range(1, hidden + 1)]
    return [axis("inputs"), *between, axis("outputs")]

"""Networks as people write them that no document of the catalogue describes: any activation, also after the last layer.

They are compared with after the catalogue, and so name what the catalogue does not.
"""

from __future__ import annotations

from sympy import Expr

from gdverify.notation import Operation, Tensor, architecture, axis, indices, input_tensor, operation, parameter, target
from gdverify.notation import functions as f
from gdverify.notation import softmax as softmax_of
from gdverify.notation.reductions import total
from gdverify.notation.tensors import Entry
from gdverify.operations.activations import identity, sigmoid, tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.axes import batch, outputs
from gdverify.operations.classification import cross_entropy
from gdverify.operations.losses import mean_squared_error
from gdverify.operations.normalisation import softmax


@operation("loss")
def upstream_product(y: Entry, t: Entry) -> Entry:
    """Σ t·y: its gradients are the vector-Jacobian products of y with t. Source: any textbook."""
    return total(t * y)


@architecture
def network(
    hidden: int = 1, activation: Operation = tanh, last: Operation = sigmoid, loss: Operation = mean_squared_error
) -> Tensor:
    """Layers with biases, weights (out, in), an activation between and after them. Source: any textbook."""
    widths = [axis("inputs"), *(axis(f"hidden{k}", f"h{k}") for k in range(1, hidden + 1)), axis("outputs")]
    a = input_tensor("x", axis("batch", "n"), widths[0])
    for k in range(1, hidden + 2):
        z = affine(a, parameter(f"W{k}", widths[k], widths[k - 1]), parameter(f"b{k}", widths[k]), name=f"z{k}")
        a = (activation if k <= hidden else last)(z, name=f"a{k}")
    return loss(a, target("t", *a.axes))


@architecture
def network_without_biases(
    hidden: int = 1, activation: Operation = tanh, last: Operation = identity, loss: Operation = mean_squared_error
) -> Tensor:
    """Layers without biases, weights (out, in), an activation between and after them. Source: any textbook."""
    widths = [axis("inputs"), *(axis(f"hidden{k}", f"h{k}") for k in range(1, hidden + 1)), axis("outputs")]
    a = input_tensor("x", axis("batch", "n"), widths[0])
    for k in range(1, hidden + 2):
        z = linear(a, parameter(f"W{k}", widths[k], widths[k - 1]), name=f"z{k}")
        a = (activation if k <= hidden else last)(z, name=f"a{k}")
    return loss(a, target("t", *a.axes))


@architecture
def softmax_classifier(hidden: int = 1, activation: Operation = tanh, loss: Operation = cross_entropy) -> Tensor:
    """Layers with biases, weights (out, in), an activation between them, probabilities of classes at the output.

    Source: Goodfellow et al., Deep Learning, 6.2.
    """
    widths = [axis("inputs"), *(axis(f"hidden{k}", f"h{k}") for k in range(1, hidden + 1)), axis("outputs")]
    a = input_tensor("x", axis("batch", "n"), widths[0])
    for k in range(1, hidden + 2):
        z = affine(a, parameter(f"W{k}", widths[k], widths[k - 1]), parameter(f"b{k}", widths[k]), name=f"z{k}")
        a = activation(z, name=f"a{k}") if k <= hidden else softmax(z, name="p")
    return loss(a, target("t", *a.axes))


@architecture
def softmax_classifier_without_biases(
    hidden: int = 1, activation: Operation = tanh, loss: Operation = cross_entropy
) -> Tensor:
    """Layers without biases, weights (out, in), an activation between them, probabilities of classes at the output.

    Source: Goodfellow et al., Deep Learning, 6.2.
    """
    widths = [axis("inputs"), *(axis(f"hidden{k}", f"h{k}") for k in range(1, hidden + 1)), axis("outputs")]
    a = input_tensor("x", axis("batch", "n"), widths[0])
    for k in range(1, hidden + 2):
        z = linear(a, parameter(f"W{k}", widths[k], widths[k - 1]), name=f"z{k}")
        a = activation(z, name=f"a{k}") if k <= hidden else softmax(z, name="p")
    return loss(a, target("t", *a.axes))


@operation("loss", y=(batch, outputs), t=(batch, outputs), gives=())
def softmax_then_cross_entropy(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of softmax(y), by its logarithm as it is written, averaged. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * f.log(softmax_of(y[n, o], over=o)), over=(n, o)) / batch.size


@operation("loss", y=(batch, outputs), t=(batch, outputs), gives=())
def softmax_then_cross_entropy_sum(y: Tensor, t: Tensor) -> Expr:
    """Cross-entropy of softmax(y), by its logarithm as it is written, summed. Source: Bishop (2024), ch. 5."""
    n, o = indices(batch, outputs)
    return -total(t[n, o] * f.log(softmax_of(y[n, o], over=o)), over=(n, o))


# Compared with before the stable forms of the catalogue: code that overflows where the formula does is no error.
PLAIN = (softmax_then_cross_entropy, softmax_then_cross_entropy_sum)
FAMILIES = (network, network_without_biases, softmax_classifier, softmax_classifier_without_biases)

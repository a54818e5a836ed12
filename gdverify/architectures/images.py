"""Networks of images."""

from __future__ import annotations

from gdverify.notation import Operation, Tensor, architecture, axis, fixed, input_tensor, parameter, target
from gdverify.operations.activations import relu
from gdverify.operations.affine import affine
from gdverify.operations.classification import softmax_cross_entropy
from gdverify.operations.convolution import convolution_2d
from gdverify.operations.pooling import max_pooling_2d
from gdverify.operations.shapes import flatten


@architecture
def small_cnn(activation: Operation = relu, pooling: Operation = max_pooling_2d) -> Tensor:
    """Convolution by 3 × 3, activation, pooling by 2 × 2, affine map, softmax. Source: LeCun et al. (1998)."""
    batch, channels, features = axis("batch", "n"), axis("channels"), axis("features", "o")
    rows, columns, classes = axis("rows", "i"), axis("columns", "j"), axis("classes", "k")
    x = input_tensor("x", batch, channels, rows, columns)
    K = parameter("K", features, channels, fixed("height", 3, rows, "k"), fixed("width", 3, columns, "l"))
    z = convolution_2d(x, K, parameter("c", features), name="z")
    flat = flatten(pooling(activation(z, name="a"), name="p"), name="f")
    y = affine(flat, parameter("W", classes, flat.axes[-1]), parameter("b", classes), name="y")
    return softmax_cross_entropy(y, target("t", batch, classes))

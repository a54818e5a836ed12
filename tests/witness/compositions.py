"""Architectures, wired once more: over whatever package's operations; a package may have functions of its own.

Each takes the operations of a package, the arrays of a case by their names, and the options of the family; and returns
the loss. An operation is applied to its operands in the order of the catalogue: ``of("affine")(x, W, b)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gdverify import catalogue
from gdverify.notation import Operation

Apply = Callable[..., Any]
Operations = Callable[[str | Operation], Apply]
Arrays = Mapping[str, Any]


def _layers(given: Arrays) -> list[tuple[Any, Any]]:
    depth = sum(name.startswith("W") for name in given)
    return [(given[f"W{k}"], given[f"b{k}"]) for k in range(1, depth + 1)]


def mlp(of: Operations, given: Arrays, hidden: int, activation: Operation, loss: Operation) -> Any:
    """No activation after the last layer."""
    first, *others = _layers(given)
    z = of("affine")(given["x"], *first)
    for W, b in others:
        z = of("affine")(of(activation)(z), W, b)
    return of(loss)(z, given["t"])


def fully_connected(of: Operations, given: Arrays, hidden: int, activation: Operation, loss: Operation) -> Any:
    """One sample; an activation after every layer."""
    a = given["x"]
    for W, b in _layers(given):
        a = of(activation)(of("affine")(a, W, b))
    return of(loss)(a, given["t"])


def two_layer_classifier(of: Operations, given: Arrays, activation: Operation, loss: Operation) -> Any:
    """No biases, probabilities at the end."""
    a = of(activation)(of("linear_in_out")(given["x"], given["w1"]))
    return of(loss)(of("sigmoid")(of("linear_in_out")(a, given["w2"])), given["t"])


def ridge_regression(of: Operations, given: Arrays) -> Any:
    """The error and a penalty of the weights, not of the biases."""
    z = of("affine")(given["x"], given["W"], given["b"])
    return of("half_mean_squared_error")(z, given["t"]) + of("ridge")(given["W"])


def small_cnn(of: Operations, given: Arrays, activation: Operation, pooling: Operation) -> Any:
    """Convolution, activation, pooling, affine map, softmax."""
    a = of(activation)(of("convolution_2d")(given["x"], given["K"], given["c"]))
    y = of("affine")(of("flatten")(of(pooling)(a)), given["W"], given["b"])
    return of("softmax_cross_entropy")(y, given["t"])


def cbow(of: Operations, given: Arrays) -> Any:
    """The word in the middle from the mean of those around it."""
    around = of("average_over_time")(of("embedding")(given["E"], given["ids"]))
    return of("cross_entropy_of_classes")(of("linear")(around, given["U"]), given["t"])


def skip_gram(of: Operations, given: Arrays) -> Any:
    """Whether words stand around another."""
    middle, others = of("embedding")(given["E"], given["ids"]), of("embedding")(given["U"], given["others"])
    return of("binary_cross_entropy_with_logits_sum")(of("dot_products")(middle, others), given["t"])


def autoencoder(of: Operations, given: Arrays, activation: Operation, output: Operation) -> Any:
    """Compared with its own input."""
    a = of(activation)(of("affine")(given["x"], given["W1"], given["b1"]))
    return of("mean_squared_error")(of(output)(of("affine")(a, given["W2"], given["b2"])), given["x"])


def _attended(of: Operations, given: Arrays, x: Any, attend: str, heads: int, k: str) -> Any:
    """Every head looks for itself; what all of them find is projected back."""
    split = of(catalogue.find_operation("split_heads").given(heads=heads))
    q, keys, v = (split(of("affine")(x, given[f"W{part}{k}"], given[f"b{part}{k}"])) for part in "qkv")
    return of("affine")(of("join_heads")(of(attend)(q, keys, v)), given[f"Wo{k}"], given[f"bo{k}"])


def _block(of: Operations, given: Arrays, x: Any, attend: str, heads: int, activation: Operation, k: str) -> Any:
    """Normalised before each part, and each part added to what goes around it."""
    x = x + _attended(of, given, of("layer_norm")(x, given[f"g1{k}"], given[f"c1{k}"]), attend, heads, k)
    z = of("affine")(of("layer_norm")(x, given[f"g2{k}"], given[f"c2{k}"]), given[f"Wm{k}"], given[f"bm{k}"])
    return x + of("affine")(of(activation)(z), given[f"Ww{k}"], given[f"bw{k}"])


def gpt(of: Operations, given: Arrays, blocks: int, heads: int, activation: Operation) -> Any:
    """Words go in and come out by the same vectors."""
    x = of("positional_encoding")(of("embedding")(given["E"], given["ids"]), given["P"])
    for k in range(1, blocks + 1):
        x = _block(of, given, x, "causal_attention", heads, activation, str(k))
    y = of("linear")(of("layer_norm")(x, given["gf"], given["cf"]), given["E"])
    return of("cross_entropy_of_classes")(y, given["t"])


COMPOSITIONS: dict[str, Callable[..., Any]] = {
    "one_input_neuron": lambda of, given: of("squared_error")(
        of("sigmoid")(of("product")(given["x"], given["w"])), given["t"]
    ),
    "sigmoid_neuron": lambda of, given: of("squared_error")(
        of("sigmoid")(of("weighted_sum")(given["x"], given["w"])), given["t"]
    ),
    "linear_map": lambda of, given: of("half_squared_error")(of("product")(given["x"], given["theta"]), given["t"]),
    "quadratic": lambda of, given: of("square")(given["z"]),
    "line": lambda of, given: of("mean_squared_error")(
        of("line_through")(given["x"], given["a"], given["b"]), given["t"]
    ),
    "linear_regression": lambda of, given: of("half_mean_squared_error")(
        of("affine")(given["x"], given["W"], given["b"]), given["t"]
    ),
    "ridge_regression": ridge_regression,
    "logistic_regression": lambda of, given: of("binary_cross_entropy")(
        of("sigmoid")(of("weighted_sum")(given["x"], given["w"])), given["t"]
    ),
    "softmax_regression": lambda of, given: of("softmax_cross_entropy")(
        of("affine")(given["x"], given["W"], given["b"]), given["t"]
    ),
    "mlp": mlp,
    "fully_connected": fully_connected,
    "two_layer_classifier": two_layer_classifier,
    "small_cnn": small_cnn,
    "cbow": cbow,
    "skip_gram": skip_gram,
    "autoencoder": autoencoder,
    "multi_head_attention": lambda of, given, heads: of("mean_squared_error")(
        _attended(of, given, given["x"], "attention", heads, ""), given["t"]
    ),
    "transformer_block": lambda of, given, heads, activation: of("mean_squared_error")(
        _block(of, given, given["x"], "attention", heads, activation, ""), given["t"]
    ),
    "gpt": gpt,
}

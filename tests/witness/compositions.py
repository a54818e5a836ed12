"""Architectures, wired once more: over whatever package's operations.

Each takes the operations of a package, the arrays of a case by their names, and the options of the family; and returns
the loss. An operation is applied to its operands in the order of the catalogue: ``of("affine")(x, W, b)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    "mlp": mlp,
    "fully_connected": fully_connected,
    "two_layer_classifier": two_layer_classifier,
}

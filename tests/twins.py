"""Hand-written backward passes of everything in the catalogue, for derived gradients to be held against.

They are written as a textbook has them, and share nothing with the derivation. A new operation gets a row here:

- an activation (its result is ``a``): value and derivative in `ACTIVATIONS`;
- a loss: value and gradient in `LOSSES`;
- anything else, and every architecture: a function ``case → {"loss": …, gradients}`` in `OTHERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.cases.case import Array, Case
from gdverify.documented.arrays import sigmoid
from gdverify.documented.records import RECORDS
from tests.helpers import Source
from tests.loops import LOOPS

Gradients = dict[str, Any]
Twin = Callable[[Case], Gradients]


# -- activations: value and derivative at z


def _one(z: Array) -> Array:
    return np.ones_like(z)


def _indicator(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "identity": (lambda z: z, _one),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "scaled_sigmoid": (lambda z: sigmoid(0.01 * z), lambda z: 0.01 * sigmoid(0.01 * z) * (1 - sigmoid(0.01 * z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), _indicator),
    "leaky_relu": (lambda z: np.maximum(z, 0.01 * z), lambda z: _indicator(z) + 0.01 * (1 - _indicator(z))),
    "softplus": (lambda z: np.logaddexp(0, z), sigmoid),
}


# -- losses: value and gradient at the prediction y for the target t


def _cross_entropy(y: Array, t: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):  # where y has rounded to 0 or 1 the loss is infinite
        return -(t * np.log(y) + (1 - t) * np.log(1 - y))


def _cross_entropy_slope(y: Array, t: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (y - t) / (y * (1 - y))


LOSSES: dict[str, Callable[[Array, Array], tuple[Any, Array]]] = {
    "squared_error": lambda y, t: (np.sum((y - t) ** 2), 2 * (y - t)),
    "half_squared_error": lambda y, t: (np.sum((y - t) ** 2) / 2, y - t),
    "mean_squared_error": lambda y, t: (np.mean((y - t) ** 2), 2 * (y - t) / y.size),
    "half_mean_squared_error": lambda y, t: (np.mean((y - t) ** 2) / 2, (y - t) / y.size),
    "squared_error_per_sample": lambda y, t: (np.sum((y - t) ** 2) / len(y), 2 * (y - t) / len(y)),
    "absolute_error": lambda y, t: (np.sum(np.abs(y - t)), np.sign(y - t)),
    "mean_absolute_error": lambda y, t: (np.mean(np.abs(y - t)), np.sign(y - t) / y.size),
    "binary_cross_entropy": lambda y, t: (np.mean(_cross_entropy(y, t)), _cross_entropy_slope(y, t) / y.size),
    "binary_cross_entropy_sum": lambda y, t: (np.sum(_cross_entropy(y, t)), _cross_entropy_slope(y, t)),
    "binary_cross_entropy_per_sample": lambda y, t: (
        np.sum(_cross_entropy(y, t)) / len(y),
        _cross_entropy_slope(y, t) / len(y),
    ),
    "binary_cross_entropy_with_logits": lambda y, t: (
        np.mean(np.logaddexp(0, y) - t * y),
        (sigmoid(y) - t) / y.size,
    ),
}


def _activation(name: str, case: Case) -> Gradients:
    value, slope = ACTIVATIONS[name]
    z, da = case.inputs["z"], case.upstream["da"]
    return {"loss": np.sum(da * value(z)), "z": da * slope(z)}


def _loss(name: str, case: Case) -> Gradients:
    value, dy = LOSSES[name](case.inputs["y"], case.targets["t"])
    return {"loss": value, "y": dy}


# -- other operations, for the gradient that arrives from behind


def _affine(case: Case) -> Gradients:
    x, W, b, dz = case.inputs["x"], case.inputs["W"], case.inputs["b"], case.upstream["dz"]
    return {"loss": np.sum(dz * (x @ W.T + b)), "x": dz @ W, "W": dz.T @ x, "b": dz.sum(axis=0)}


def _linear(case: Case) -> Gradients:
    x, W, dz = case.inputs["x"], case.inputs["W"], case.upstream["dz"]
    return {"loss": np.sum(dz * (x @ W.T)), "x": dz @ W, "W": dz.T @ x}


def _linear_in_out(case: Case) -> Gradients:
    x, w, dz = case.inputs["x"], case.inputs["w"], case.upstream["dz"]
    return {"loss": np.sum(dz * (x @ w)), "x": dz @ w.T, "w": x.T @ dz}


def _weighted_sum(case: Case) -> Gradients:
    x, w, dz = case.inputs["x"], case.inputs["w"], case.upstream["dz"]
    return {"loss": dz @ (x @ w), "x": np.outer(dz, w), "w": x.T @ dz}


def _line_through(case: Case) -> Gradients:
    x, a, b, dy = case.inputs["x"], case.inputs["a"], case.inputs["b"], case.upstream["dy"]
    return {"loss": np.sum(dy * (a * x + b)), "x": a * dy, "a": np.sum(dy * x), "b": np.sum(dy)}


def _product(case: Case) -> Gradients:
    x, w, dy = case.inputs["x"], case.inputs["w"], case.upstream["dy"]
    return {"loss": np.sum(dy * x * w), "x": dy * w, "w": dy * x}


def _square(case: Case) -> Gradients:
    z, dy = case.inputs["z"], case.upstream["dy"]
    return {"loss": np.sum(dy * z**2), "z": 2 * z * dy}


# -- networks


def _option(case: Case, name: str, default: str) -> str:
    return str(case.options.get(name, default))


def _mlp(case: Case) -> Gradients:
    return _perceptron(case, _option(case, "activation", "tanh"), _option(case, "loss", "mean_squared_error"), False)


def _fully_connected(case: Case) -> Gradients:
    return _perceptron(case, _option(case, "activation", "sigmoid"), _option(case, "loss", "squared_error"), True)


def _perceptron(case: Case, activation: str, loss: str, last: bool) -> Gradients:
    """Layers with weights (out, in), activated after the last one or not; a single sample is a batch of one."""
    f, slope = ACTIVATIONS[activation]
    weights = [W for name, W in case.parameters.items() if name.startswith("W")]
    biases = [b for name, b in case.parameters.items() if name.startswith("b")]
    activated = [True] * (len(weights) - 1) + [last]
    a, z = [np.atleast_2d(case.inputs["x"])], []
    for W, b, active in zip(weights, biases, activated, strict=True):
        z.append(a[-1] @ W.T + b)
        a.append(f(z[-1]) if active else z[-1])
    value, delta = LOSSES[loss](a[-1], np.atleast_2d(case.targets["t"]))
    found: Gradients = {"loss": value}
    for k in reversed(range(len(weights))):
        if activated[k]:
            delta = delta * slope(z[k])
        found[f"W{k + 1}"] = delta.T @ a[k]
        found[f"b{k + 1}"] = delta.sum(axis=0)
        delta = delta @ weights[k]
    return found


def _two_layer_classifier(case: Case) -> Gradients:
    activation, loss = _option(case, "activation", "sigmoid"), _option(case, "loss", "binary_cross_entropy")
    f, slope = ACTIVATIONS[activation]
    x, t, w1, w2 = case.inputs["x"], case.targets["t"], case.parameters["w1"], case.parameters["w2"]
    z1 = x @ w1
    a1 = f(z1)
    a2 = sigmoid(a1 @ w2)
    value, da2 = LOSSES[loss](a2, t)
    # The denominator of the cross-entropy's derivative cancels against σ' = y (1 − y).
    cancelled = {"binary_cross_entropy": (a2 - t) / t.size, "binary_cross_entropy_sum": a2 - t}
    dz2 = cancelled[loss] if loss in cancelled else da2 * a2 * (1 - a2)
    dz1 = dz2 @ w2.T * slope(z1)
    return {"loss": value, "w1": x.T @ dz1, "w2": a1.T @ dz2}


def _documented(name: str) -> Twin:
    """An implementation of the documents."""
    (subject,) = (record.subject for record in RECORDS if record.subject.name == name)
    return lambda case: dict(subject(case))


OTHERS: dict[str, Twin] = {
    "affine": _affine,
    "linear": _linear,
    "linear_in_out": _linear_in_out,
    "weighted_sum": _weighted_sum,
    "line_through": _line_through,
    "product": _product,
    "square": _square,
    "one_input_neuron": _documented("neuron, one input, corrected"),
    "sigmoid_neuron": _documented("neuron, any inputs, corrected"),
    "linear_map": _documented("linear map, as documented"),
    "quadratic": _documented("quadratic, as documented"),
    "line": _documented("line, as documented"),
    "mlp": _mlp,
    "fully_connected": _fully_connected,
    "two_layer_classifier": _two_layer_classifier,
}


def _by_loops(name: str, case: Case) -> Gradients:
    arrays = {key: array.astype(np.float64) for key, array in case.arrays.items()}
    made = LOOPS[name](**arrays)
    return {key: value.astype(case.dtype) for key, value in made.items()}


TWINS: dict[str, Twin] = {
    **{name: partial(_by_loops, name) for name in LOOPS},
    **{name: partial(_activation, name) for name in ACTIVATIONS},
    **{name: partial(_loss, name) for name in LOSSES},
    **OTHERS,
}


def twin(name: str) -> Twin:
    """The hand-written backward pass of an operation or architecture of the catalogue."""
    assert name in TWINS, (
        f"{name} has no hand-written backward pass: add its row to ACTIVATIONS, LOSSES or OTHERS in tests/twins.py"
    )
    return TWINS[name]


def untwinned() -> list[str]:
    """What the catalogue has and the tables above lack."""
    return [name for name in (*catalogue.operations(), *catalogue.architectures()) if name not in TWINS]


# -- families with every one of their members

# A prediction that is any real number has no logarithm.
OF_PROBABILITIES = {"binary_cross_entropy", "binary_cross_entropy_sum", "binary_cross_entropy_per_sample"}
OF_BATCHES = {"squared_error_per_sample", "binary_cross_entropy_per_sample"}


def families() -> list[Source]:
    """Every architecture that takes an activation or a loss, with each of them."""
    takes_losses = {
        "mlp": set(LOSSES) - OF_PROBABILITIES,
        "fully_connected": set(LOSSES) - OF_BATCHES,
        "two_layer_classifier": set(LOSSES),
    }
    return [
        Source(name, catalogue.find(name), {kind: chosen})
        for name, losses in takes_losses.items()
        for kind, choices in (("activation", ACTIVATIONS), ("loss", sorted(losses)))
        for chosen in choices
    ]

"""Hand-written backward passes of everything in the catalogue, for derived gradients to be held against.

They are written as a textbook has them, and share nothing with the derivation. A new operation gets a row here:

- an activation (its result is ``a``): value and derivative in `ACTIVATIONS`;
- a loss: value and gradient in `LOSSES`;
- anything else, and every architecture: a function ``case → {"loss": …, gradients}`` in `OTHERS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.cases.case import Array, Case
from gdverify.documented.arrays import sigmoid
from gdverify.documented.records import RECORDS
from tests.helpers import Source
from tests.layers import LAYERS
from tests.loops import LOOPS

Gradients = dict[str, Any]
Twin = Callable[[Case], Gradients]


# -- activations: value and derivative at z


def _one(z: Array) -> Array:
    return np.ones_like(z)


def _indicator(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # of selu


def _mish_slope(z: Array) -> Array:
    squashed = np.tanh(np.logaddexp(0, z))
    return squashed + z * sigmoid(z) * (1 - squashed**2)


def _normal(z: Array) -> Array:
    """The distribution function of the normal distribution."""
    return (0.5 * (1 + np.vectorize(math.erf, otypes=[float])(z / 2**0.5))).astype(z.dtype)


def _bent(z: Array) -> Array:
    return (2 / np.pi) ** 0.5 * (z + 0.044715 * z**3)


def _gelu_tanh_slope(z: Array) -> Array:
    squashed = np.tanh(_bent(z))
    inner = (2 / np.pi) ** 0.5 * (1 + 3 * 0.044715 * z**2)
    return 0.5 * (1 + squashed) + 0.5 * z * (1 - squashed**2) * inner


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "identity": (lambda z: z, _one),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "scaled_sigmoid": (lambda z: sigmoid(0.01 * z), lambda z: 0.01 * sigmoid(0.01 * z) * (1 - sigmoid(0.01 * z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), _indicator),
    "leaky_relu": (lambda z: np.maximum(z, 0.01 * z), lambda z: _indicator(z) + 0.01 * (1 - _indicator(z))),
    "softplus": (lambda z: np.logaddexp(0, z), sigmoid),
    "hard_sigmoid": (lambda z: np.clip(z / 2 + 0.5, 0, 1), lambda z: ((z > -1) & (z < 1)).astype(z.dtype) / 2),
    "hard_tanh": (lambda z: np.clip(z, -1, 1), lambda z: ((z > -1) & (z < 1)).astype(z.dtype)),
    "softsign": (lambda z: z / (1 + np.abs(z)), lambda z: (1 + np.abs(z)) ** -2),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda z: np.exp(np.minimum(z, 0))),
    "selu": (
        lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(np.minimum(z, 0))),
        lambda z: SCALE * np.where(z > 0, np.ones_like(z), ALPHA * np.exp(np.minimum(z, 0))),
    ),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "mish": (lambda z: z * np.tanh(np.logaddexp(0, z)), _mish_slope),
    "gelu": (lambda z: z * _normal(z), lambda z: _normal(z) + z * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5),
    "gelu_tanh": (lambda z: 0.5 * z * (1 + np.tanh(_bent(z))), _gelu_tanh_slope),
}


# -- losses: value and gradient at the prediction y for the target t


def _cross_entropy(y: Array, t: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):  # where y has rounded to 0 or 1 the loss is infinite
        return -(t * np.log(y) + (1 - t) * np.log(1 - y))


def _cross_entropy_slope(y: Array, t: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (y - t) / (y * (1 - y))


def _huber(e: Array, delta: float) -> tuple[Array, Array]:
    return np.where(np.abs(e) > delta, delta * (np.abs(e) - delta / 2), e**2 / 2), np.clip(e, -delta, delta)


def _pinball(y: Array, t: Array) -> tuple[Array, Array]:
    slope = np.where(t > y, -0.1, 0.9).astype(y.dtype)
    return slope * (y - t), slope


def _poisson(y: Array, t: Array) -> tuple[Array, Array]:
    return np.exp(y) - t * y, np.exp(y) - t


def _focal(y: Array, t: Array) -> tuple[Array, Array]:
    right, wrong = np.log(y), np.log(1 - y)
    slope = t * (2 * (1 - y) * right - (1 - y) ** 2 / y) + (1 - t) * (y**2 / (1 - y) - 2 * y * wrong)
    return -t * (1 - y) ** 2 * right - (1 - t) * y**2 * wrong, slope


def _of_logits(y: Array, t: Array) -> tuple[Array, Array]:
    return np.logaddexp(0, y) - t * y, sigmoid(y) - t


def _of_classes(y: Array, t: Array) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):
        return -(t * np.log(y)).sum(axis=1), -t / y


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _log_softmax(z: Array) -> Array:
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _of_scores(y: Array, t: Array) -> tuple[Array, Array]:
    return -(t * _log_softmax(y)).sum(axis=1), _softmax(y) * t.sum(axis=1, keepdims=True) - t


def _smoothed(y: Array, t: Array) -> tuple[Array, Array]:
    return _of_scores(y, 0.9 * t + 0.1 / t.shape[1])


def _likelihood(y: Array, t: Array) -> tuple[Array, Array]:
    return -(t * y).sum(axis=1), -t


def _divergence(y: Array, t: Array) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):
        return (t * np.log(t / y)).sum(axis=1), -t / y


def _hinge(y: Array, t: Array) -> tuple[Array, Array]:
    return np.maximum(1 - t * y, 0), np.where(t * y < 1, -t, 0)


def _squared_hinge(y: Array, t: Array) -> tuple[Array, Array]:
    return np.maximum(1 - t * y, 0) ** 2, -2 * t * np.maximum(1 - t * y, 0)


def _multiclass_hinge(y: Array, t: Array) -> tuple[Array, Array]:
    margins = np.maximum(1 + y - (t * y).sum(axis=1, keepdims=True), 0)
    over = np.where(margins > 0, 1 - t, 0)
    return ((1 - t) * margins).sum(axis=1), over - t * over.sum(axis=1, keepdims=True)


def _cosine(y: Array, t: Array) -> tuple[Array, Array]:
    lengths = [np.sqrt((a**2).sum(axis=1, keepdims=True)) for a in (y, t)]
    with np.errstate(all="ignore"):
        cosine = (y * t).sum(axis=1, keepdims=True) / lengths[0] / lengths[1]
        return 1 - cosine, cosine * y / lengths[0] ** 2 - t / lengths[0] / lengths[1]


def _contrastive(y: Array, t: Array) -> tuple[Array, Array]:
    short = np.maximum(1 - y, 0)
    return (t * y**2 + (1 - t) * short**2) / 2, t * y - (1 - t) * short


def _summed(parts: Callable[[Array, Array], tuple[Array, Array]]) -> Callable[[Array, Array], tuple[Any, Array]]:
    def loss(y: Array, t: Array) -> tuple[Any, Array]:
        values, slopes = parts(y, t)
        return np.sum(values), slopes

    return loss


def _averaged(parts: Callable[[Array, Array], tuple[Array, Array]]) -> Callable[[Array, Array], tuple[Any, Array]]:
    """Over what there is a value for: entries, or samples."""

    def loss(y: Array, t: Array) -> tuple[Any, Array]:
        values, slopes = parts(y, t)
        return np.mean(values), slopes / np.size(values)

    return loss


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
    "binary_cross_entropy_with_logits_sum": _summed(_of_logits),
    "huber": _averaged(lambda y, t: _huber(y - t, 1)),
    "huber_sum": _summed(lambda y, t: _huber(y - t, 1)),
    "smooth_l1": _averaged(lambda y, t: tuple(2 * part for part in _huber(y - t, 0.5))),
    "smooth_l1_sum": _summed(lambda y, t: tuple(2 * part for part in _huber(y - t, 0.5))),
    "quantile": _averaged(_pinball),
    "quantile_sum": _summed(_pinball),
    "poisson": _averaged(_poisson),
    "poisson_sum": _summed(_poisson),
    "focal": _averaged(_focal),
    "focal_sum": _summed(_focal),
    "cross_entropy": _averaged(_of_classes),
    "cross_entropy_sum": _summed(_of_classes),
    "softmax_cross_entropy": _averaged(_of_scores),
    "softmax_cross_entropy_sum": _summed(_of_scores),
    "smoothed_cross_entropy": _averaged(_smoothed),
    "negative_log_likelihood": _averaged(_likelihood),
    "negative_log_likelihood_sum": _summed(_likelihood),
    "kl_divergence": _averaged(_divergence),
    "kl_divergence_sum": _summed(_divergence),
    "hinge": _averaged(_hinge),
    "hinge_sum": _summed(_hinge),
    "squared_hinge": _averaged(_squared_hinge),
    "squared_hinge_sum": _summed(_squared_hinge),
    "multiclass_hinge": _averaged(_multiclass_hinge),
    "multiclass_hinge_sum": _summed(_multiclass_hinge),
    "cosine_distance": _averaged(_cosine),
    "contrastive": _averaged(_contrastive),
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
    **LAYERS,
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
OF_PROBABILITIES = {
    name for name in LOSSES if name.startswith(("binary_cross_entropy", "cross_entropy", "focal", "kl_"))
}
OF_PROBABILITIES -= {"binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits_sum"}
# The first of the tables for every family; all of them for one.
FEW_ACTIVATIONS, FEW_LOSSES = 7, 11
OF_BATCHES = {"squared_error_per_sample", "binary_cross_entropy_per_sample"}


def families() -> list[Source]:
    """Every architecture that takes an activation or a loss, with many of them, and one with each."""
    few, usual = [*ACTIVATIONS][:FEW_ACTIVATIONS], {*[*LOSSES][:FEW_LOSSES]}
    takes = {
        "mlp": (ACTIVATIONS, set(LOSSES) - OF_PROBABILITIES),
        "fully_connected": (few, usual - OF_BATCHES),
        "two_layer_classifier": (few, usual),
    }
    return [
        Source(name, catalogue.find(name), {kind: chosen})
        for name, (activations, losses) in takes.items()
        for kind, choices in (("activation", activations), ("loss", sorted(losses)))
        for chosen in choices
    ]

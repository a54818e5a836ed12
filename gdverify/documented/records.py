"""The documented implementations as subjects, each with the verdict on record for it.

A row says which implementation it is, what it is judged against, and what the verdict is known to be; the audit
without a target checks that every verdict is the one on record, as a test suite does with an expected failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from gdverify.auditing.subject import Recovered, Subject, recovered
from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.cases.case import Array, Case
from gdverify.documented import classifier, classifier_torch, fully_connected, layers, neuron

Gradients = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One documented implementation.

    Attributes:
        subject: as the audit takes it.
        expected: the verdict on record.
        extra: what it needs beside NumPy; it is left out where that is not installed.
    """

    subject: Subject
    expected: str
    extra: str | None = None

    @property
    def available(self) -> bool:
        """Whether what it needs is installed."""
        return self.extra is None or find_spec(self.extra) is not None


# -- bindings: from a case to the documented code and back


def _scalar(array: Array) -> np.floating[Any]:
    """The entry of an array of shape ()."""
    value: np.floating[Any] = array[()]  # type: ignore[assignment]  # an array only where there are axes
    return value


def _neuron(gradient: Callable[..., Any], case: Case) -> Gradients:
    w, x, t = _scalar(case.parameters["w"]), _scalar(case.inputs["x"]), _scalar(case.targets["t"])
    return {"loss": neuron.loss(w, x, t), "w": gradient(w, x, t)}


def _linear_map(case: Case) -> Gradients:
    theta, x, t = _scalar(case.parameters["theta"]), _scalar(case.inputs["x"]), _scalar(case.targets["t"])
    return {"loss": classifier.linear_map_loss(theta, x, t), "theta": classifier.linear_map_gradient(theta, x, t)}


# The gradient is recovered from the change of the weights. It is large beside the weights where the learning rate
# is, and a power of two scales it without rounding; in float32 a smaller one keeps it inside the range.
LEARNING_RATES = {"float64": 2.0**40, "float32": 2.0**20}


def _fully_connected(network: type[fully_connected.FullyConnected], case: Case) -> Gradients:
    depth = len(case.parameters) // 2
    before = [np.column_stack((case.parameters[f"W{k}"], case.parameters[f"b{k}"])) for k in range(1, depth + 1)]
    learning_rate = LEARNING_RATES[case.dtype.name]
    net = network([2, 2], np.random.default_rng(0), learning_rate)
    net.weights = [weights.copy() for weights in before]
    loss = net.train(case.inputs["x"], case.targets["t"])
    found: dict[str, Any] = {"loss": loss}
    for k, (old, new) in enumerate(zip(before, net.weights, strict=True), start=1):
        gradient = recovered(old, new, learning_rate)
        found[f"W{k}"] = Recovered(gradient.value[:, :-1], gradient.uncertainty[:, :-1])
        found[f"b{k}"] = Recovered(gradient.value[:, -1], gradient.uncertainty[:, -1])
    return found


def _classifier(network: type[classifier.Classifier], case: Case) -> Gradients:
    x, labels = case.inputs["x"], case.targets["t"]
    net = network(2, 2, 1, np.random.default_rng(0))
    net.w1, net.w2 = case.parameters["w1"], case.parameters["w2"]
    y4 = net.forward(x)
    loss = classifier.mean_cross_entropy(y4, labels)
    net.w1, net.w2 = net.w1.copy(), net.w2.copy()  # backward updates them in place
    net.backward(x, labels, y4)
    return {"loss": loss, "w1": net.dC_dw1, "w2": net.dC_dw2}


def _torch_classifier(corrected: bool, case: Case) -> Gradients:
    import torch

    x, labels = torch.from_numpy(case.inputs["x"]), torch.from_numpy(case.targets["t"])
    made = classifier_torch.CorrectedTorchClassifier if corrected else classifier_torch.TorchClassifier
    net = made(2, 2, 1)
    net.w1, net.w2 = torch.from_numpy(case.parameters["w1"].copy()), torch.from_numpy(case.parameters["w2"].copy())
    y4 = net.forward(x)
    loss = classifier_torch.mean_cross_entropy(y4, labels).numpy()
    net.backward(x, labels, y4)
    return {"loss": loss, "w1": net.dC_dw1.numpy(), "w2": net.dC_dw2.numpy()}


def _quadratic(case: Case) -> Gradients:
    z = _scalar(case.parameters["z"])
    return {"loss": layers.quadratic(z), "z": layers.quadratic_gradient(z)}


def _line(case: Case) -> Gradients:
    a, b = _scalar(case.parameters["a"]), _scalar(case.parameters["b"])
    x, t = case.inputs["x"], case.targets["t"]
    da, db = layers.line_gradient(a, b, x, t)
    return {"loss": layers.line_loss(a, b, x, t), "a": da, "b": db}


def _linear_layer(case: Case) -> Gradients:
    layer = layers.Linear(2, 2, np.random.default_rng(0))
    layer.W, layer.b = case.inputs["W"], case.inputs["b"]
    layer.forward(case.inputs["x"])
    dx = layer.backward(case.upstream["dz"])
    return {"x": dx, "W": layer.dW, "b": layer.db}


def _activation_layer(layer: type[layers.ReLU] | type[layers.Tanh], case: Case) -> Gradients:
    made = layer()
    made.forward(case.inputs["z"])
    return {"z": made.backward(case.upstream["da"])}


def _mean_squared_error(case: Case) -> Gradients:
    loss = layers.MeanSquaredError()
    value = loss.forward(case.inputs["y"], case.targets["t"])
    return {"loss": value, "y": loss.backward()}


def _mlp(activation: type[layers.ReLU] | type[layers.Tanh], case: Case) -> Gradients:
    hidden = case.options["hidden"]
    net = layers.MLP(2, [2] * hidden, 2, activation, np.random.default_rng(0))
    linear = [layer for layer in net.layers if isinstance(layer, layers.Linear)]
    for k, layer in enumerate(linear, start=1):
        layer.W, layer.b = case.parameters[f"W{k}"], case.parameters[f"b{k}"]
    loss = layers.MeanSquaredError()
    value = loss.forward(net.forward(case.inputs["x"]), case.targets["t"])
    dx = net.backward(loss.backward())
    found: dict[str, Array | Any] = {"loss": value, "x": dx}
    for k, layer in enumerate(linear, start=1):
        found |= {f"W{k}": layer.dW, f"b{k}": layer.db}
    return found


# -- the table

ONE_OUTPUT = {"outputs": 1}


def _record(
    name: str,
    function: Callable[[Case], Gradients],
    against: str,
    expected: str,
    *,
    sizes: Mapping[str, Any] | None = None,
    extra: str | None = None,
    dtypes: tuple[str, ...] = ("float64", "float32"),
    **options: Any,
) -> Record:
    return Record(Subject(function, name, against, options, sizes or {}, dtypes), expected, extra)


RECORDS: tuple[Record, ...] = (
    _record("neuron, one input, as documented", partial(_neuron, neuron.gradient), "one_input_neuron", WRONG),
    _record("neuron, one input, corrected", partial(_neuron, neuron.corrected_gradient), "one_input_neuron", CORRECT),
    _record("neuron, any inputs, as documented", partial(_neuron, neuron.gradient), "sigmoid_neuron", WRONG),
    _record("neuron, any inputs, corrected", partial(_neuron, neuron.corrected_gradient), "sigmoid_neuron", CORRECT),
    _record(
        "fully connected, as documented",
        partial(_fully_connected, fully_connected.FullyConnected),
        "fully_connected",
        CORRECT,
    ),
    _record(
        "fully connected, flattened, as documented",
        partial(_fully_connected, fully_connected.Flattened),
        "fully_connected",
        WRONG,
        activation="scaled_sigmoid",
        hidden=2,
    ),
    _record(
        "fully connected, flattened, corrected",
        partial(_fully_connected, fully_connected.CorrectedFlattened),
        "fully_connected",
        CORRECT,
        activation="scaled_sigmoid",
    ),
    _record(
        "fully connected, leaky ReLU",
        partial(_fully_connected, fully_connected.LeakyReLU),
        "fully_connected",
        CORRECT,
        activation="leaky_relu",
    ),
    _record("linear map, as documented", _linear_map, "linear_map", CORRECT),
    _record(
        "classifier, as documented",
        partial(_classifier, classifier.Classifier),
        "two_layer_classifier",
        WRONG,
        sizes=ONE_OUTPUT,
    ),
    _record(
        "classifier, corrected",
        partial(_classifier, classifier.CorrectedClassifier),
        "two_layer_classifier",
        CORRECT,
        sizes=ONE_OUTPUT,
    ),
    _record(
        "classifier on torch tensors, as documented",
        partial(_torch_classifier, False),
        "two_layer_classifier",
        WRONG,
        sizes=ONE_OUTPUT,
        extra="torch",
        dtypes=("float32",),
    ),
    _record(
        "classifier on torch tensors, corrected",
        partial(_torch_classifier, True),
        "two_layer_classifier",
        CORRECT,
        sizes=ONE_OUTPUT,
        extra="torch",
        dtypes=("float32",),
    ),
    _record("quadratic, as documented", _quadratic, "quadratic", CORRECT),
    _record("line, as documented", _line, "line", CORRECT),
    _record("Linear layer, as documented", _linear_layer, "affine", CORRECT),
    _record("ReLU layer, as documented", partial(_activation_layer, layers.ReLU), "relu", CORRECT),
    _record("Tanh layer", partial(_activation_layer, layers.Tanh), "tanh", CORRECT),
    _record("mean squared error, as documented", _mean_squared_error, "mean_squared_error", CORRECT),
    _record("MLP with ReLU, as documented", partial(_mlp, layers.ReLU), "mlp", CORRECT, activation="relu"),
    _record("MLP with Tanh, as documented", partial(_mlp, layers.Tanh), "mlp", CORRECT, activation="tanh"),
)

"""Hand-written backward passes of everything in the catalogue, for derived gradients to be held against.

Those of operations are the layers and losses of `gdverify.documented`, by its table of counterparts; those of
architectures are put together from them here, in `NETWORKS`. A new one of either gets a row there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gdverify import catalogue
from gdverify.cases.case import Array, Case
from gdverify.documented.activations import Sigmoid
from gdverify.documented.affine import Affine, LinearInOut
from gdverify.documented.counterparts import COUNTERPARTS, counterpart
from gdverify.documented.records import RECORDS
from tests.helpers import Source

Gradients = dict[str, Any]
Twin = Callable[[Case], Gradients]


# -- networks


def _chosen(case: Case, kind: str, default: str) -> Any:
    """A new layer or loss: the one that the case asks for."""
    return counterpart(str(case.options.get(kind, default))).make()


def _mlp(case: Case) -> Gradients:
    return _perceptron(case, "tanh", "mean_squared_error", active_at_the_end=False)


def _fully_connected(case: Case) -> Gradients:
    return _perceptron(case, "sigmoid", "squared_error", active_at_the_end=True)


def _perceptron(case: Case, activation: str, loss: str, *, active_at_the_end: bool) -> Gradients:
    """Affine maps and an activation in turn, with or without one at the end; one sample is an x without a batch."""
    depth = len(case.parameters) // 2
    affine = {k: _holding(Affine, W=case.parameters[f"W{k}"], b=case.parameters[f"b{k}"]) for k in range(1, depth + 1)}
    layers = [each for k in affine for each in (affine[k], _chosen(case, "activation", activation))]
    layers = layers if active_at_the_end else layers[:-1]
    compared = _chosen(case, "loss", loss)
    found = {"loss": compared.forward(_forward(layers, case.inputs["x"]), case.targets["t"])}
    _backward(layers, compared.backward())
    return {
        **found,
        **{f"W{k}": layer.dW for k, layer in affine.items()},
        **{f"b{k}": layer.db for k, layer in affine.items()},
    }


def _holding(make: Callable[..., Any], **parameters: Array) -> Any:
    """A layer with these parameters; of what shape those are that it drew does not matter."""
    layer = make(1, 1, np.random.default_rng(0))
    for name, value in parameters.items():
        setattr(layer, name, value)
    return layer


def _forward(layers: Sequence[Any], x: Array) -> Array:
    for layer in layers:
        x = layer.forward(x)
    return x


def _backward(layers: Sequence[Any], dy: Array) -> None:
    for layer in reversed(layers):
        dy = layer.backward(dy)


# The denominator of these derivatives cancels against σ' = y (1 − y): with σ they are the same loss of logits.
OF_LOGITS = {
    "binary_cross_entropy": "binary_cross_entropy_with_logits",
    "binary_cross_entropy_sum": "binary_cross_entropy_with_logits_sum",
}


def _two_layer_classifier(case: Case) -> Gradients:
    first, second = (_holding(LinearInOut, w=case.parameters[name]) for name in ("w1", "w2"))
    layers, end = [first, _chosen(case, "activation", "sigmoid"), second], Sigmoid()
    logits, t = _forward(layers, case.inputs["x"]), case.targets["t"]
    compared = _chosen(case, "loss", "binary_cross_entropy")
    value = compared.forward(end.forward(logits), t)
    together = OF_LOGITS.get(str(case.options.get("loss", "binary_cross_entropy")))
    if together is None:
        dlogits = end.backward(compared.backward())
    else:
        of_logits = counterpart(together).make()
        of_logits.forward(logits, t)
        dlogits = of_logits.backward()
    _backward(layers, dlogits)
    return {"loss": value, "w1": first.dw, "w2": second.dw}


def _documented(name: str) -> Twin:
    """An implementation of the documents."""
    (subject,) = (record.subject for record in RECORDS if record.subject.name == name)
    return lambda case: dict(subject(case))


NETWORKS: dict[str, Twin] = {
    "one_input_neuron": _documented("neuron, one input, corrected"),
    "sigmoid_neuron": _documented("neuron, any inputs, corrected"),
    "linear_map": _documented("linear map, as documented"),
    "quadratic": _documented("quadratic, as documented"),
    "line": _documented("line, as documented"),
    "mlp": _mlp,
    "fully_connected": _fully_connected,
    "two_layer_classifier": _two_layer_classifier,
}

TWINS: dict[str, Twin] = {**{name: row.gradients for name, row in COUNTERPARTS.items()}, **NETWORKS}


def twin(name: str) -> Twin:
    """The hand-written backward pass of an operation or architecture of the catalogue."""
    assert name in TWINS, (
        f"{name} has no hand-written backward pass: add its row to COUNTERPARTS in "
        "gdverify/documented/counterparts.py, or to NETWORKS in tests/twins.py"
    )
    return TWINS[name]


def untwinned() -> list[str]:
    """What the catalogue has and the tables above lack."""
    return [name for name in (*catalogue.operations(), *catalogue.architectures()) if name not in TWINS]


# -- families with every one of their members

ACTIVATIONS = tuple(name for name, one in catalogue.activations().items() if one.symbol == "a")
# Losses of a target that looks like the prediction; what has to be a probability has a logarithm.
LOSSES = tuple(name for name, one in catalogue.losses().items() if one.axes("y") == one.axes("t"))
OF_PROBABILITIES = {
    name
    for name in LOSSES
    if name.startswith(("binary_cross_entropy", "cross_entropy", "focal", "kl_")) and "logits" not in name
}
USUAL_ACTIVATIONS = ("identity", "sigmoid", "scaled_sigmoid", "tanh", "relu", "leaky_relu", "softplus")
USUAL_LOSSES = {name for name in catalogue.COMMON_LOSSES if not name.startswith("cross_entropy")}
OF_BATCHES = {"squared_error_per_sample", "binary_cross_entropy_per_sample"}


def families() -> list[Source]:
    """Every architecture that takes an activation or a loss, with many of them, and one with each."""
    takes = {
        "mlp": (ACTIVATIONS, set(LOSSES) - OF_PROBABILITIES),
        "fully_connected": (USUAL_ACTIVATIONS, USUAL_LOSSES - OF_BATCHES),
        "two_layer_classifier": (USUAL_ACTIVATIONS, USUAL_LOSSES),
    }
    return [
        Source(name, catalogue.find(name), {kind: chosen})
        for name, (activations, losses) in takes.items()
        for kind, choices in (("activation", activations), ("loss", sorted(losses)))
        for chosen in choices
    ]

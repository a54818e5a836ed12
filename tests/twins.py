"""Hand-written backward passes of everything in the catalogue, for derived gradients to be held against.

Those of operations are the layers and losses of `gdverify.documented`, by its table of counterparts; architectures are
put together from these in `tests.networks`, or are the implementations of the documents. A new one gets a row there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.documented.counterparts import COUNTERPARTS
from gdverify.documented.records import RECORDS
from tests.helpers import Source
from tests.networks import NETWORKS

Gradients = dict[str, Any]
Twin = Callable[[Case], Gradients]


def _documented(name: str) -> Twin:
    """An implementation of the documents."""
    (subject,) = (record.subject for record in RECORDS if record.subject.name == name)
    return lambda case: dict(subject(case))


DOCUMENTS: dict[str, Twin] = {
    "one_input_neuron": _documented("neuron, one input, corrected"),
    "sigmoid_neuron": _documented("neuron, any inputs, corrected"),
    "linear_map": _documented("linear map, as documented"),
    "quadratic": _documented("quadratic, as documented"),
    "line": _documented("line, as documented"),
}

TWINS: dict[str, Twin] = {**{name: row.gradients for name, row in COUNTERPARTS.items()}, **DOCUMENTS, **NETWORKS}


def twin(name: str) -> Twin:
    """The hand-written backward pass of an operation or architecture of the catalogue."""
    assert name in TWINS, (
        f"{name} has no hand-written backward pass: add its row to COUNTERPARTS in "
        "gdverify/documented/counterparts.py, or to NETWORKS in tests/networks.py"
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

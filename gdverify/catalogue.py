"""What there is: the operations and architectures of the package, by name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gdverify.errors import UsageError, unknown
from gdverify.loading import load, split
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation

OPERATION_FAMILIES = (
    "affine",
    "activations",
    "gates",
    "normalisation",
    "attention",
    "losses",
    "classification",
    "margins",
    "penalties",
    "convolution",
    "pooling",
    "shapes",
    "lookup",
)
COMMON_LOSSES = (
    *("squared_error", "half_squared_error", "mean_squared_error", "half_mean_squared_error"),
    *("squared_error_per_sample", "absolute_error", "mean_absolute_error"),
    *("binary_cross_entropy", "binary_cross_entropy_sum", "binary_cross_entropy_per_sample"),
    *("binary_cross_entropy_with_logits", "cross_entropy", "cross_entropy_sum"),
)
ARCHITECTURE_FAMILIES = (
    *("elementary", "regressions", "perceptrons", "images", "recurrent", "words", "autoencoders", "transformers"),
)


@cache
def operations(family: str | None = None) -> dict[str, Operation]:
    """The operations of one family, or of all, by name."""
    found: dict[str, Operation] = {}
    for name in (family,) if family else OPERATION_FAMILIES:
        module = importlib.import_module(f"gdverify.operations.{name}")
        found |= {v.name: v for v in vars(module).values() if isinstance(v, Operation)}
    return found


@cache
def losses() -> dict[str, Operation]:
    """The operations that compare a prediction with a target, by name."""
    return {name: one for name, one in operations().items() if one.is_loss}


@cache
def common_losses() -> dict[str, Operation]:
    """The losses that most networks are trained with, and that are taken for one another."""
    return {name: find_operation(name) for name in COMMON_LOSSES}


@cache
def activations() -> dict[str, Operation]:
    """The activations of one tensor, by name."""
    return {name: one for name, one in operations("activations").items() if len(one.operands) == 1}


@cache
def architectures(family: str | None = None) -> dict[str, Architecture]:
    """The architectures of one family, or of all, by name."""
    found: dict[str, Architecture] = {}
    for name in (family,) if family else ARCHITECTURE_FAMILIES:
        module = importlib.import_module(f"gdverify.architectures.{name}")
        found |= {v.name: v for v in vars(module).values() if isinstance(v, Architecture)}
    return found


def find_operation(name: str) -> Operation:
    """The operation of that name, or of a user's ``FILE:NAME``; raises as `find` does."""
    found = operations().get(name) or _users(name)
    if not isinstance(found, Operation):
        raise unknown("operation", name, operations())
    return found


def find(name: str) -> Architecture | Operation:
    """The architecture or operation of that name, or of a user's ``FILE:NAME`` or ``MODULE:NAME``.

    Raises:
        UnknownName: there is none of that name; the message has the closest ones.
        LoadError: the file or module cannot be imported.
        UsageError: a file is named without a name in it, and defines none, or several.
    """
    known: dict[str, Architecture | Operation] = {**operations(), **architectures()}
    found = known.get(name) or _users(name)
    if found is None:
        raise unknown("architecture or operation", name, known)
    return found


def _users(name: str) -> Architecture | Operation | None:
    """What a user's file or module defines under a name, or alone; None where the name is of no such form."""
    place, wanted = split(name)
    if wanted is None and not place.endswith(".py"):
        return None
    module = load(place)
    held = {name: one for name, one in vars(module).items() if isinstance(one, Architecture | Operation)}
    if wanted is None:
        return _alone(place, {k: one for k, one in held.items() if one.function.__module__ == module.__name__})
    if wanted not in held:
        raise unknown(f"architecture or operation in {place}:", wanted, held)
    return held[wanted]


def _alone(place: str, defined: Mapping[str, Architecture | Operation]) -> Architecture | Operation:
    if len(defined) != 1:
        file = Path(place).name
        names = " or ".join(f"{file}:{name}" for name in defined)
        known = f"name one: {names}" if defined else "mark one with @gdverify.operation or @gdverify.architecture"
        raise UsageError(f"{file} defines {len(defined)} architectures and operations; {known}.")
    (one,) = defined.values()
    return one


def named_operations(source: Architecture, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a family with names of operations looked up; raises UnknownName where there is none of that name."""
    wanted = source.options
    return {
        name: find_operation(value) if isinstance(value, str) and isinstance(wanted.get(name), Operation) else value
        for name, value in options.items()
    }


# The derivations that the project keeps, by page: an architecture and the options that make it a document's.
DOCUMENTED: dict[str, tuple[str, dict[str, object]]] = {
    "one_input_neuron": ("one_input_neuron", {}),
    "sigmoid_neuron": ("sigmoid_neuron", {}),
    "fully_connected": ("fully_connected", {}),
    "fully_connected_flattened": ("fully_connected", {"activation": "scaled_sigmoid"}),
    "fully_connected_leaky": ("fully_connected", {"activation": "leaky_relu"}),
    "linear_map": ("linear_map", {}),
    "two_layer_classifier": ("two_layer_classifier", {}),
    "quadratic": ("quadratic", {}),
    "line": ("line", {}),
    "mlp_relu": ("mlp", {"activation": "relu"}),
    "mlp_tanh": ("mlp", {"activation": "tanh"}),
    **{name: (name, {}) for name in ("linear_regression", "ridge_regression", "logistic_regression")},
    **{name: (name, {}) for name in ("softmax_regression", "small_cnn", "cbow", "skip_gram", "autoencoder")},
    **{name: (name, {}) for name in ("rnn", "rnn_classifier", "bidirectional_rnn", "lstm", "lstm_peepholes")},
    "rnn_truncated": ("rnn", {"start": "given"}),
    **{name: (name, {}) for name in ("gru", "gru_reset_after", "multi_head_attention", "transformer_block", "gpt")},
}

"""Implementations under audit: a correct one, and the mistakes that people make in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gdverify.auditing.subject import Subject, subject
from gdverify.cases.case import Case
from tests.benchmarks.by_hand import Array, two_layers_tanh

Gradients = Mapping[str, Array]
EXAMPLES = 100


def correct(case: Case) -> Gradients:
    """The network by hand."""
    loss, gradients = two_layers_tanh(**case.arrays)
    return {"loss": loss, **gradients}


def twice(case: Case) -> Gradients:
    """Every gradient is twice as large."""
    loss, gradients = two_layers_tanh(**case.arrays)
    return {"loss": loss, **{name: 2 * value for name, value in gradients.items()}}


def sum_for_mean(case: Case) -> Gradients:
    """The gradients of the sum of squares."""
    loss, gradients = two_layers_tanh(**case.arrays)
    return {"loss": loss, **{name: value * case.targets["t"].size for name, value in gradients.items()}}


def mean_bias(case: Case) -> Gradients:
    """The gradient of the first bias is divided by the batch."""
    found = dict(correct(case))
    return {**found, "b1": found["b1"] / case.sizes["batch"]}


def derivative_at_z(case: Case) -> Gradients:
    """The derivative of tanh is written for the activation and taken before it."""
    return _first_layer(case, lambda z: 1 - z**2)


def tanh_twice(case: Case) -> Gradients:
    """The derivative of tanh is written for the input and taken at the activation."""
    return _first_layer(case, lambda z: 1 - np.tanh(np.tanh(z)) ** 2)


def no_derivative(case: Case) -> Gradients:
    """The derivative of tanh is forgotten."""
    return _first_layer(case, np.ones_like)


def _first_layer(case: Case, slope: Callable[[Array], Array]) -> Gradients:
    x, W1, b1, W2, b2, t = case.arrays.values()
    z1 = x @ W1.T + b1
    difference = np.tanh(z1) @ W2.T + b2 - t
    dz1 = (2 / difference.size) * difference @ W2 * slope(z1)
    return {**correct(case), "W1": dz1.T @ x, "b1": dz1.sum(axis=0)}


WRONG = (twice, sum_for_mean, mean_bias, derivative_at_z, tanh_twice, no_derivative)
FUNCTIONS = {function.__name__: function for function in (correct, *WRONG)}


def marked(name: str, sizes: Mapping[str, int] | None = None) -> Subject:
    """The implementation as a subject, with sizes drawn where none are given."""
    return subject(against="mlp", hidden=1, activation="tanh", loss="mean_squared_error", sizes=sizes)(FUNCTIONS[name])

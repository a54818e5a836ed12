"""Multi-layer perceptrons as a good textbook writes them for speed: what generated code is measured against.

Rows of x are samples, weights are (out, in), the loss is the mean squared error. What both passes need is computed
once, constants become one factor before they meet an array, and nothing is kept that is not needed again: the
derivatives of tanh and relu are read from the activation. Two layers are written out, any other number is a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Result = tuple[Any, dict[str, Array]]
Network = Callable[..., Result]


def two_layers_tanh(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, t: Array) -> Result:
    """One hidden layer of tanh: the loss and its gradients."""
    a1 = np.tanh(x @ W1.T + b1)
    y = a1 @ W2.T + b2
    difference = y - t
    loss = (difference**2).sum() / difference.size
    dy = (2 / difference.size) * difference
    dz1 = dy @ W2 * (1 - a1**2)
    return loss, {"W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dy.T @ a1, "b2": dy.sum(axis=0)}


def two_layers_relu(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, t: Array) -> Result:
    """One hidden layer of relu: the loss and its gradients."""
    a1 = np.maximum(x @ W1.T + b1, 0)
    y = a1 @ W2.T + b2
    difference = y - t
    loss = (difference**2).sum() / difference.size
    dy = (2 / difference.size) * difference
    dz1 = dy @ W2 * (a1 > 0)
    return loss, {"W1": dz1.T @ x, "b1": dz1.sum(axis=0), "W2": dy.T @ a1, "b2": dy.sum(axis=0)}


def layers_tanh(x: Array, *rest: Array) -> Result:
    """Any number of tanh layers; after x come W1, b1, W2, b2, … and t."""
    return _layers(np.tanh, lambda a: 1 - a**2, x, *rest)


def layers_relu(x: Array, *rest: Array) -> Result:
    """Any number of relu layers; after x come W1, b1, W2, b2, … and t."""
    return _layers(lambda z: np.maximum(z, 0), lambda a: a > 0, x, *rest)


def _layers(activation: Callable[[Array], Array], slope: Callable[[Array], Array], x: Array, *rest: Array) -> Result:
    *parameters, t = rest
    weights, biases = parameters[::2], parameters[1::2]
    activations = [x]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        activations.append(activation(activations[-1] @ W.T + b))
    y = activations[-1] @ weights[-1].T + biases[-1]
    difference = y - t
    loss = (difference**2).sum() / difference.size
    dz = (2 / difference.size) * difference
    gradients = {}
    for k in range(len(weights), 0, -1):
        gradients[f"W{k}"] = dz.T @ activations[k - 1]
        gradients[f"b{k}"] = dz.sum(axis=0)
        if k > 1:
            dz = dz @ weights[k - 1] * slope(activations[k - 1])
    return loss, gradients

"""Convolutions, pooling and look-ups by hand: a loop over every entry of the result, which knows nothing of windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

Array = np.ndarray
Gradients = Mapping[str, Array]


def convolved(x: Array, W: Array, b: Array, dz: Array) -> Gradients:
    """Channels first, any number of axes behind them; stride 1, no padding."""
    gradients = {name: np.zeros(array.shape, dtype=np.float64) for name, array in (("x", x), ("W", W), ("b", b))}
    z = np.zeros(dz.shape)
    taps = W.shape[2:]
    for n, o, *at in np.ndindex(dz.shape):
        window = (n, slice(None), *(slice(p, p + k) for p, k in zip(at, taps, strict=True)))
        place = (n, o, *at)
        z[place] = (W[o] * x[window]).sum() + b[o]
        gradients["W"][o] += dz[place] * x[window]
        gradients["b"][o] += dz[place]
        gradients["x"][window] += dz[place] * W[o]
    return {**gradients, "loss": (dz * z).sum()}


def channels_last(x: Array, W: Array, b: Array, dz: Array) -> Gradients:
    """The same with channels behind."""
    first = convolved(x.transpose(0, 3, 1, 2), W.transpose(3, 2, 0, 1), b, dz.transpose(0, 3, 1, 2))
    return {**first, "x": first["x"].transpose(0, 2, 3, 1), "W": first["W"].transpose(2, 3, 1, 0)}


def depthwise(x: Array, W: Array, b: Array, dz: Array) -> Gradients:
    """Each channel by itself."""
    each = [convolved(x[:, c : c + 1], W[c : c + 1, None], b[c : c + 1], dz[:, c : c + 1]) for c in range(x.shape[1])]
    return {
        "x": np.concatenate([one["x"] for one in each], axis=1),
        "W": np.concatenate([one["W"][0] for one in each]),
        "b": np.concatenate([one["b"] for one in each]),
        "loss": sum(one["loss"] for one in each),
    }


def transposed(x: Array, W: Array, b: Array, dz: Array) -> Gradients:
    """What a convolution with stride 2 does on its way back, as a forward pass."""
    gradients = {name: np.zeros(array.shape) for name, array in (("x", x), ("W", W), ("b", b))}
    z = np.zeros(dz.shape)
    for n, c, p, q in np.ndindex(x.shape):
        lands = (n, slice(None), slice(2 * p, 2 * p + W.shape[2]), slice(2 * q, 2 * q + W.shape[3]))
        z[lands] += x[n, c, p, q] * W[c]
        gradients["x"][n, c, p, q] = (W[c] * dz[lands]).sum()
        gradients["W"][c] += x[n, c, p, q] * dz[lands]
    gradients["b"] += dz.sum(axis=(0, 2, 3))
    return {**gradients, "loss": (dz * (z + b[:, None, None])).sum()}


def _pooled(share: Callable[[Array], Array], x: Array, dy: Array) -> Gradients:
    """Windows of 2 by 2, each entry of which has a share in the result."""
    dx, y = np.zeros(x.shape), np.zeros(dy.shape)
    for n, c, p, q in np.ndindex(dy.shape):
        window = (n, c, slice(2 * p, 2 * p + 2), slice(2 * q, 2 * q + 2))
        shares = share(x[window])
        y[n, c, p, q] = (shares * x[window]).sum()
        dx[window] += shares * dy[n, c, p, q]
    return {"x": dx, "loss": (dy * y).sum()}


def _first_largest(window: Array) -> Array:
    return (np.arange(window.size) == window.argmax()).reshape(window.shape).astype(float)


def _equal(window: Array) -> Array:
    return np.full(window.shape, 1 / window.size)


def _whole(share: Callable[[Array], Array], x: Array, dy: Array) -> Gradients:
    """One window for each channel."""
    shares = np.array([[share(channel) for channel in image] for image in x]).reshape(x.shape)
    return {"x": shares * dy[:, :, None, None], "loss": (dy * (shares * x).sum(axis=(2, 3))).sum()}


def maxout(x: Array, W: Array, b: Array, da: Array) -> Gradients:
    """The largest of several affine maps."""
    gradients = {name: np.zeros(array.shape) for name, array in (("x", x), ("W", W), ("b", b))}
    loss = 0.0
    for n, o in np.ndindex(da.shape):
        pieces = W[o] @ x[n] + b[o]
        k = pieces.argmax()
        loss += da[n, o] * pieces[k]
        gradients["x"][n] += da[n, o] * W[o, k]
        gradients["W"][o, k] += da[n, o] * x[n]
        gradients["b"][o, k] += da[n, o]
    return {**gradients, "loss": loss}


def embedding(E: Array, ids: Array, de: Array) -> Gradients:
    """One row after the other: an id that occurs twice is added up."""
    dE, loss = np.zeros(E.shape), 0.0
    for at in np.ndindex(ids.shape):
        row = int(ids[at])
        dE[row] += de[at]
        loss += de[at] @ E[row]
    return {"E": dE, "loss": loss}


def cross_entropy_of_classes(y: Array, t: Array) -> Gradients:
    """Softmax and its cross-entropy, the number of the class given."""
    raised = np.exp(y - y.max(axis=1, keepdims=True))
    p = raised / raised.sum(axis=1, keepdims=True)
    one_hot = np.eye(y.shape[1])[t.astype(int)]
    shifted = y - y.max(axis=1, keepdims=True)
    value = (np.log(raised.sum(axis=1)) - (one_hot * shifted).sum(axis=1)).mean()
    return {"y": (p - one_hot) / len(y), "loss": value}


LOOPS: dict[str, Callable[..., Gradients]] = {
    "convolution_1d": convolved,
    "convolution_2d": convolved,
    "convolution_2d_channels_last": channels_last,
    "depthwise_convolution_2d": depthwise,
    "transposed_convolution_2d": transposed,
    "max_pooling_2d": partial(_pooled, _first_largest),
    "average_pooling_2d": partial(_pooled, _equal),
    "global_max_pooling": partial(_whole, _first_largest),
    "global_average_pooling": partial(_whole, _equal),
    "maxout": maxout,
    "embedding": embedding,
    "cross_entropy_of_classes": cross_entropy_of_classes,
}

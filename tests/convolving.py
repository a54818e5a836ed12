"""Convolutions by hand: a loop over every entry of the result, which knows nothing of windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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


CONVOLUTIONS: dict[str, Callable[[Array, Array, Array, Array], Gradients]] = {
    "convolution_1d": convolved,
    "convolution_2d": convolved,
    "convolution_2d_channels_last": channels_last,
    "depthwise_convolution_2d": depthwise,
}

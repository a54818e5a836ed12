"""Hand-written backward passes of layers: gates, normalisations, attention, penalties, losses of three vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.cases.case import Array, Case
from gdverify.documented.arrays import sigmoid

Gradients = dict[str, Any]
SMALL = 1e-5


def _operands(case: Case, *names: str) -> list[Array]:
    return [case.arrays[name] for name in names]


def _prelu(case: Case) -> Gradients:
    z, alpha, da = _operands(case, "z", "alpha", "da")
    below = np.minimum(z, 0)
    axes = tuple(range(z.ndim - alpha.ndim))
    a = np.maximum(z, 0) + alpha * below
    return {
        "loss": np.sum(da * a),
        "z": da * np.where(z > 0, 1, alpha).astype(z.dtype),
        "alpha": (da * below).sum(axis=axes),
    }


def _bilinear(case: Case) -> Gradients:
    u, v, W, b, dz = _operands(case, "u", "v", "W", "b", "dz")
    z = np.stack([(u @ matrix * v).sum(axis=1) for matrix in W], axis=1) + b
    return {
        "loss": np.sum(dz * z),
        "u": sum(dz[:, [o]] * (v @ matrix.T) for o, matrix in enumerate(W)),
        "v": sum(dz[:, [o]] * (u @ matrix) for o, matrix in enumerate(W)),
        "W": np.stack([(dz[:, [o]] * u).T @ v for o in range(len(W))]),
        "b": dz.sum(axis=0),
    }


def _residual(case: Case) -> Gradients:
    x, v, dy = _operands(case, "x", "v", "dy")
    return {"loss": np.sum(dy * (x + v)), "x": dy.copy(), "v": dy.copy()}


def _gated(case: Case) -> Gradients:
    x, v, g, dy = _operands(case, "x", "v", "g", "dy")
    return {"loss": np.sum(dy * (g * x + (1 - g) * v)), "x": dy * g, "v": dy * (1 - g), "g": dy * (x - v)}


def _scale(case: Case) -> Gradients:
    x, g, dy = _operands(case, "x", "g", "dy")
    return {"loss": np.sum(dy * x * g), "x": dy * g, "g": (dy * x).sum(axis=0)}


def _glu(case: Case) -> Gradients:
    u, v, dy = _operands(case, "u", "v", "dy")
    s = sigmoid(v)
    return {"loss": np.sum(dy * u * s), "u": dy * s, "v": dy * u * s * (1 - s)}


def _swiglu(case: Case) -> Gradients:
    u, v, dy = _operands(case, "u", "v", "dy")
    s = sigmoid(v)
    return {"loss": np.sum(dy * u * v * s), "u": dy * v * s, "v": dy * u * s * (1 + v * (1 - s))}


def _dropout(case: Case) -> Gradients:
    x, mask, dy = _operands(case, "x", "mask", "dy")
    return {"loss": np.sum(dy * x * mask / 0.5), "x": dy * mask / 0.5, "mask": dy * x / 0.5}


def _softmax(case: Case, axis: int = -1) -> Gradients:
    z, dp = _operands(case, "z", "dp")
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    p = e / e.sum(axis=axis, keepdims=True)
    return {"loss": np.sum(dp * p), "z": p * (dp - (dp * p).sum(axis=axis, keepdims=True))}


def _log_softmax(case: Case) -> Gradients:
    z, dp = _operands(case, "z", "dp")
    shifted = z - z.max(axis=1, keepdims=True)
    p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return {"loss": np.sum(dp * p), "z": dp - np.exp(p) * dp.sum(axis=1, keepdims=True)}


def _standardised(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array, Callable[[Array], Array]]:
    """``x̂`` and ``1 / √(σ² + ε)``, and what x receives from the gradient of x̂."""
    centred = x - x.mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + SMALL)
    normal = centred * inverse

    def back(d: Array) -> Array:
        shared = d.mean(axis=axes, keepdims=True) + normal * (d * normal).mean(axis=axes, keepdims=True)
        return inverse * (d - shared)

    return normal, inverse, back


def _norm(axes: tuple[int, ...], feature: int) -> Callable[[Case], Gradients]:
    def norm(case: Case) -> Gradients:
        x, g, b, dy = _operands(case, "x", "g", "b", "dy")
        wide = tuple(-1 if axis == feature else 1 for axis in range(x.ndim))
        others = tuple(axis for axis in range(x.ndim) if axis != feature)
        normal, _, back = _standardised(x, axes)
        y = g.reshape(wide) * normal + b.reshape(wide)
        return {
            "loss": np.sum(dy * y),
            "x": back(dy * g.reshape(wide)),
            "g": (dy * normal).sum(axis=others),
            "b": dy.sum(axis=others),
        }

    return norm


def _batch_norm_evaluation(case: Case) -> Gradients:
    x, g, b, centre, variance, dy = _operands(case, "x", "g", "b", "centre", "variance", "dy")
    inverse = 1 / np.sqrt(variance + SMALL)
    normal = (x - centre) * inverse
    dg = (dy * normal).sum(axis=0)
    return {
        "loss": np.sum(dy * (g * normal + b)),
        "x": dy * g * inverse,
        "g": dg,
        "b": dy.sum(axis=0),
        "centre": -g * inverse * dy.sum(axis=0),
        "variance": -g * inverse**2 * dg / 2,
    }


def _rms_norm(case: Case) -> Gradients:
    x, g, dy = _operands(case, "x", "g", "dy")
    inverse = 1 / np.sqrt((x**2).mean(axis=1, keepdims=True) + SMALL)
    normal = x * inverse
    d = dy * g
    return {
        "loss": np.sum(d * normal),
        "x": inverse * (d - normal * (d * normal).mean(axis=1, keepdims=True)),
        "g": (dy * normal).sum(axis=0),
    }


def _attention(case: Case) -> Gradients:
    q, k, v, dy = _operands(case, "q", "k", "v", "dy")
    root = q.shape[-1] ** 0.5
    scores = q @ k.swapaxes(-1, -2) / root + case.arrays.get("mask", q.dtype.type(0))
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    dp = dy @ v.swapaxes(-1, -2)
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    found = {
        "loss": np.sum(dy * (p @ v)),
        "q": ds @ k / root,
        "k": ds.swapaxes(-1, -2) @ q / root,
        "v": p.swapaxes(-1, -2) @ dy,
    }
    return found | ({"mask": ds.sum(axis=0)} if "mask" in case.arrays else {})


def _distance(case: Case) -> Gradients:
    u, v, dd = _operands(case, "u", "v", "dd")
    d = np.sqrt(((u - v) ** 2).sum(axis=1))
    with np.errstate(all="ignore"):
        du = (dd / d)[:, None] * (u - v)
    return {"loss": np.sum(dd * d), "u": du, "v": -du}


def _triplet(case: Case, mean: bool) -> Gradients:
    a, p, n = _operands(case, "anchor", "positive", "negative")
    short = np.maximum(((a - p) ** 2).sum(axis=1) - ((a - n) ** 2).sum(axis=1) + 1, 0)
    count = len(a) if mean else 1
    each = 2 * (short > 0)[:, None].astype(a.dtype) / count
    return {
        "loss": short.sum() / count,
        "anchor": each * (n - p),
        "positive": each * (p - a),
        "negative": each * (a - n),
    }


def _lasso(case: Case) -> Gradients:
    w = case.arrays["w"]
    return {"loss": 0.01 * np.abs(w).sum(), "w": 0.01 * np.sign(w)}


def _ridge(case: Case) -> Gradients:
    w = case.arrays["w"]
    return {"loss": 0.01 * (w**2).sum() / 2, "w": 0.01 * w}


def _elastic_net(case: Case) -> Gradients:
    w = case.arrays["w"]
    return {"loss": 0.005 * np.abs(w).sum() + 0.0025 * (w**2).sum(), "w": 0.005 * np.sign(w) + 0.005 * w}


LAYERS: dict[str, Callable[[Case], Gradients]] = {
    "prelu": _prelu,
    "prelu_per_feature": _prelu,
    "bilinear": _bilinear,
    "residual": _residual,
    "gated": _gated,
    "scale": _scale,
    "glu": _glu,
    "swiglu": _swiglu,
    "dropout": _dropout,
    "softmax": _softmax,
    "softmax_columns": lambda case: _softmax(case, 0),
    "log_softmax": _log_softmax,
    "batch_norm": _norm((0,), 1),
    "batch_norm_2d": _norm((0, 2, 3), 1),
    "instance_norm": _norm((2, 3), 1),
    "layer_norm": _norm((1,), 1),
    "batch_norm_evaluation": _batch_norm_evaluation,
    "rms_norm": _rms_norm,
    "attention": _attention,
    "masked_attention": _attention,
    "euclidean_distance": _distance,
    "triplet": lambda case: _triplet(case, True),
    "triplet_sum": lambda case: _triplet(case, False),
    "lasso": _lasso,
    "ridge": _ridge,
    "elastic_net": _elastic_net,
}

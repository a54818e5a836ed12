"""Ways to write a right backward pass that textbooks and programs have: the twins are one way, here are others.

Other orders of summation, other forms of the same function, loops over the samples, more precision inside, what is
fused. Each makes a function ``case → {"loss": …, gradients}``, as a twin is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.cases.case import Array, Case

Elementwise = Callable[[Array], Array]
Product = Callable[[Array, Array], Array]
Gradients = dict[str, Any]


# -- ways to write a product of matrices


def backwards(a: Array, b: Array) -> Array:
    return a[:, ::-1] @ b[::-1]


def looped(a: Array, b: Array) -> Array:
    made = np.zeros((len(a), b.shape[1]), a.dtype)
    for k in range(a.shape[1]):
        made += np.outer(a[:, k], b[k])
    return made


def pairwise(a: Array, b: Array) -> Array:
    return (a[:, :, None] * b[None]).sum(axis=1)


def einsum(a: Array, b: Array) -> Array:
    return np.einsum("ij,jk->ik", a, b)


# -- ways to write an activation and its derivative


def by_exp(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def by_tanh(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(z / 2))


def in_two_pieces(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def kinked(z: Array, at_zero: float, below: float = 0.0) -> Array:
    return np.where(z > 0, 1, np.where(z < 0, below, at_zero)).astype(z.dtype)


WAYS: dict[str, list[tuple[Elementwise, Elementwise]]] = {
    "sigmoid": [
        (by_exp, lambda z: by_exp(z) - by_exp(z) ** 2),
        (by_tanh, lambda z: by_tanh(z) * (1 - by_tanh(z))),
        (in_two_pieces, lambda z: in_two_pieces(z) * in_two_pieces(-z)),
        (by_tanh, lambda z: (1 - np.tanh(z / 2) ** 2) / 4),
    ],
    "tanh": [
        (np.tanh, lambda z: (1 - np.tanh(z)) * (1 + np.tanh(z))),
        (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        (lambda z: 2 * by_exp(2 * z) - 1, lambda z: 1 - (2 * by_exp(2 * z) - 1) ** 2),
        (lambda z: 1 - 2 / (np.exp(2 * z) + 1), lambda z: 1 - np.tanh(z) ** 2),
    ],
    "relu": [
        (lambda z: z * (z > 0), lambda z: kinked(z, 0)),
        (lambda z: (z + np.abs(z)) / 2, lambda z: kinked(z, 1)),
        (lambda z: np.where(z < 0, np.zeros_like(z), z), lambda z: kinked(z, 0.5)),
        (lambda z: z.clip(0), lambda z: (1 + np.sign(z)) / 2),
    ],
    "leaky_relu": [
        (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: kinked(z, 0.01, 0.01)),
        (lambda z: np.maximum(z, 0) + 0.01 * np.minimum(z, 0), lambda z: kinked(z, 1, 0.01)),
        (lambda z: z * kinked(z, 1, 0.01), lambda z: kinked(z, 0.3, 0.01)),
        (lambda z: np.maximum(z, z / 100), lambda z: kinked(z, 0.01, 0.01)),
        # One product and one absolute value, as in the first generative networks.
        (
            lambda z: z.dtype.type(0.505) * z + z.dtype.type(0.495) * np.abs(z),
            lambda z: z.dtype.type(0.505) + z.dtype.type(0.495) * np.sign(z),
        ),
    ],
    "softplus": [
        (lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), by_exp),
        (lambda z: np.logaddexp(z, 0), by_tanh),
        (lambda z: np.logaddexp(0, z), lambda z: 1 - in_two_pieces(-z)),
    ],
}


@dataclass(frozen=True)
class Style:
    """How somebody writes a network: the product of matrices, the form of an activation, the average, the precision."""

    name: str
    product: Product = np.matmul
    form: int = 0
    samples: bool = False
    doubled: bool = False

    def __str__(self) -> str:
        return self.name


STYLES = [
    Style("first forms"),
    Style("second forms, summed backwards", backwards, 1),
    Style("third forms, einsum", einsum, 2),
    Style("fourth forms, pairwise sums", pairwise, 3),
    Style("loops", looped, 1),
    Style("sample by sample", np.matmul, 2, samples=True),
    Style("double precision inside", np.matmul, 0, doubled=True),
]


def mlp(style: Style, case: Case) -> Gradients:
    """A perceptron with mean squared error, in a style."""
    if style.doubled:
        return in_double(replace(style, doubled=False), case)
    weights = [W for name, W in case.parameters.items() if name.startswith("W")]
    biases = [b for name, b in case.parameters.items() if name.startswith("b")]
    x, t = case.inputs["x"], case.targets["t"]
    parts = zip(x[:, None], t[:, None], strict=True) if style.samples else [(x, t)]
    found: Gradients = {}
    for part, aim in parts:
        for name, gradient in pass_through(style, case, weights, biases, part, aim).items():
            found[name] = found[name] + gradient if name in found else gradient
    return found


def pass_through(style: Style, case: Case, weights: list[Array], biases: list[Array], x: Array, t: Array) -> Gradients:
    """Loss and gradients of some of the samples, as their share of the mean over all of them."""
    ways = WAYS[str(case.options["activation"])]
    f, slope = ways[style.form % len(ways)]
    a, z = [x], []
    for W, b in zip(weights, biases, strict=True):
        z.append(style.product(a[-1], W.T) + b)
        a.append(f(z[-1]))
    entries = case.targets["t"].size
    difference = z[-1] - t
    delta = difference * (2 / entries)
    found: Gradients = {"loss": np.sum(difference * difference) / entries}
    for k in reversed(range(len(weights))):
        found[f"W{k + 1}"] = style.product(a[k].T, delta).T
        found[f"b{k + 1}"] = np.ones(len(delta), delta.dtype) @ delta
        if k:
            delta = style.product(delta, weights[k]) * slope(z[k - 1])
    return found


def in_double(style: Style, case: Case) -> Gradients:
    wide = case.replaced(**{name: array.astype(np.float64) for name, array in case.arrays.items()})
    return {name: np.asarray(value).astype(case.dtype) for name, value in mlp(style, wide).items()}


# -- a single layer


def activation_layer(activation: str, form: int, case: Case) -> Gradients:
    """An activation, and its derivative in one of its forms."""
    f, slope = WAYS[activation][form % len(WAYS[activation])]
    z, da = case.inputs["z"], case.upstream["da"]
    return {"loss": np.sum(da * f(z)), "z": slope(z) * da}


def affine_layer(product: Product, case: Case) -> Gradients:
    """An affine map with the bias as the weight of a constant input, summed in some order."""
    x, W, b, dz = case.inputs["x"], case.inputs["W"], case.inputs["b"], case.upstream["dz"]
    wide, folded = np.column_stack((x, np.ones(len(x), x.dtype))), np.column_stack((W, b))
    gradient = product(dz.T, wide)
    return {
        "loss": np.vdot(dz, product(wide, folded.T)),
        "x": product(dz, folded)[:, :-1],
        "W": gradient[:, :-1],
        "b": gradient[:, -1],
    }


# -- a classifier, with and without the cancellation in the cross-entropy


def classifier(form: int, cancelled: bool, case: Case) -> Gradients:
    """Two layers of sigmoids without biases, with the mean cross-entropy."""
    f, slope = WAYS["sigmoid"][form]
    x, t, w1, w2 = case.inputs["x"], case.targets["t"], case.parameters["w1"], case.parameters["w2"]
    z1 = x @ w1
    z2 = f(z1) @ w2
    y = f(z2)
    loss = -np.mean(np.where(t == 1, np.log(y), np.log(1 - y)))
    dz2 = (y - t) / t.size if cancelled else (-t / y + (1 - t) / (1 - y)) / t.size * slope(z2)
    return {"loss": loss, "w1": einsum(x.T, dz2 @ w2.T * slope(z1)), "w2": looped(f(z1).T, dz2)}


# -- losses: value and gradient, fused or taken apart


def _logits(y: Array, t: Array) -> tuple[Any, Array]:
    e = np.exp(-np.abs(y))
    value = np.maximum(y, 0) - y * t + np.log1p(e)
    return np.sum(value) / y.size, (np.where(y >= 0, 1, e) / (1 + e) - t) / y.size


LOSSES: dict[str, list[Callable[[Array, Array], tuple[Any, Array]]]] = {
    "squared_error": [
        lambda y, t: (np.vdot(t - y, t - y), -2 * (t - y)),
        lambda y, t: (np.einsum("no,no->", y - t, y - t), (y - t) + (y - t)),
    ],
    "half_squared_error": [lambda y, t: (0.5 * np.vdot(y - t, y - t), y - t)],
    "mean_squared_error": [
        lambda y, t: (np.sum((t - y) ** 2) / y.size, (y - t) * (2 / y.size)),
        lambda y, t: (np.square(y - t).mean(axis=0).mean(), (y - t) / (y.size / 2)),
        lambda y, t: (np.linalg.norm(y - t) ** 2 / y.size, (y - t) / y.size * 2),
        # Factors multiplied out, so that each term is rounded before they cancel.
        lambda y, t: (np.sum((y - t) ** 2 / y.size), 2 * y / y.size - 2 * t / y.size),
        lambda y, t: (np.dot((y - t).ravel(), (y - t).ravel()) / y.size, 2 * (y - t) / y.shape[0] / y.shape[1]),
    ],
    "half_mean_squared_error": [lambda y, t: (np.vdot(y - t, y - t) / (2 * y.size), -(t - y) / y.size)],
    "squared_error_per_sample": [lambda y, t: (np.mean(np.sum((y - t) ** 2, axis=1)), (y - t) * (2 / len(y)))],
    "absolute_error": [lambda y, t: (np.linalg.norm((y - t).ravel(), 1), np.where(y > t, 1, -1).astype(y.dtype))],
    "mean_absolute_error": [
        lambda y, t: (np.sum(np.abs(t - y)) / y.size, ((y > t).astype(y.dtype) - (y < t)) / y.size),
        lambda y, t: (np.sum(np.abs(y - t) / y.size), np.sign(y - t) / y.size),
        lambda y, t: (np.mean(np.maximum(y - t, t - y)), kinked(y - t, 0.5, -1) * y.dtype.type(1 / y.size)),
    ],
    "binary_cross_entropy": [
        lambda y, t: (-np.mean(np.where(t == 1, np.log(y), np.log1p(-y))), -(t / y - (1 - t) / (1 - y)) / y.size),
        lambda y, t: (-np.mean(np.log(np.where(t > 0, y, 1 - y))), np.where(t > 0, -1 / y, 1 / (1 - y)) / y.size),
    ],
    "binary_cross_entropy_sum": [
        lambda y, t: (-np.sum(t * np.log(y) + (1 - t) * np.log1p(-y)), (1 - t) / (1 - y) - t / y)
    ],
    "binary_cross_entropy_per_sample": [
        lambda y, t: (
            -np.mean(np.sum(np.where(t > 0, np.log(y), np.log1p(-y)), axis=1)),
            np.where(t > 0, -1 / y, 1 / (1 - y)) / len(y),
        )
    ],
    "binary_cross_entropy_with_logits": [
        _logits,
        lambda y, t: (np.mean(np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))), (by_exp(y) - t) / y.size),
        lambda y, t: (np.mean((1 - t) * y + np.logaddexp(0, -y)), ((1 - t) * by_tanh(y) - t * by_exp(-y)) / y.size),
    ],
}


def loss_alone(loss: str, form: int, case: Case) -> Gradients:
    """A loss in one of its forms."""
    value, gradient = LOSSES[loss][form](case.inputs["y"], case.targets["t"])
    return {"loss": value, "y": gradient}


# -- every one of them: what it is judged against, the options of the family, and the function

Written = Callable[[Case], Gradients]
VARIANTS: dict[str, tuple[str, dict[str, Any], Written]] = {
    **{
        f"mlp, {activation}, {style}": ("mlp", {"activation": activation}, partial(mlp, style))
        for activation in WAYS
        for style in STYLES
    },
    **{
        f"{activation}, form {form}": (activation, {}, partial(activation_layer, activation, form))
        for activation, ways in WAYS.items()
        for form in range(len(ways))
    },
    **{
        f"affine, {product.__name__}": ("affine", {}, partial(affine_layer, product))
        for product in (np.matmul, backwards, looped, pairwise, einsum)
    },
    **{
        f"{loss}, form {form}": (loss, {}, partial(loss_alone, loss, form))
        for loss, forms in LOSSES.items()
        for form in range(len(forms))
    },
    **{
        f"classifier, form {form}, {how}": ("two_layer_classifier", {}, partial(classifier, form, how == "cancelled"))
        for form in range(3)
        for how in ("cancelled", "taken apart")
    },
}

"""A sigmoid neuron without bias, of one input or of any number of inputs.

For one input, ``w`` and ``x`` are scalars; for several, vectors of shape ``(inputs,)``. The target
``t``, the prediction and the loss are scalars.

    s = Σ_i w_i x_i        p = σ(s)        loss = (p − t)²

Source: Ahmed Fawzy Gad, "Implementing Gradient Descent in Python, Part 1: The Forward and Backward
Pass".
"""

from __future__ import annotations

import numpy as np

from gdverify.documented.arrays import Array, Real, Scalar, sigmoid

Target = Scalar | float


def prediction(w: Real, x: Real) -> Scalar:
    """p = σ(Σ_i w_i x_i)."""
    return sigmoid(_sum_of_products(w, x))


def loss(w: Real, x: Real, t: Target) -> Scalar:
    """(p − t)²."""
    difference: Scalar = prediction(w, x) - t
    return difference**2


def gradient(w: Real, x: Real, t: Target) -> Real:
    """∂loss/∂w as documented, shaped like ``w``; not the gradient of `loss`."""
    p = prediction(w, x)
    # WRONG: σ' is taken at the prediction p = σ(s). The chain rule wants ∂p/∂s = σ'(s), taken at
    # the sum of products s. The ratio σ'(p) / σ'(s) changes with s: no learning rate mends it.
    dp_ds = _sigmoid_slope(p)
    # ∂loss/∂w_i = 2 (p − t) · ∂p/∂s · x_i
    dloss_dw: Real = 2 * (p - t) * dp_ds * x
    return dloss_dw


def corrected_gradient(w: Real, x: Real, t: Target) -> Real:
    """∂loss/∂w, shaped like ``w``."""
    s = _sum_of_products(w, x)
    p = sigmoid(s)
    # ∂loss/∂w_i = 2 (p − t) σ'(s) x_i
    dloss_dw: Real = 2 * (p - t) * _sigmoid_slope(s) * x
    return dloss_dw


def _sum_of_products(w: Real, x: Real) -> Scalar:
    products: Array | Scalar = w * x
    # For one input there is one product, and the sum changes nothing.
    s: Scalar = np.sum(products)
    return s


def _sigmoid_slope(s: Scalar) -> Scalar:
    """σ'(s) = σ(s) (1 − σ(s))."""
    return sigmoid(s) * (1 - sigmoid(s))

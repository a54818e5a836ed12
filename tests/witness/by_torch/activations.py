"""Activations and gates, each by torch's own function."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.witness.rows import Row

ROWS: dict[str, Row] = {
    "identity": lambda z: torch.nn.Identity()(z),
    "sigmoid": lambda z: F.sigmoid(z),
    "scaled_sigmoid": lambda z, c: F.sigmoid(c * z),
    "hard_sigmoid": lambda z, slope: F.hardtanh(slope * z + 0.5, 0, 1),
    "hard_sigmoid(slope=1/6)": lambda z, slope: F.hardsigmoid(z),
    "tanh": lambda z: F.tanh(z),
    "hard_tanh": lambda z: F.hardtanh(z),
    "sine": lambda z, omega: torch.sin(omega * z),
    "softsign": lambda z: F.softsign(z),
    "relu": lambda z: F.relu(z),
    "leaky_relu": lambda z, alpha: F.leaky_relu(z, alpha),
    "prelu": lambda z, alpha: F.prelu(z, alpha),
    "prelu_per_feature": lambda z, alpha: F.prelu(z, alpha),
    "elu": lambda z, alpha: F.elu(z, alpha),
    "selu": lambda z: F.selu(z),
    "softplus": lambda z: F.softplus(z),
    "silu": lambda z, beta: F.silu(beta * z) / beta,
    "mish": lambda z: F.mish(z),
    "gelu": lambda z: F.gelu(z),
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "product": lambda x, w: torch.mul(x, w),
    "square": lambda z: torch.square(z),
    "residual": lambda x, v: torch.add(x, v),
    "gated": lambda x, v, g: torch.lerp(v, x, g),
    "scale": lambda x, g: torch.mul(x, g),
    "glu": lambda u, v: F.glu(torch.cat([u, v], dim=-1)),
    "swiglu": lambda u, v: u * F.silu(v),
    "dropout": lambda x, mask, keep: x * mask / keep,
}

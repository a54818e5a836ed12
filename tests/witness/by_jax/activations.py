"""Activations and gates, each by jax's own function."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tests.witness.rows import Row

ROWS: dict[str, Row] = {
    "identity": lambda z: jax.nn.identity(z),
    "sigmoid": lambda z: jax.nn.sigmoid(z),
    "scaled_sigmoid": lambda z, c: jax.nn.sigmoid(c * z),
    "hard_sigmoid": lambda z, slope: jnp.clip(slope * z + 0.5, 0, 1),
    "hard_sigmoid(slope=1/6)": lambda z, slope: jax.nn.hard_sigmoid(z),
    "tanh": lambda z: jnp.tanh(z),
    "hard_tanh": lambda z: jax.nn.hard_tanh(z),
    "sine": lambda z, omega: jnp.sin(omega * z),
    "softsign": lambda z: jax.nn.soft_sign(z),
    "relu": lambda z: jax.nn.relu(z),
    "leaky_relu": lambda z, alpha: jax.nn.leaky_relu(z, alpha),
    "prelu": lambda z, alpha: jax.nn.leaky_relu(z, alpha),
    "prelu_per_feature": lambda z, alpha: jax.nn.leaky_relu(z, alpha),
    "elu": lambda z, alpha: jax.nn.elu(z, alpha),
    "selu": lambda z: jax.nn.selu(z),
    "softplus": lambda z: jax.nn.softplus(z),
    "silu": lambda z, beta: jax.nn.silu(beta * z) / beta,
    "mish": lambda z: jax.nn.mish(z),
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "gelu_tanh": lambda z: jax.nn.gelu(z, approximate=True),
    "product": lambda x, w: jnp.multiply(x, w),
    "square": lambda z: jnp.square(z),
    "residual": lambda x, v: jnp.add(x, v),
    "gated": lambda x, v, g: g * x + (1 - g) * v,
    "scale": lambda x, g: jnp.multiply(x, g),
    "glu": lambda u, v: jax.nn.glu(jnp.concatenate([u, v], axis=-1)),
    "swiglu": lambda u, v: u * jax.nn.silu(v),
    "dropout": lambda x, mask, keep: x * mask / keep,
}

"""Arrays of another shape, each by jax's own function."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tests.witness.rows import Row


def _resized(x: jax.Array, scale: int) -> jax.Array:
    batch, channels, rows, columns = x.shape
    return jax.image.resize(x, (batch, channels, scale * rows, scale * columns), "nearest")


ROWS: dict[str, Row] = {
    "transpose": lambda x: jnp.matrix_transpose(x),
    "flatten": lambda x: jnp.reshape(x, (len(x), -1)),
    "concatenate": lambda u, v: jnp.concatenate([u, v], axis=-1),
    "split": lambda x, parts, part: jnp.split(x, parts, axis=-1)[part],
    "split_heads": lambda x, heads: jnp.reshape(x, (*x.shape[:2], heads, -1)).swapaxes(1, 2),
    "join_heads": lambda x: jax.lax.collapse(x.swapaxes(1, 2), 2),
    "last_step": lambda x: jnp.take(x, -1, axis=1),
    "average_over_time": lambda x: jnp.mean(x, axis=1),
    "upsampling_2d": lambda x, scale: _resized(x, scale),
    "positional_encoding": lambda x, P: jnp.add(x, P),
    "dot_products": lambda u, v: jnp.vecdot(u[:, None], v),
}

"""Losses and penalties. jax has few of its own, so what it has of their parts: logarithms, norms, look-ups."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy import special

from tests.witness.rows import Row

Array = jax.Array


def _huber(y: Array, t: Array, delta: float) -> Array:
    size = jnp.abs(y - t)
    return jnp.where(size <= delta, 0.5 * jnp.square(y - t), delta * (size - 0.5 * delta))


def _pinball(y: Array, t: Array, q: float) -> Array:
    return jnp.maximum(q * (t - y), (q - 1) * (t - y))


def _binary(y: Array, t: Array) -> Array:
    """Without log1p, which loses digits: see the disagreements."""
    return -special.xlogy(t, y) - special.xlogy(1 - t, 1 - y)


def _binary_of_logits(y: Array, t: Array) -> Array:
    return jax.nn.softplus(y) - t * y


def _focal(y: Array, t: Array, gamma: float) -> Array:
    return -special.xlogy(t * (1 - y) ** gamma, y) - special.xlogy((1 - t) * y**gamma, 1 - y)


def _of_classes(y: Array, t: Array) -> Array:
    return -jnp.sum(t * jax.nn.log_softmax(y), axis=-1)


def _smoothed(y: Array, t: Array, epsilon: float) -> Array:
    return _of_classes(y, (1 - epsilon) * t + epsilon / t.shape[-1])


def _multiclass(y: Array, t: Array) -> Array:
    return jnp.sum((1 - t) * jax.nn.relu(1 + y - jnp.sum(t * y, axis=1, keepdims=True)), axis=1)


def _cosine(y: Array, t: Array) -> Array:
    return jnp.vecdot(y, t) / (jnp.linalg.norm(y, axis=1) * jnp.linalg.norm(t, axis=1))


def _triplet(anchor: Array, positive: Array, negative: Array, margin: float) -> Array:
    near, far = jnp.square(anchor - positive).sum(axis=1), jnp.square(anchor - negative).sum(axis=1)
    return jax.nn.relu(near - far + margin)


def _pairs(u: Array, v: Array, t: Array, margin: float) -> Array:
    apart = jnp.linalg.norm(u - v, axis=1)
    return jnp.mean(t * jnp.square(apart) + (1 - t) * jnp.square(jax.nn.relu(margin - apart))) / 2


ROWS: dict[str, Row] = {
    "squared_error": lambda y, t: jnp.sum(jnp.square(y - t)),
    "half_squared_error": lambda y, t: jnp.sum(jnp.square(y - t)) / 2,
    "mean_squared_error": lambda y, t: jnp.mean(jnp.square(y - t)),
    "half_mean_squared_error": lambda y, t: jnp.mean(jnp.square(y - t)) / 2,
    "squared_error_per_sample": lambda y, t: jnp.mean(jnp.sum(jnp.square(y - t), axis=1)),
    "absolute_error": lambda y, t: jnp.sum(jnp.abs(y - t)),
    "mean_absolute_error": lambda y, t: jnp.mean(jnp.abs(y - t)),
    "huber": lambda y, t, delta: jnp.mean(_huber(y, t, delta)),
    "huber_sum": lambda y, t, delta: jnp.sum(_huber(y, t, delta)),
    "smooth_l1": lambda y, t, beta: jnp.mean(_huber(y, t, beta)) / beta,
    "smooth_l1_sum": lambda y, t, beta: jnp.sum(_huber(y, t, beta)) / beta,
    "quantile": lambda y, t, q: jnp.mean(_pinball(y, t, q)),
    "quantile_sum": lambda y, t, q: jnp.sum(_pinball(y, t, q)),
    "poisson": lambda y, t: jnp.mean(jnp.exp(y) - t * y),
    "poisson_sum": lambda y, t: jnp.sum(jnp.exp(y) - t * y),
    "binary_cross_entropy": lambda y, t: jnp.mean(_binary(y, t)),
    "binary_cross_entropy_sum": lambda y, t: jnp.sum(_binary(y, t)),
    "binary_cross_entropy_per_sample": lambda y, t: jnp.mean(jnp.sum(_binary(y, t), axis=1)),
    "binary_cross_entropy_with_logits": lambda y, t: jnp.mean(_binary_of_logits(y, t)),
    "binary_cross_entropy_with_logits_sum": lambda y, t: jnp.sum(_binary_of_logits(y, t)),
    "focal": lambda y, t, gamma: jnp.mean(_focal(y, t, gamma)),
    "focal_sum": lambda y, t, gamma: jnp.sum(_focal(y, t, gamma)),
    "cross_entropy": lambda y, t: -jnp.sum(special.xlogy(t, y)) / len(y),
    "cross_entropy_sum": lambda y, t: -jnp.sum(special.xlogy(t, y)),
    "softmax_cross_entropy": lambda y, t: jnp.mean(_of_classes(y, t)),
    "softmax_cross_entropy_sum": lambda y, t: jnp.sum(_of_classes(y, t)),
    "smoothed_cross_entropy": lambda y, t, epsilon: jnp.mean(_smoothed(y, t, epsilon)),
    "cross_entropy_of_classes": lambda y, t: jnp.mean(_of_classes(y, jax.nn.one_hot(t, y.shape[-1], dtype=y.dtype))),
    "negative_log_likelihood": lambda y, t: -jnp.sum(jnp.vecdot(t, y)) / len(y),
    "negative_log_likelihood_sum": lambda y, t: -jnp.sum(jnp.vecdot(t, y)),
    "kl_divergence": lambda y, t: jnp.sum(special.rel_entr(t, y)) / len(y),
    "kl_divergence_sum": lambda y, t: jnp.sum(special.rel_entr(t, y)),
    "hinge": lambda y, t: jnp.mean(jax.nn.relu(1 - t * y)),
    "hinge_sum": lambda y, t: jnp.sum(jax.nn.relu(1 - t * y)),
    "squared_hinge": lambda y, t: jnp.mean(jnp.square(jax.nn.relu(1 - t * y))),
    "squared_hinge_sum": lambda y, t: jnp.sum(jnp.square(jax.nn.relu(1 - t * y))),
    "multiclass_hinge": lambda y, t: jnp.mean(_multiclass(y, t)),
    "multiclass_hinge_sum": lambda y, t: jnp.sum(_multiclass(y, t)),
    "cosine_distance": lambda y, t: 1 - jnp.mean(_cosine(y, t)),
    "contrastive": lambda y, t, margin: jnp.mean(t * jnp.square(y) + (1 - t) * jnp.square(jax.nn.relu(margin - y))) / 2,
    "contrastive_pairs": lambda u, v, t, margin: _pairs(u, v, t, margin),
    "euclidean_distance": lambda u, v: jnp.linalg.norm(u - v, axis=1),
    "triplet": lambda anchor, positive, negative, margin: jnp.mean(_triplet(anchor, positive, negative, margin)),
    "triplet_sum": lambda anchor, positive, negative, margin: jnp.sum(_triplet(anchor, positive, negative, margin)),
    "lasso": lambda w, strength: strength * jnp.linalg.norm(w.ravel(), 1),
    "ridge": lambda w, strength: strength * jnp.sum(jnp.square(w)) / 2,
    "elastic_net": lambda w, strength, share: (
        strength * (share * jnp.linalg.norm(w.ravel(), 1) + (1 - share) * jnp.sum(jnp.square(w)) / 2)
    ),
}

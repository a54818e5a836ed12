"""What attention is put together to: several heads, a block, positions; against differences, and what may be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdverify.documented.arrays import Array
from gdverify.documented.attention import CausalAttention, MaskedAttention, MultiHeadAttention
from gdverify.documented.gates import PositionalEncoding, sinusoids
from gdverify.documented.transformer import TransformerBlock

Difference = Callable[..., Array]
BATCH, STEPS, FEATURES, HEADS = 2, 3, 4, 2


def sequence(seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=(BATCH, STEPS, FEATURES))


def multi_head(**options: Any) -> Any:
    return MultiHeadAttention(FEATURES, HEADS, np.random.default_rng(0), **options)


def block(**options: Any) -> Any:
    return TransformerBlock(FEATURES, 5, HEADS, np.random.default_rng(0), **options)


@pytest.mark.parametrize("attend", [None, CausalAttention], ids=["whole", "causal"])
@pytest.mark.parametrize("make", [multi_head, block])
def test_gradients(make: Callable[..., Any], attend: Any, central_difference: Difference) -> None:
    layer, x, dy = make(**({"attend": attend} if attend else {})), sequence(1), sequence(2)

    def loss() -> float:
        return float(np.sum(layer.forward(x) * dy))

    loss()
    np.testing.assert_allclose(layer.backward(dy), central_difference(loss, x), rtol=1e-6, atol=1e-8)
    affine = {multi_head: ("query", "key", "value", "output"), block: ("widen", "narrow")}[make]
    for part in (getattr(layer, name) for name in affine):
        np.testing.assert_allclose(part.dW, central_difference(loss, part.W), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("make", [multi_head, block])
def test_a_causal_layer_sees_no_step_behind(make: Callable[..., Any]) -> None:
    layer, x = make(attend=CausalAttention), sequence(3)
    before = layer.forward(x).copy()
    x[:, 1] += 1
    changed = (layer.forward(x) != before).any(axis=(0, 2))
    np.testing.assert_array_equal(changed, [False, True, True])


def test_causal_is_a_mask_of_minus_infinity() -> None:
    q, k, v = (sequence(seed) for seed in (4, 5, 6))
    mask = np.triu(np.full((STEPS, STEPS), -np.inf), 1)
    causal, masked = CausalAttention(), MaskedAttention()
    np.testing.assert_array_equal(causal.forward(q, k, v), masked.forward(q, k, v, mask))
    for one, other in zip(causal.backward(v), masked.backward(v), strict=False):
        np.testing.assert_array_equal(one, other)


def test_sinusoids_begin_with_the_position_itself() -> None:
    encoding = sinusoids(50, 6)
    np.testing.assert_allclose(encoding[:, 0], np.sin(np.arange(50)))
    np.testing.assert_allclose(encoding[:, 3], np.cos(np.arange(50) / 10000 ** (2 / 6)))
    np.testing.assert_array_equal(PositionalEncoding(50, 6).P, encoding)

"""A transformer block: attention and a network, each normalised before and added to what goes around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.documented.activations import GELUTanh
from gdverify.documented.affine import Affine
from gdverify.documented.arrays import Array
from gdverify.documented.attention import Attention, CausalAttention, MultiHeadAttention
from gdverify.documented.normalisation import LayerNorm


class TransformerBlock:
    """r = x + attention(norm(x)), then y = r + network(norm(r)). Source: Radford et al., GPT-2 (2019).

    Attributes:
        first, second: `LayerNorm`; attention: `MultiHeadAttention`; widen, narrow: `Affine`. Gradients stay in them.
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        heads: int,
        rng: np.random.Generator,
        attend: Callable[[], Attention | CausalAttention] = Attention,
        activation: Callable[[], Any] = GELUTanh,
    ) -> None:
        """Draw all weights; ``attend`` and ``activation`` make the layers of these kinds."""
        self.first, self.second = LayerNorm(features), LayerNorm(features)
        self.attention = MultiHeadAttention(features, heads, rng, attend)
        self.widen, self.narrow = Affine(features, hidden, rng), Affine(hidden, features, rng)
        self.activation = activation()

    def forward(self, x: Array) -> Array:
        """y ``(batch, steps, features)`` for x of that shape."""
        r = x + self.attention.forward(self.first.forward(x))
        a = self.activation.forward(self.widen.forward(self.second.forward(r)))
        return r + self.narrow.forward(a)

    def backward(self, dy: Array) -> Array:
        """dx, for dy shaped like x."""
        # Around each part the gradient passes as it is, and what comes through the part is added.
        dz = self.activation.backward(self.narrow.backward(dy))
        dr = dy + self.second.backward(self.widen.backward(dz))
        return dr + self.first.backward(self.attention.backward(dr))

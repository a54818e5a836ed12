"""Transformers, normalised before each part (Radford et al., GPT-2, 2019).

The features of a position are shared out among the heads; keys, queries and values have one matrix each.
"""

from __future__ import annotations

from gdverify.notation import Operation, Tensor, architecture, axis, input_tensor, parameter, target
from gdverify.notation.architecture import Count
from gdverify.notation.axes import Axis
from gdverify.operations.activations import gelu_tanh
from gdverify.operations.affine import affine, linear
from gdverify.operations.attention import attention, causal_attention
from gdverify.operations.gates import positional_encoding, residual
from gdverify.operations.lookup import cross_entropy_of_classes, embedding
from gdverify.operations.losses import mean_squared_error
from gdverify.operations.normalisation import layer_norm
from gdverify.operations.shapes import join_heads, split_heads

HEADS = Count(2)
batch, time = axis("batch", "n"), axis("time", "t")
features, hidden, words = axis("features", "i"), axis("hidden", "m"), axis("words", "v")


@architecture
def multi_head_attention(heads: int = HEADS) -> Tensor:
    """Attention of several heads with projections, the squared error of it. Source: Vaswani et al. (2017), 3.2.2."""
    y = _attended(input_tensor("x", batch, time, features), attention, heads, "")
    return mean_squared_error(y, target("t", batch, time, features))


@architecture
def transformer_block(heads: int = HEADS, activation: Operation = gelu_tanh) -> Tensor:
    """One block of attention and a network, the squared error of it. Source: Vaswani et al. (2017); GPT-2."""
    y = _block(input_tensor("x", batch, time, features), attention, heads, activation, "")
    return mean_squared_error(y, target("t", batch, time, features))


@architecture
def gpt(blocks: int = 2, heads: int = HEADS, activation: Operation = gelu_tanh) -> Tensor:
    """Causal blocks between words and the next words, which share their vectors. Source: Radford et al. (2019)."""
    E = parameter("E", words, features)
    x = positional_encoding(
        embedding(E, input_tensor("ids", batch, time), name="e"), parameter("P", time, features), name="x0"
    )
    for k in range(1, blocks + 1):
        x = _block(x, causal_attention, heads, activation, str(k))
    y = linear(_normalised(x, "f", "x"), E, name="y")
    return cross_entropy_of_classes(y, target("t", batch, time))


def _block(x: Tensor, attend: Operation, heads: int, activation: Operation, k: str) -> Tensor:
    x = residual(x, _attended(_normalised(x, f"1{k}", f"n{k}"), attend, heads, k), name=f"r{k}")
    z = affine(_normalised(x, f"2{k}", f"m{k}"), *_layer(f"m{k}", hidden, features), name=f"z{k}")
    v = affine(activation(z, name=f"a{k}"), *_layer(f"w{k}", features, hidden), name=f"w{k}")
    return residual(x, v, name=f"s{k}")


def _attended(x: Tensor, attend: Operation, heads: int, k: str) -> Tensor:
    """Every head looks for itself; what all of them find is projected back."""
    q, keys, v = (
        split_heads.given(heads=heads)(
            affine(x, *_layer(f"{part}{k}", features, features), name=f"{part}{k}"), name=f"{part}h{k}"
        )
        for part in ("q", "k", "v")
    )
    found = join_heads(attend(q, keys, v, name=f"o{k}"), name=f"j{k}")
    return affine(found, *_layer(f"o{k}", features, features), name=f"u{k}")


def _normalised(x: Tensor, which: str, name: str) -> Tensor:
    return layer_norm(x, parameter(f"g{which}", features), parameter(f"c{which}", features), name=name)


def _layer(name: str, outputs: Axis, inputs: Axis) -> tuple[Tensor, Tensor]:
    return parameter(f"W{name}", outputs, inputs), parameter(f"b{name}", outputs)

"""Constants other than the catalogue's own, by operation: strides, paddings, slopes, margins."""

from __future__ import annotations

from typing import Any

from gdverify import catalogue
from gdverify.notation import Operation

VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("scaled_sigmoid", {"c": "3"}),
    ("sine", {"omega": "30"}),
    ("hard_sigmoid", {"slope": "1/6"}),
    ("leaky_relu", {"alpha": "1/5"}),
    ("elu", {"alpha": "1/2"}),
    ("silu", {"beta": "2"}),
    ("dropout", {"keep": "4/5"}),
    ("huber", {"delta": "1/2"}),
    ("smooth_l1", {"beta": "1"}),
    ("quantile", {"q": "3/4"}),
    ("focal", {"gamma": "3"}),
    ("smoothed_cross_entropy", {"epsilon": "1/4"}),
    ("contrastive", {"margin": "2"}),
    ("triplet", {"margin": "1/2"}),
    ("elastic_net", {"strength": "1/2", "share": "1/4"}),
    ("contrastive_pairs", {"margin": "2"}),
    ("split", {"parts": 3, "part": 1}),
    ("split_heads", {"heads": 3}),
    ("upsampling_2d", {"scale": 3}),
    ("group_norm", {"groups": 3}),
    ("batch_norm", {"epsilon": "1/1000"}),
    ("layer_norm", {"epsilon": "1/1000"}),
    ("rms_norm", {"epsilon": "1/1000"}),
    ("convolution_1d", {"stride": 2, "padding": 1}),
    ("convolution_1d", {"dilation": 2}),
    ("convolution_2d", {"stride": 2, "dilation": 2, "padding": 1}),
    ("convolution_2d", {"stride": 3}),
    ("convolution_2d_channels_last", {"stride": 2, "padding": 1}),
    ("convolution_1d_channels_last", {"stride": 2, "dilation": 2, "padding": 1}),
    ("depthwise_convolution_2d_channels_last", {"stride": 2, "dilation": 2, "padding": 1}),
    ("depthwise_convolution_2d", {"stride": 2, "dilation": 2, "padding": 1}),
    ("grouped_convolution_2d", {"stride": 2, "padding": 1}),
    ("grouped_convolution_2d", {"groups": 3}),
    ("transposed_convolution_2d", {"stride": 1}),
    ("transposed_convolution_2d", {"stride": 3, "padding": 1}),
    ("max_pooling_2d", {"width": 3, "stride": 2}),
    ("max_pooling_2d", {"width": 2, "stride": 1}),
    ("average_pooling_2d", {"width": 3, "stride": 2}),
    ("max_pooling_1d", {"width": 3, "stride": 2}),
    ("average_pooling_1d", {"width": 2, "stride": 3}),
    ("max_pooling_2d_channels_last", {"width": 3, "stride": 2}),
    ("average_pooling_2d_channels_last", {"width": 2, "stride": 1}),
    ("average_pooling_2d", {"width": 2, "stride": 3}),
)


def operations() -> list[Operation]:
    """Every operation of the catalogue, and the variants."""
    known = catalogue.operations()
    return [*known.values(), *(known[name].given(**constants) for name, constants in VARIANTS)]

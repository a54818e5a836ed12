"""Layers, each by torch's own function; channels stand where the catalogue has them."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.witness.rows import Row


def _last(x: torch.Tensor) -> torch.Tensor:
    """Channels behind the image."""
    return x.movedim(1, -1)


def _second(x: torch.Tensor) -> torch.Tensor:
    """Channels before the image, as torch wants them."""
    return x.movedim(-1, 1)


ROWS: dict[str, Row] = {
    "affine": lambda x, W, b: F.linear(x, W, b),
    "linear": lambda x, W: F.linear(x, W),
    "linear_in_out": lambda x, w: torch.matmul(x, w),
    "weighted_sum": lambda x, w: torch.matmul(x, w),
    "line_through": lambda x, a, b: torch.addcmul(b, a, x),
    "bilinear": lambda u, v, W, b: F.bilinear(u, v, W, b),
    "softmax": lambda z: F.softmax(z, dim=-1),
    "softmax_columns": lambda z: F.softmax(z, dim=0),
    "softmax_channels": lambda z: F.softmax(z, dim=1),
    "log_softmax": lambda z: F.log_softmax(z, dim=-1),
    "log_softmax_columns": lambda z: F.log_softmax(z, dim=0),
    "log_softmax_channels": lambda z: F.log_softmax(z, dim=1),
    # Without the check of torch.nn.functional, which refuses a single value: see the disagreements.
    "batch_norm": lambda x, g, b, epsilon: torch.batch_norm(x, g, b, None, None, True, 0, epsilon, False),
    "batch_norm_2d": lambda x, g, b, epsilon: torch.batch_norm(x, g, b, None, None, True, 0, epsilon, False),
    "instance_norm": lambda x, g, b, epsilon: torch.instance_norm(x, g, b, None, None, True, 0, epsilon, False),
    "group_norm": lambda x, g, b, groups, epsilon: torch.group_norm(x, groups, g, b, epsilon),
    # Torch's own has no derivative by the statistics: see the disagreements.
    "batch_norm_evaluation": lambda x, g, b, centre, variance, epsilon: (
        g * (x - centre) * torch.rsqrt(variance + epsilon) + b
    ),
    "batch_norm_2d_evaluation": lambda x, g, b, centre, variance, epsilon: _second(
        g * (_last(x) - centre) * torch.rsqrt(variance + epsilon) + b
    ),
    "layer_norm": lambda x, g, b, epsilon: F.layer_norm(x, g.shape, g, b, epsilon),
    "rms_norm": lambda x, g, epsilon: F.rms_norm(x, g.shape, g, epsilon),
    "attention": lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
    "causal_attention": lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    "masked_attention": lambda q, k, v, mask: F.scaled_dot_product_attention(q, k, v, attn_mask=mask),
    "convolution_1d": lambda x, W, b, stride, dilation, padding: F.conv1d(x, W, b, stride, padding, dilation),
    "convolution_2d": lambda x, W, b, stride, dilation, padding: F.conv2d(x, W, b, stride, padding, dilation),
    "convolution_1d_channels_last": lambda x, W, b, stride, dilation, padding: _last(
        F.conv1d(_second(x), W.permute(2, 1, 0), b, stride, padding, dilation)
    ),
    "convolution_2d_channels_last": lambda x, W, b, stride, dilation, padding: _last(
        F.conv2d(_second(x), W.permute(3, 2, 0, 1), b, stride, padding, dilation)
    ),
    "depthwise_convolution_2d_channels_last": lambda x, W, b, stride, dilation, padding: _last(
        F.conv2d(_second(x), W.movedim(-1, 0)[:, None], b, stride, padding, dilation, groups=len(b))
    ),
    "depthwise_convolution_2d": lambda x, W, b, stride, dilation, padding: F.conv2d(
        x, W[:, None], b, stride, padding, dilation, groups=len(W)
    ),
    "grouped_convolution_2d": lambda x, W, b, groups, stride, dilation, padding: F.conv2d(
        x, W, b, stride, padding, dilation, groups=groups
    ),
    "transposed_convolution_2d": lambda x, W, b, stride, padding: F.conv_transpose2d(x, W, b, stride, padding),
    "max_pooling_2d": lambda x, width, stride: F.max_pool2d(x, width, stride),
    "average_pooling_2d": lambda x, width, stride: F.avg_pool2d(x, width, stride),
    "max_pooling_1d": lambda x, width, stride: F.max_pool1d(x, width, stride),
    "average_pooling_1d": lambda x, width, stride: F.avg_pool1d(x, width, stride),
    "max_pooling_2d_channels_last": lambda x, width, stride: _last(F.max_pool2d(_second(x), width, stride)),
    "average_pooling_2d_channels_last": lambda x, width, stride: _last(F.avg_pool2d(_second(x), width, stride)),
    "global_average_pooling_channels_last": lambda x: F.adaptive_avg_pool2d(_second(x), 1).flatten(1),
    "global_max_pooling_channels_last": lambda x: F.adaptive_max_pool2d(_second(x), 1).flatten(1),
    "max_over_time": lambda x: F.adaptive_max_pool1d(_second(x), 1).flatten(1),
    "global_average_pooling": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
    "global_max_pooling": lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
    "maxout": lambda x, W, b: (torch.einsum("ni,oki->nok", x, W) + b).amax(dim=-1),
    "embedding": lambda E, ids: F.embedding(ids, E),
}

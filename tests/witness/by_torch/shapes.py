"""Arrays of another shape, each by torch's own function."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.witness.rows import Row

ROWS: dict[str, Row] = {
    "transpose": lambda x: torch.transpose(x, 1, 2),
    "flatten": lambda x: torch.flatten(x, 1),
    "concatenate": lambda u, v: torch.cat([u, v], dim=-1),
    "split": lambda x, parts, part: torch.tensor_split(x, parts, dim=-1)[part],
    "split_heads": lambda x, heads: x.unflatten(-1, (heads, -1)).transpose(1, 2),
    "join_heads": lambda x: x.transpose(1, 2).flatten(2),
    "last_step": lambda x: torch.select(x, 1, -1),
    "average_over_time": lambda x: torch.mean(x, dim=1),
    "upsampling_2d": lambda x, scale: F.interpolate(x, scale_factor=scale, mode="nearest"),
    "positional_encoding": lambda x, P: torch.add(x, P),
    "dot_products": lambda u, v: torch.linalg.vecdot(u[:, None], v),
}

"""Index notation over SymPy objects: axes, tensors, sums, elementwise functions, operations, architectures."""

from gdverify.notation.architecture import Architecture, architecture
from gdverify.notation.axes import Axis, Extent, Index, axis, leading
from gdverify.notation.composition import input_tensor, parameter, target
from gdverify.notation.extents import fixed, joined, merged, repeated, share, spread, windows
from gdverify.notation.normalising import (
    log_softmax,
    logsumexp,
    over_root_mean_square,
    softmax,
    standardised,
    standardised_with,
)
from gdverify.notation.operation import Operation, indices, operation
from gdverify.notation.recurrence import recurrent
from gdverify.notation.reductions import largest, mean, total, whole
from gdverify.notation.selectors import at
from gdverify.notation.tensors import Tensor

__all__ = [
    "Architecture",
    "Axis",
    "Extent",
    "Index",
    "Operation",
    "Tensor",
    "architecture",
    "at",
    "axis",
    "fixed",
    "indices",
    "input_tensor",
    "joined",
    "largest",
    "leading",
    "log_softmax",
    "logsumexp",
    "mean",
    "merged",
    "operation",
    "over_root_mean_square",
    "parameter",
    "recurrent",
    "repeated",
    "share",
    "softmax",
    "spread",
    "standardised",
    "standardised_with",
    "target",
    "total",
    "whole",
    "windows",
]

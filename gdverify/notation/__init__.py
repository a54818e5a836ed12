"""Index notation over SymPy objects: axes, tensors, sums, elementwise functions, operations, architectures."""

from gdverify.notation.architecture import Architecture, architecture
from gdverify.notation.axes import Axis, Extent, Index, axis, fixed, leading, windows
from gdverify.notation.composition import input_tensor, parameter, target
from gdverify.notation.operation import Operation, indices, operation
from gdverify.notation.reductions import log_softmax, logsumexp, mean, softmax, total
from gdverify.notation.tensors import Tensor

__all__ = [
    "Architecture",
    "Axis",
    "Extent",
    "Index",
    "Operation",
    "Tensor",
    "architecture",
    "axis",
    "fixed",
    "indices",
    "input_tensor",
    "leading",
    "log_softmax",
    "logsumexp",
    "mean",
    "operation",
    "parameter",
    "softmax",
    "target",
    "total",
    "windows",
]

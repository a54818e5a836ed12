"""Index notation over SymPy objects: axes, tensors, sums, elementwise functions, operations, architectures."""

from gdverify.notation.architecture import Architecture, architecture
from gdverify.notation.axes import Axis, Extent, Index, axis, fixed, leading, spread, windows
from gdverify.notation.composition import input_tensor, parameter, target
from gdverify.notation.operation import Operation, indices, operation
from gdverify.notation.recurrence import recurrent
from gdverify.notation.reductions import largest, log_softmax, logsumexp, mean, softmax, total
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
    "largest",
    "leading",
    "log_softmax",
    "logsumexp",
    "mean",
    "operation",
    "parameter",
    "recurrent",
    "softmax",
    "spread",
    "target",
    "total",
    "windows",
]

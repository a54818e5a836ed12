"""gdverify: verify hand-written gradients.

Write a forward equation once; its gradient, the NumPy for it and the verdict on a hand-written backward pass follow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gdverify.auditing.audit import audit as audit
    from gdverify.auditing.audit import check as check
    from gdverify.auditing.subject import Recovered as Recovered
    from gdverify.auditing.subject import Subject as Subject
    from gdverify.auditing.subject import recovered as recovered
    from gdverify.auditing.subject import subject as subject
    from gdverify.auditing.verdicts import SubjectReport as SubjectReport
    from gdverify.binding.hand.api import bind as bind
    from gdverify.binding.hand.api import script as script
    from gdverify.binding.hand.program import Script as Script
    from gdverify.cases.case import Case as Case
    from gdverify.cases.strategies import cases_of as cases_of
    from gdverify.codegen.second import Hessian as Hessian
    from gdverify.codegen.second import hessian_diagonal as hessian_diagonal
    from gdverify.codegen.second import hessian_product as hessian_product
    from gdverify.derivation.steps import Derivation as Derivation
    from gdverify.derivation.steps import derive as derive
    from gdverify.errors import BindingError as BindingError
    from gdverify.errors import GdverifyError as GdverifyError
    from gdverify.errors import NotationError as NotationError
    from gdverify.errors import SubjectError as SubjectError
    from gdverify.errors import UnknownName as UnknownName
    from gdverify.errors import UsageError as UsageError
    from gdverify.notation import functions as functions
    from gdverify.notation.architecture import Architecture as Architecture
    from gdverify.notation.architecture import architecture as architecture
    from gdverify.notation.axes import Axis as Axis
    from gdverify.notation.axes import axis as axis
    from gdverify.notation.axes import leading as leading
    from gdverify.notation.composition import input_tensor as input_tensor
    from gdverify.notation.composition import parameter as parameter
    from gdverify.notation.composition import target as target
    from gdverify.notation.extents import fixed as fixed
    from gdverify.notation.extents import joined as joined
    from gdverify.notation.extents import merged as merged
    from gdverify.notation.extents import repeated as repeated
    from gdverify.notation.extents import share as share
    from gdverify.notation.extents import spread as spread
    from gdverify.notation.extents import windows as windows
    from gdverify.notation.normalising import log_softmax as log_softmax
    from gdverify.notation.normalising import logsumexp as logsumexp
    from gdverify.notation.normalising import over_root_mean_square as over_root_mean_square
    from gdverify.notation.normalising import softmax as softmax
    from gdverify.notation.normalising import standardised as standardised
    from gdverify.notation.normalising import standardised_with as standardised_with
    from gdverify.notation.operation import Operation as Operation
    from gdverify.notation.operation import indices as indices
    from gdverify.notation.operation import operation as operation
    from gdverify.notation.recurrence import recurrent as recurrent
    from gdverify.notation.reductions import largest as largest
    from gdverify.notation.reductions import mean as mean
    from gdverify.notation.reductions import total as total
    from gdverify.notation.reductions import whole as whole
    from gdverify.notation.selectors import at as at
    from gdverify.notation.tensors import Tensor as Tensor
    from gdverify.properties import check_derivation as check_derivation
    from gdverify.writing.api import definitions as definitions
    from gdverify.writing.api import found as found

# Imported on first use: `import gdverify` must not cost a test run the import of SymPy.
_PUBLIC = {
    "audit": "gdverify.auditing.audit",
    "check": "gdverify.auditing.audit",
    "Recovered": "gdverify.auditing.subject",
    "Subject": "gdverify.auditing.subject",
    "recovered": "gdverify.auditing.subject",
    "subject": "gdverify.auditing.subject",
    "SubjectReport": "gdverify.auditing.verdicts",
    "bind": "gdverify.binding.hand.api",
    "script": "gdverify.binding.hand.api",
    "Script": "gdverify.binding.hand.program",
    "Case": "gdverify.cases.case",
    "cases_of": "gdverify.cases.strategies",
    "Hessian": "gdverify.codegen.second",
    "hessian_diagonal": "gdverify.codegen.second",
    "hessian_product": "gdverify.codegen.second",
    "Derivation": "gdverify.derivation.steps",
    "derive": "gdverify.derivation.steps",
    "BindingError": "gdverify.errors",
    "GdverifyError": "gdverify.errors",
    "NotationError": "gdverify.errors",
    "SubjectError": "gdverify.errors",
    "UnknownName": "gdverify.errors",
    "UsageError": "gdverify.errors",
    "functions": "gdverify.notation",
    "Axis": "gdverify.notation.axes",
    "axis": "gdverify.notation.axes",
    "leading": "gdverify.notation.axes",
    "Architecture": "gdverify.notation.architecture",
    "architecture": "gdverify.notation.architecture",
    "input_tensor": "gdverify.notation.composition",
    "parameter": "gdverify.notation.composition",
    "target": "gdverify.notation.composition",
    "fixed": "gdverify.notation.extents",
    "joined": "gdverify.notation.extents",
    "merged": "gdverify.notation.extents",
    "repeated": "gdverify.notation.extents",
    "share": "gdverify.notation.extents",
    "spread": "gdverify.notation.extents",
    "windows": "gdverify.notation.extents",
    "Operation": "gdverify.notation.operation",
    "indices": "gdverify.notation.operation",
    "operation": "gdverify.notation.operation",
    "recurrent": "gdverify.notation.recurrence",
    "largest": "gdverify.notation.reductions",
    "log_softmax": "gdverify.notation.normalising",
    "logsumexp": "gdverify.notation.normalising",
    "mean": "gdverify.notation.reductions",
    "over_root_mean_square": "gdverify.notation.normalising",
    "softmax": "gdverify.notation.normalising",
    "standardised": "gdverify.notation.normalising",
    "standardised_with": "gdverify.notation.normalising",
    "total": "gdverify.notation.reductions",
    "whole": "gdverify.notation.reductions",
    "at": "gdverify.notation.selectors",
    "Tensor": "gdverify.notation.tensors",
    "check_derivation": "gdverify.properties",
    "definitions": "gdverify.writing.api",
    "found": "gdverify.writing.api",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'gdverify' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

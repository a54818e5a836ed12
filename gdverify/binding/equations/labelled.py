"""Networks whose targets come as whole numbers: there is one class for each sample, whatever the loss could take.

A cross-entropy of each class against the rest takes any zeros and ones; code that is handed labels has one 1 in a row.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

from gdverify.notation.architecture import Architecture
from gdverify.notation.composition import composing_now
from gdverify.notation.tensors import Tensor


@lru_cache(maxsize=256)
def of_classes(source: Architecture) -> Architecture:
    """An architecture with targets that are 1 for one class of each sample and 0 for the others."""

    def function(**options: Any) -> Tensor:
        loss = source.function(**options)
        composition = composing_now()
        composition.of_classes |= {tensor.name for tensor in composition.role("target")}
        return loss

    function.__signature__ = inspect.signature(source.function)  # type: ignore[attr-defined]  # the family's options
    function.__doc__ = source.function.__doc__
    return Architecture(source.name, function)
